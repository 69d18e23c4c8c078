import { type ByteSource, Cursor, FormatError, sizeText, sourceBytes } from "../internal.ts";
import { decodeSize, restWords } from "./_fields.ts";
import { fill, type PerfBytes, sourceOf } from "./perf_bytes.ts";
import type { PerfFileCaps } from "./caps.ts";
import { ATTR_SIZE_VER0, Feature, RecordType } from "./abi.ts";
import { type AuxChunk, type AuxChunkFilter, auxChunks } from "./aux_chunks.ts";
import { decodeAttr } from "./attr.ts";
import type { AuxtraceInfo } from "./auxtrace_info.ts";
import type { PerfEvent } from "./event_table.ts";
import { decodeFeature, type FeatureOf, type Features } from "./features/decode_feature.ts";
import { featureKey, featureName } from "./features/feature.ts";
import { FileTail } from "./file_tail.ts";
import { findRecording } from "./foreign_bytes.ts";
import { type PerfHeader, readHeader, type Section } from "./header.ts";
import { lacksLast } from "./_cures.ts";
import { isCutOff } from "./_record_cuts.ts";
import { RecordCursor } from "./record_cursor.ts";
import type { PerfRecord } from "./records/mod.ts";
import { type RecordOrder, sortedRecords } from "./round_sorter.ts";
import type { Segment } from "./segment.ts";
import { type SecondRecording, Session } from "./session.ts";
import type { Zstd } from "./zstd.ts";

const TABLE_ENTRY_SIZE = 16;
/** How far after the last section of a file another recording is looked for, in bytes. */
const SECOND_WITHIN = 1 << 16;
/** How far among the sections. */
const MAX_SECTIONS = 1 << 20;

/** One of the files of a directory that hold the rings' data. */
export interface PerfFilePart {
  /** Its name, such as `data.0`. */
  readonly name: string;
  /** Its bytes: records, from the first byte on. */
  readonly source: ByteSource;
  /** Whether it should be there and is not, so that records are missing. */
  readonly isMissing?: boolean;
}

/** Options of {@linkcode parsePerfFile}. */
export interface PerfFileOptions extends PerfFileCaps {
  /** Decoder for compressed records; without one the first of them is an error, "unsupported". */
  readonly zstd?: Zstd;
  /** The `data.N` files, where `source` is the `data` file of a directory. */
  readonly parts?: readonly PerfFilePart[];
  /** How the bytes were packed, where the caller unpacks them: {@linkcode PerfFile.packed}. */
  readonly packed?: "gzip" | "zstd" | null;
  /** Called when the file is disposed of. */
  readonly close?: () => void;
}

/**
 * Parses the header and the events of a recording; records are read when they are asked for.
 *
 * Accepts the bytes of regular files and of saved pipe streams, and sources that only move forward (`size` Infinity
 * until the end is reached), of which one cursor can be had. Damage that leaves the records
 * readable is listed in `damage`. Source and bytes are borrowed, not copied.
 *
 * @example The chunks of a recording
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePerfFile } from "@auxtail/auxtail";
 *
 * const bytes = Deno.readFileSync("testdata/aux_demo_fits.perf.data");
 * const file = parsePerfFile(bytes);
 * assertEquals([...file.auxChunks({ cpu: 0 })][0]?.auxOffset, 0n);
 * ```
 *
 * @throws {FormatError} If there is no header, or one that contradicts itself.
 * @throws {TypeError} If `source` is neither bytes nor a source.
 * @throws {RangeError} If a cap is not a number, or below 0.
 */
export function parsePerfFile(source: PerfBytes, options: PerfFileOptions = {}): PerfFile {
  return new PerfFile(source, options);
}

/** A recording: its header, its events, and ways to read its records. */
export class PerfFile implements Disposable {
  /** The decoded header. */
  readonly header: PerfHeader;
  /** What kind of recording this is. */
  readonly container: "file" | "pipe" | "directory";
  /** Whether the recorder finished the header; never true for a pipe stream, which just ends. */
  readonly finalised: boolean;
  /** How the whole input was packed, so that all offsets are of the unpacked bytes; null if it was not. */
  readonly packed: "gzip" | "zstd" | null;
  readonly #source: ByteSource;
  readonly #segments: Segment[];
  readonly #session: Session;
  readonly #sections = new Map<number, Section>();
  readonly #close: (() => void) | undefined;
  readonly #forwardOnly: boolean;
  /** What follows the records of a source that only moves forward. */
  readonly #tail: FileTail | null;
  #damageOfHeader = 0;
  #cursor: RecordCursor | null = null;

