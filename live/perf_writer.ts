import { nodeZstdEncoder, type ZstdEncoder } from "../system/mod.ts";
import {
  ByteWriter,
  compressedFeature,
  encodeRecord,
  type EventSpec,
  eventUpdate,
  type FeatureSpec,
  finishedRound,
  headerAttr,
  headerFeature,
  type RecordSpec,
  tracingData,
} from "../encoders/internal.ts";
import {
  featureSections,
  fileHeader,
  filePreamble,
  pipeHeader,
  preambleSize,
} from "./_perf_header.ts";
import { AUXTRACE_SIZE, Feature, RECORD_HEADER_SIZE, RecordType } from "../parsers/perf/abi.ts";

const MAX_RECORD_SIZE = 0xffff;
/** Input of one COMPRESSED record: what does not compress at all still fits into a record. */
const MAX_PIECE = 60 << 10;
/** Sections that belong to files only. Source: perf's `perf_event__synthesize_features()`. */
const NOT_IN_PIPES: readonly number[] = [
  Feature.buildId,
  Feature.branchStack,
  Feature.auxtrace,
  Feature.stat,
  Feature.cache,
  Feature.dirFormat,
  Feature.hybridTopology,
];

/** Where a recording goes: a file, or a pipe that cannot seek. */
export interface PerfSink {
  /** Appends all of the bytes, or throws. */
  write(bytes: Uint8Array): void;
  /** What only a file can do; absent on pipes. */
  readonly file?: {
    /** Writes all of the bytes at a position, or throws. */
    writeAt(fileOffset: number, bytes: Uint8Array): void;
    /** Cuts the file to `size` bytes. */
    truncate(size: number): void;
  };
}

/** An opened event of a recording. */
export interface WrittenEvent extends EventSpec {
  /** Ids that the kernel gave, one per ring. */
  readonly ids: readonly bigint[];
  /** Name for readers, as the user wrote it. */
  readonly name: string;
}

/** Options of {@linkcode PerfWriter}. */
export interface PerfWriterOptions {
  /** The events; their attributes have one size. */
  readonly events: readonly WrittenEvent[];
  /** Compresses the rings' data: zstd level, 1 to 22, and size of a ring's data in bytes. */
  readonly compress?: { readonly level: number; readonly mmapSize: number };
}

/** Whose AUX data a record holds, and from where in the trace. */
export interface AuxtraceFields {
  /** Number of the ring. */
  readonly idx: number;
  /** CPU of the ring; -1 for the ring of a thread. */
  readonly cpu: number;
  /** Thread of the ring; -1 if it has none. */
  readonly tid: number;
  /** Position in the trace, in bytes. */
  readonly offset: bigint;
  /** What the PMU's kind puts there, such as the TSC for Intel PT. */
  readonly reference: bigint;
}

/**
 * Writes a recording in perf's format, record by record, to a file or a pipe.
 *
 * A file holds a data size of 0 until it is finalised, as perf's does, so that what was written
 * before a crash can be salvaged. After an error of the sink nothing more is written, and every
 * call throws that error again, except `finalise()`: it cuts the file after the last whole record.
 */
export class PerfWriter {
  readonly #sink: PerfSink;
  readonly #events: readonly WrittenEvent[];
  readonly #compress: PerfWriterOptions["compress"];
  /** Positions of the AUXTRACE records: 8 bytes each, the only memory that grows. */
  readonly #index: number[] = [];
  #encoder: ZstdEncoder | null = null;
  #size = 0;
  #plainSize = 0;
  #zstdSize = 0;
  #roundIsEmpty = true;
  #failure: unknown = null;

  /**
   * Writes what stands before the records.
   *
   * @throws What the sink throws; a file is empty then.
   */
  constructor(sink: PerfSink, { events, compress }: PerfWriterOptions) {
    this.#sink = sink;
    this.#events = events;
    this.#compress = compress;
    if (sink.file) {
      this.#startFile(sink.file, filePreamble(events));
    } else {
      this.#append([pipeHeader()]);
      for (const event of events) this.add(headerAttr(event));
      for (const { ids: [id], name } of events) {
        if (id !== undefined) this.add(eventUpdate(id, { name }));
      }
    }
    if (compress) this.#encoder = nodeZstdEncoder(compress.level);
  }

