import { attrSize, type EventSpec, writeAttr } from "../encoders/attr_bytes.ts";
import { ByteWriter } from "../encoders/byte_writer.ts";
import { cmdline, type FeatureSpec, nrcpus, textFeature } from "../encoders/feature_bytes.ts";
import { encodeRecord, type RecordSpec, type SampleIdSpec } from "../encoders/record_bytes.ts";
import { finishedRound, headerAttr, headerFeature } from "../encoders/tool_record_bytes.ts";
import { Feature, RecordType, SampleType } from "../parsers/perf/abi.ts";
import { aux, auxtrace, auxtraceIndex, type IndexEntry } from "./record_bytes.ts";

export * from "../encoders/attr_bytes.ts";
export * from "../parsers/perf/abi.ts";
export * from "../encoders/feature_bytes.ts";
export * from "../encoders/record_bytes.ts";
export * from "./record_bytes.ts";
export * from "./sample_bytes.ts";
export * from "../encoders/tool_record_bytes.ts";
export { ByteWriter } from "../encoders/byte_writer.ts";
export { concat, ZstdRing } from "./zstd_ring.ts";

/** The text sections, NRCPUS and CMDLINE of an ordinary recording by perf 6.1 on `arch`. */
export function usualFeatures(
  arch: string,
  args: readonly string[] = ["/usr/bin/perf", "record"],
  hostname = "testbox",
): FeatureSpec[] {
  return [
    textFeature("hostname", hostname),
    textFeature("osrelease", "6.1.0"),
    textFeature("version", "6.1.0"),
    textFeature("arch", arch),
    nrcpus(4, 4),
    cmdline(args),
  ];
}

/** Shape of the container. */
export interface PerfFileOptions {
  /** Byte order of the recording machine. */
  readonly byteOrder?: "little" | "big";
  /** Events; without any, the file has one AUX event as `auxEvent` makes it. */
  readonly events?: readonly EventSpec[];
  /** Feature sections. The AUXTRACE index is added by itself, unless one is given. */
  readonly features?: readonly FeatureSpec[];
  /** Whether the recorder came to write data size and features; true unless given. */
  readonly finalised?: boolean;
  /** Whether it is a pipe stream: events and features are records, nothing is finalised. */
  readonly pipe?: boolean;
  /** The magic of version 1, "PERFFILE". */
  readonly legacyMagic?: boolean;
  /** 72 is the header without feature bitmap. */
  readonly headerSize?: 72 | 104;
  /** Size of `unsigned long` in the recorder: the unit of the bitmap in big endian files. */
  readonly longSize?: 4 | 8;
}

/** Sample type of {@linkcode auxEvent}: trailers hold pid, tid, time, cpu and id. */
const TRAILER = SampleType.Tid | SampleType.Time | SampleType.Cpu | SampleType.Identifier;

/** An AUX event on PMU type 8 with one id per ring, 1 and up; its records carry full trailers. */
export function auxEvent(name: string, rings: number): EventSpec {
  const ids = Array.from({ length: rings }, (_, index) => BigInt(index + 1));
  return { type: 8, name, ids, samplePeriod: 1n, sampleType: TRAILER, flags: ["sampleIdAll"] };
}

/** What AUX records say, and the trailer behind it. */
export interface AuxValues extends SampleIdSpec {
  /** `aux_offset`. */
  readonly offset: bigint;
  /** `aux_size`, in bytes. */
  readonly size: number | bigint;
  /** Sum of `AuxFlag`s. */
  readonly flags?: bigint | number;
}

/** What AUXTRACE records say; `cpu` and `tid` are -1 unless given. */
export interface AuxtraceValues {
  /** Number of the ring. */
  readonly idx: number;
  /** CPU of the ring. */
  readonly cpu?: number;
  /** Thread of the ring. */
  readonly tid?: number;
  /** Position in the trace. */
  readonly offset: bigint;
  /** Size of a payload of zeros, padded to 8 bytes as perf does. */
  readonly size?: number;
  /** The payload itself. */
  readonly payload?: Uint8Array;
  /** `reference`. */
  readonly reference?: bigint;
}

/** Writes a perf.data file or stream, record by record. */
export class PerfFileBuilder {
  /** File positions of the AUXTRACE records written so far. */
  readonly auxtraceRecords: IndexEntry[] = [];
  #out: ByteWriter;
  #dataOffset: number;
  #options: PerfFileOptions;
  #events: readonly EventSpec[];

  /** Writes the header, ids and attributes, or in a pipe the records that stand for them. */
  constructor(options: PerfFileOptions = {}) {
    this.#options = options;
    this.#events = options.events ?? [auxEvent("intel_pt//", 1)];
    this.#out = new ByteWriter(options.byteOrder !== "big");
    if (options.pipe) this.#startPipe();
    else this.#startFile();
    this.#dataOffset = this.#out.size;
  }

  /** File position of the next record. */
  get position(): number {
    return this.#out.size;
  }