  /** See {@linkcode parsePerfFile}. */
  constructor(given: PerfBytes, options: PerfFileOptions) {
    const source = this.#source = sourceOf(given);
    this.#forwardOnly = source.size === Infinity;
    this.#close = options.close;
    this.packed = options.packed ?? null;
    this.header = readHeader(source, this.packed);
    const { pipe, data, byteOrder } = this.header;
    this.container = options.parts ? "directory" : pipe ? "pipe" : "file";
    this.finalised = data.size > 0;
    this.#session = new Session({
      ...options,
      packed: this.packed,
      little: byteOrder === "little",
      pipe,
    });
    const end = this.finalised ? data.offset + data.size : Infinity;
    this.#tail = this.#forwardOnly ? this.#tailFrom(end) : null;
    const name = options.parts ? "data" : null;
    this.#segments = [
      { name, source, start: data.offset, end, tail: this.#tail },
      ...(options.parts ?? []).map(({ name, source, isMissing }) => ({
        name,
        source,
        start: 0,
        end: source.size,
        isMissing,
      })),
    ];
    if (pipe) {
      if (!this.#forwardOnly) this.#readPreamble();
    } else {
      this.#tolerate(() => this.#readAttrs());
      this.#damageOfHeader = this.damage.length;
      if (!this.#forwardOnly) this.#readFeatures(end);
    }
  }

  /** Byte order of the recording machine. */
  get byteOrder(): "little" | "big" {
    return this.header.byteOrder;
  }

  /** Size of the file in bytes; Infinity for a stream that has not ended. */
  get size(): number {
    return this.#source.size;
  }

  /** Whether the records can be read more than once. */
  get seekable(): boolean {
    return !this.#forwardOnly;
  }

  /** The events; while a stream is read, those that have come so far. */
  get events(): readonly PerfEvent[] {
    return this.#session.events;
  }

  /** What the recorder said of its AUX data, as far as the records have been read. */
  get auxtraceInfo(): AuxtraceInfo | null {
    return this.#session.auxtraceInfo;
  }

  /** What could not be decoded so far, apart from records. */
  get damage(): readonly FormatError[] {
    return this.#session.damage;
  }

  /**
   * Another recording that follows this one in the same input; null if none has been met. In a stream
   * it is met at the end of the records. All answers are about the first one alone.
   */
  get secondRecording(): SecondRecording | null {
    return this.#session.second;
  }

  /** Ids of the feature sections that are there, rising. */
  get featureIds(): readonly number[] {
    const { featureBytes, tracingData } = this.#session;
    const ids = [...this.#sections.keys(), ...featureBytes.keys()];
    if (this.header.pipe && tracingData !== null) ids.push(Feature.tracingData);
    return ids.sort((a, b) => a - b);
  }

  /** Where a feature section stands; undefined if there is none. */
  featureSection(id: number): Section | undefined {
    const section = this.#sections.get(id);
    if (section !== undefined) return section;
    const { featureBytes, tracingData } = this.#session;
    if (this.header.pipe && id === Feature.tracingData && tracingData !== null) {
      return { offset: tracingData.fileOffset, size: tracingData.size };
    }
    const sent = featureBytes.get(id);
    return sent && { offset: sent.fileOffset, size: sent.bytes.length };
  }

  /**
   * Decodes a feature section; undefined if there is none.
   *
   * @throws {FormatError} If it is damaged.
   */
  feature<I extends Feature>(id: I): FeatureOf<I> | undefined {
    const body = this.#featureBody(id);
    if (body === undefined) return undefined;
    const counts = id === Feature.cpuTopology || id === Feature.cpuDomainInfo
      ? this.feature(Feature.nrcpus)
      : undefined;
    return decodeFeature(id, body, {
      nrCpusAvailable: counts?.available ?? null,
      nrCpusOnline: counts?.online ?? null,
    });
  }

  /** Decodes all feature sections that are sound and known, and lists the errors of the others. */
  features(): { values: Features; errors: FormatError[] } {
    const values: Record<string, unknown> = {};
    const errors: FormatError[] = [];
    for (const id of this.featureIds) {
      const key = featureKey(id);
      if (key === undefined) continue;
      try {
        values[key] = this.feature(Feature[key]);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        errors.push(error);
      }
    }
    return { values, errors };
  }

  /**
   * Starts to read the records. Of a source that only moves forward, there is one cursor.
   *
   * @throws {TypeError} If the source cannot be read again.
   */
  recordCursor(): RecordCursor {
    if (this.#cursor !== null && this.#forwardOnly) {
      throw new TypeError("Cannot read a stream twice: it has one cursor");
    }
    return this.#cursor = new RecordCursor(this.#session, this.#segments);
  }

  /**
   * Decodes the records one by one, in file order or in order of time.
   *
   * Order of time costs the memory of two rounds; recordings without PERF_RECORD_FINISHED_ROUND
   * are held whole. Samples and kernel records know their event.
   *
   * @example Samples of one event in order of time
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { openPerfFile } from "@auxtail/auxtail";
   *
   * using file = openPerfFile("testdata/perf_group.perf.data");
   * const times: bigint[] = [];
   * for (const record of file.records({ order: "time" })) {
   *   if (record.type === "sample" && record.event.name === "page-faults") times.push(record.timeNs!);
   * }
   * assertEquals(times.length, 5);
   * assertEquals(times[0], 1785877398457n);
   * ```
   *
   * @throws {FormatError} After the last whole record, if the records end early.
   */
  *records(options: { order?: RecordOrder } = {}): Generator<PerfRecord> {
    const cursor = this.recordCursor();
    try {
      if (options.order === "time") yield* sortedRecords(cursor);
      else while (cursor.next()) yield cursor.record();
    } finally {
      cursor.close();
    }
    if (cursor.cut !== null) throw cursor.cut;
  }

  /**
   * Reads the headers of the AUX chunks, in file order; the payload only when asked for.
   *
   * @throws {FormatError} After the last whole record, if the records end early.
   */
  auxChunks(filter: AuxChunkFilter = {}): Generator<AuxChunk> {
    return auxChunks(this.recordCursor(), filter);
  }

  /**
   * Copies bytes of the file from `offset` on, as many as there are and `into` can hold.
   *
   * @param part Name of the file in a directory, as {@linkcode RecordCursor.fileName} tells it.
   * @returns Number of bytes; 0 at the end, for a part that there is not, and where a source that
   * only moves forward has passed.
   */
  readBytes(offset: number, into: Uint8Array, part: string | null = null): number {
    const segment = this.#segments.find(({ name }) => name === part);
    if (segment === undefined) return 0;
    return fill(part === null ? this.#sourceAt(offset) : segment.source, into, offset);
  }

  /**
   * Looks for PERF_RECORD_AUXTRACE_INFO, where it has not come yet.
   *
   * Reads until the end of what perf writes before the rings' data, or of all records if the
   * recording says that it has AUX data.
   */
  findAuxtraceInfo(): AuxtraceInfo | null {
    if (this.auxtraceInfo !== null || this.#forwardOnly) return this.auxtraceInfo;
    const whole = this.#sections.has(Feature.auxtrace);
    const cursor = this.recordCursor();
    while (this.auxtraceInfo === null && cursor.next()) {
      const { type } = cursor;
      if (!whole && (type === RecordType.FinishedInit || type === RecordType.FinishedRound)) break;
    }
    cursor.close();
    return this.auxtraceInfo;
  }

  /** Releases what {@linkcode openPerfFile} acquired. */
  [Symbol.dispose](): void {
    this.#cursor?.close();
    this.#close?.();
  }

  /** Runs a part of the opening that may fail without making the records unreadable. */
  #tolerate(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#session.report(error);
    }
  }

  /**
   * What is to be read after the records, which end at `end`: the feature sections of a regular file.
   * Of a stream without them nothing is held: reading to its end tells its size, and whether it is
   * whole.
   */
  #tailFrom(end: number): FileTail {
    if (end === Infinity) {
      return new FileTail(this.#source, Number.MAX_SAFE_INTEGER, { maxSize: 0, onEnd() {} });
    }
    const { maxFeatureSize: maxSize } = this.#session.options;
    return new FileTail(this.#source, end, { maxSize, onEnd: () => this.#readFeatures(end) });
  }

  /** Reads what follows the records of a regular file; its damage is listed before theirs. */
  #readFeatures(tableAt: number): void {
    const { damage } = this.#session;
    const before = damage.length;
    if (this.finalised) {
      this.#tolerate(() => this.#readFeatureTable(tableAt));
      this.#findSecond(tableAt);
    }
    this.#tolerate(() => this.#session.nameEvents(this.feature(Feature.eventDesc) ?? []));
    this.#tolerate(() => {
      const compression = this.feature(Feature.compressed);
      if (compression !== undefined) this.#session.noteCompression(compression);
    });
    damage.splice(this.#damageOfHeader, 0, ...damage.splice(before));
  }

  #readPreamble(): void {
    const cursor = this.recordCursor();
    while (cursor.next() && cursor.type >= RecordType.HeaderAttr) {
      const { type } = cursor;
      if (type === RecordType.Compressed || type === RecordType.Compressed2) break;
      if (type === RecordType.FinishedRound) break;
    }
    cursor.close();
  }

  #readAttrs(): void {
    const { attrs, attrSize } = this.header;
    if (attrs.size === 0) return;
    if (attrSize < ATTR_SIZE_VER0 + 16) {
      throw new FormatError("corrupt", {
        structure: "perf_file_header",
        offset: 16,
        expected: `attr_size >= ${ATTR_SIZE_VER0 + 16}`,
        actual: sizeText(attrSize),
        cure: "the header is damaged, so no event is known; compare it with the original",
      });
    }
    for (let at = 0; at + attrSize <= attrs.size; at += attrSize) {
      const body = this.#load({ offset: attrs.offset + at, size: attrSize }, "perf_file_attr");
      body.at = 4;
      const size = Math.min(body.u32() || ATTR_SIZE_VER0, attrSize - 16);
      body.at = 0;
      const attr = decodeAttr(body, size);
      body.at = attrSize - 16;
      const offset = decodeSize(body);
      const ids = this.#load({ offset, size: decodeSize(body) }, "perf_file_attr.ids");
      this.#session.table.add(attr, restWords(ids), attrs.offset + at);
    }
  }

  #readFeatureTable(offset: number): void {
    const { features } = this.header;
    const size = TABLE_ENTRY_SIZE * features.length;
    const table = this.#load({ offset, size }, "perf_file_section");
    for (const id of features) {
      this.#sections.set(id, { offset: decodeSize(table), size: decodeSize(table) });
    }
  }

  /** Looks for another recording after the last section of a file, also after other bytes. */
  #findSecond(tableAt: number): void {
    const { attrs, features } = this.header;
    const table = { offset: tableAt, size: TABLE_ENTRY_SIZE * features.length };
    const sections = [attrs, table, ...this.#sections.values()];
    const base = Math.max(...sections.map(({ offset, size }) => offset + size));
    const source = this.#sourceAt(tableAt);
    // A file that is cut in its sections has the other one where these should be.
    const among = findRecording(source, tableAt, Math.min(base, tableAt + MAX_SECTIONS));
    const at = among < 0 ? findRecording(source, base, base + SECOND_WITHIN) : among;
    if (at >= 0) this.#session.meetSecond(at);
  }

  #featureBody(id: number): Cursor | undefined {
    const { featureBytes, tracingData, options: { little } } = this.#session;
    const sent = featureBytes.get(id);
    if (sent !== undefined) {
      return new Cursor(sent.bytes, sent.fileOffset, little, featureName(id));
    }
    const section = this.featureSection(id);
    if (this.header.pipe && id === Feature.tracingData && tracingData?.held) {
      return new Cursor(tracingData.held, tracingData.fileOffset, little, featureName(id));
    }
    return section && this.#load(section, `feature section ${featureName(id)}`);
  }

  #sourceAt(offset: number): ByteSource {
    const tail = this.#tail;
    return tail !== null && offset >= tail.start ? tail : this.#source;
  }

  /**
   * Reads a section whole, after its size was compared with what is there. A source that only moves
   * forward can give what stands before the records, and at its end what follows them.
   */
  #load(section: Section, structure: string): Cursor {
    this.#checkSize(section, structure);
    const { offset, size } = section;
    const source = this.#sourceAt(offset);
    const { little } = this.#session.options;
    const held = sourceBytes(source)?.subarray(offset, offset + size);
    if (held !== undefined) return new Cursor(held, offset, little, structure);
    const bytes = new Uint8Array(size);
    const count = fill(source, bytes, offset);
    if (count < size && this.#forwardOnly) {
      this.#checkSize(section, structure); // the source may have come to its end meanwhile
      throw new FormatError("unsupported", {
        structure,
        offset,
        expected: "bytes that are held",
        actual: "bytes that have passed",
        cure: "give the recording by its name, unpacked",
      });
    }
    return new Cursor(bytes.subarray(0, count), offset, little, structure);
  }

  #checkSize({ offset, size }: Section, structure: string): void {
    const { size: known } = this.#source;
    const there = Math.max((known === Infinity ? this.header.data.offset : known) - offset, 0);
    const { maxFeatureSize } = this.#session.options;
    if (size > there) throw this.#sectionCut({ offset, size }, structure, there);
    if (size > maxFeatureSize) {
      throw new FormatError("unsupported", {
        structure,
        offset,
        expected: `at most ${maxFeatureSize} bytes`,
        actual: sizeText(size),
        cure: "it is read with a larger maxFeatureSize",
      });
    }
  }

  /** Of a section only `there` bytes can be read. */
  #sectionCut({ offset, size }: Section, structure: string, there: number): FormatError {
    const isCut = isCutOff({ offset, size }, this.header.data, this.size);
    const cure = isCut
      ? lacksLast(offset + size - this.size)
      : this.#forwardOnly && offset >= this.header.data.offset
      ? "it stands after the first record: give the file by its name"
      : "its position or its size is damaged; compare the file with the original";
    const detail = {
      structure,
      offset,
      expected: `${sizeText(size)} bytes`,
      actual: `${there}`,
      cure,
    };
    return new FormatError(isCut ? "truncated" : "corrupt", detail);
  }
}