  /** Writes all of the preamble, or leaves nothing: no reader takes a part of it for a recording. */
  #startFile(file: NonNullable<PerfSink["file"]>, preamble: Uint8Array): void {
    try {
      this.#append([preamble]);
    } catch (error) {
      file.truncate(0);
      throw error;
    }
  }

  /** Size in bytes of everything up to the end of the last whole record. */
  get size(): number {
    return this.#size;
  }

  /** Appends a record with its payload; that of a kernel record gets a trailer of zeros. */
  add(record: RecordSpec): void {
    const { payload = new Uint8Array() } = record;
    const [event] = this.#events;
    this.#append([encodeRecord(true, record, event && { event, values: {} }), payload]);
  }

  /**
   * Appends whole records of the kernel, as they stand in a ring, in two parts.
   *
   * The parts may be memory that the kernel shares; without compression they are not copied.
   */
  ringData(first: Uint8Array, second: Uint8Array): void {
    if (first.length + second.length === 0) return;
    if (this.#encoder === null) this.#append([first, second]);
    else this.#append(this.#compressed(this.#encoder, [first, second]));
    this.#roundIsEmpty = false;
  }

  /** Appends an AUXTRACE record, and after it AUX data in two parts, padded to 8 bytes. */
  auxtrace(fields: AuxtraceFields, first: Uint8Array, second: Uint8Array): void {
    const size = first.length + second.length;
    const padding = -size & 7;
    const header = new ByteWriter(true);
    header.u32(RecordType.Auxtrace);
    header.u32(AUXTRACE_SIZE << 16);
    header.u64(BigInt(size + padding));
    header.u64(fields.offset);
    header.u64(fields.reference);
    for (const value of [fields.idx, fields.tid, fields.cpu, 0]) header.u32(value);
    const fileOffset = this.#size;
    this.#append([header.toBytes(), first, second, new Uint8Array(padding)]);
    this.#index.push(fileOffset);
    this.#roundIsEmpty = false;
  }

  /** Ends a pass over all rings, if one of them had anything to write. */
  finishedRound(): void {
    if (this.#roundIsEmpty) return;
    this.add(finishedRound);
    this.#roundIsEmpty = true;
  }

  /**
   * Writes the features that a pipe can carry, as records; of use before the rings' data.
   *
   * No end mark follows: it is the number of features that a reader knows, and readers refuse
   * that of another version.
   */
  pipeFeatures(features: readonly FeatureSpec[]): void {
    for (const feature of inOrder([...features, ...this.#compressedFeature()])) {
      if (NOT_IN_PIPES.includes(feature.bit)) continue;
      const section = new ByteWriter(true);
      feature.write(section);
      if (feature.bit === Feature.tracingData) this.add(tracingData(section.toBytes()));
      else if (section.size <= MAX_RECORD_SIZE - 2 * RECORD_HEADER_SIZE) {
        this.add(headerFeature(feature));
      }
    }
  }

  /**
   * Ends the recording; of a pipe there is nothing to add.
   *
   * A file gets the features, with the index of the AUXTRACE records and what was compressed, and
   * at last its final header. Where the disk is too full for all features, those two are tried,
   * then what was compressed, which perf needs to read compressed records, then none.
   *
   * @returns Whether all features found room.
   */
  finalise(features: readonly FeatureSpec[]): boolean {
    this.#encoder?.close();
    this.#encoder = null;
    const { file } = this.#sink;
    if (!file) return true;
    if (this.#failure !== null) file.truncate(this.#size);
    const compressed = this.#compressedFeature();
    const own = [...this.#auxtraceIndex(), ...compressed];
    const all = inOrder([...features, ...own]);
    const dataSize = this.#size - preambleSize(this.#events);
    // Without records, readers would take what stands there for records of a killed recording.
    const tries = dataSize > 0 ? [all, own, compressed] : [];
    const written = tries.find((features) => this.#writeSections(file, features)) ?? [];
    file.writeAt(0, fileHeader(this.#events, dataSize, written));
    return written === all;
  }

  /** Writes sections after the records, or leaves nothing there. */
  #writeSections(
    file: NonNullable<PerfSink["file"]>,
    features: readonly FeatureSpec[],
  ): boolean {
    const bytes = featureSections(features, this.#size);
    try {
      file.writeAt(this.#size, bytes);
      return true;
    } catch {
      file.truncate(this.#size);
      return false;
    }
  }

  /** Writes parts that belong together: all of them count, or none. */
  #append(parts: Iterable<Uint8Array>): void {
    if (this.#failure !== null) throw this.#failure;
    let size = 0;
    try {
      for (const part of parts) {
        if (part.length > 0) this.#sink.write(part);
        size += part.length;
      }
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#size += size;
  }

  /** COMPRESSED records of ring data. Source: tools/perf/util/zstd.c. */
  *#compressed(encoder: ZstdEncoder, parts: readonly Uint8Array[]): Generator<Uint8Array> {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += MAX_PIECE) {
        const piece = part.subarray(at, at + MAX_PIECE);
        const zstd = encoder.encode(piece);
        this.#plainSize += piece.length;
        this.#zstdSize += zstd.length;
        const header = new ByteWriter(true);
        header.u32(RecordType.Compressed);
        header.u32((RECORD_HEADER_SIZE + zstd.length) << 16);
        yield header.toBytes();
        yield zstd;
      }
    }
  }

  #auxtraceIndex(): FeatureSpec[] {
    if (this.#index.length === 0) return [];
    const write = (out: ByteWriter) => {
      out.u64(BigInt(this.#index.length));
      for (const fileOffset of this.#index) {
        out.u64(BigInt(fileOffset));
        out.u64(BigInt(AUXTRACE_SIZE));
      }
    };
    return [{ bit: Feature.auxtrace, write }];
  }

  #compressedFeature(): FeatureSpec[] {
    if (!this.#compress) return [];
    const { level, mmapSize } = this.#compress;
    const ratio = this.#zstdSize > 0 ? Math.round(this.#plainSize / this.#zstdSize) : 0;
    return [compressedFeature(mmapSize, { level, ratio })];
  }
}

function inOrder(features: readonly FeatureSpec[]): FeatureSpec[] {
  return features.toSorted((a, b) => a.bit - b.bit);
}