  /** Encodes a record as this file would hold it, without its payload. */
  encode(record: RecordSpec, id: SampleIdSpec = {}): Uint8Array {
    const event = this.#eventOf(id.id);
    return encodeRecord(this.#out.little, record, event && { event, values: id });
  }

  /** Appends a record; kernel records get a trailer with the values of `id`. */
  add(record: RecordSpec, id: SampleIdSpec = {}): this {
    const bytes = this.encode(record, id);
    if (record.type === RecordType.Auxtrace) {
      this.auxtraceRecords.push({ fileOffset: this.position, size: bytes.length });
    }
    this.raw(bytes);
    return record.payload ? this.raw(record.payload) : this;
  }

  /** Appends bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.#out.bytes(bytes);
    return this;
  }

  /** Appends an AUX record. */
  aux(values: AuxValues): this {
    return this.add(aux({ ...values, size: BigInt(values.size) }), values);
  }

  /** Appends an AUXTRACE record and its payload. */
  auxtrace(values: AuxtraceValues): this {
    const payload = values.payload ?? new Uint8Array(values.size ?? 0);
    return this.add(auxtrace({ ...values, cpu: values.cpu ?? -1, tid: values.tid ?? -1, payload }));
  }

  /** Appends FINISHED_ROUND. */
  finishedRound(): this {
    return this.add(finishedRound);
  }

  /** The record stream alone: without header and features, as in a directory's `data.0`. */
  records(): Uint8Array<ArrayBuffer> {
    return this.#out.toBytes().slice(this.#dataOffset);
  }

  /** The whole file. */
  bytes(): Uint8Array<ArrayBuffer> {
    const file = this.#out.toBytes();
    if (this.#options.pipe) return file;
    const features = this.#features();
    const finalised = this.#options.finalised !== false;
    const end = finalised ? this.#featureSections(features, file.length) : new Uint8Array();
    const size = finalised ? file.length - this.#dataOffset : 0;
    file.set(this.#header(size, features), 0);
    const whole = new Uint8Array(file.length + end.length);
    whole.set(file);
    whole.set(end, file.length);
    return whole;
  }

  #eventOf(id: bigint | undefined): EventSpec | undefined {
    return this.#events.find((event) => id !== undefined && event.ids?.includes(id)) ??
      this.#events[0];
  }

  #features(): readonly FeatureSpec[] {
    const features = [...this.#options.features ?? []];
    const index = features.some((feature) => feature.bit === Feature.auxtrace);
    if (!index && this.auxtraceRecords.length > 0) {
      features.push(auxtraceIndex(this.auxtraceRecords));
    }
    return features.sort((a, b) => a.bit - b.bit);
  }

  #startPipe(): void {
    this.#magic();
    this.#out.u64(16n);
    for (const event of this.#events) this.add(headerAttr(event));
    for (const feature of this.#options.features ?? []) this.add(headerFeature(feature));
    this.add(headerFeature({ bit: 32, write: () => {} }));
  }

  #startFile(): void {
    this.#out.zeros(this.#options.headerSize ?? 104);
    const idOffsets = this.#events.map((event) => {
      const at = this.position;
      for (const id of event.ids ?? []) this.#out.u64(id);
      return at;
    });
    for (const [index, event] of this.#events.entries()) {
      writeAttr(this.#out, event);
      this.#out.u64(BigInt(idOffsets[index] ?? 0));
      this.#out.u64(BigInt(8 * (event.ids?.length ?? 0)));
    }
  }

  #magic(out: ByteWriter = this.#out): void {
    if (this.#options.legacyMagic) out.text("PERFFILE");
    else out.u64(0x32454c4946524550n);
  }

  #header(dataSize: number, features: readonly FeatureSpec[]): Uint8Array {
    const out = new ByteWriter(this.#out.little);
    const headerSize = this.#options.headerSize ?? 104;
    const entrySize = 16 + (this.#events[0] ? attrSize(this.#events[0]) : 128);
    const attrsSize = entrySize * this.#events.length;
    this.#magic(out);
    for (const value of [headerSize, entrySize]) out.u64(BigInt(value));
    for (const value of [this.#dataOffset - attrsSize, attrsSize]) out.u64(BigInt(value));
    for (const value of [this.#dataOffset, dataSize, 0, 0]) out.u64(BigInt(value));
    this.#bitmap(out, features);
    return out.toBytes().subarray(0, headerSize);
  }

  #bitmap(out: ByteWriter, features: readonly FeatureSpec[]): void {
    const bits = features.reduce((sum, { bit }) => sum | 1n << BigInt(bit), 0n);
    for (let shift = 0n; shift < 256n; shift += 64n) {
      const word = BigInt.asUintN(64, bits >> shift);
      if (this.#options.longSize === 4) {
        out.u32(Number(word & 0xffffffffn));
        out.u32(Number(word >> 32n));
      } else {
        out.u64(word);
      }
    }
  }

  #featureSections(features: readonly FeatureSpec[], start: number): Uint8Array {
    const table = new ByteWriter(this.#out.little);
    const sections = new ByteWriter(this.#out.little);
    const sectionsStart = start + 16 * features.length;
    for (const feature of features) {
      const at = sections.size;
      feature.write(sections);
      table.u64(BigInt(sectionsStart + at));
      table.u64(BigInt(sections.size - at));
    }
    table.bytes(sections.toBytes());
    return table.toBytes();
  }
}
