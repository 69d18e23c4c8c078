import {
  type ByteSource,
  Cursor,
  type Fault,
  FLOAT,
  FormatError,
  joinU64,
  sourceBytes,
} from "../internal.ts";
import { FileHeaderSize, RECORD_HEADER_SIZE, RecordType } from "./abi.ts";
import {
  badHeader,
  compressedCut,
  dataCut,
  type EarlyEnd,
  earlyEnd,
  foreignCut,
  inFile,
  isPadding,
  noRecords,
  onlyText,
  partMissing,
  payloadCut,
  recordCut,
  secondCut,
} from "./_record_cuts.ts";
import { isText } from "./_cures.ts";
import { findRecording, ForeignBytes, type ForeignEnd, type StrayText } from "./foreign_bytes.ts";
import type { KnownEvent, PerfEvent } from "./event_table.ts";
import { unlessNone } from "./_fields.ts";
import { fill } from "./perf_bytes.ts";
import { type PayloadReader, payloadReader } from "./payload_reader.ts";
import { decodeRecord, type PerfRecord } from "./records/decode_record.ts";
import { decodeOldHeader, isOldHeader, isOldHeaderType } from "./records/old_headers.ts";
import { isBeforeTracingData } from "./records/header.ts";
import { sampleWords } from "./records/sample.ts";
import { FIRST_FOREIGN_TYPE, isForeignType, recordTypeName } from "./record_type.ts";
import type { FieldPositions } from "./sample_layout.ts";
import type { FileTail } from "./file_tail.ts";
import type { Segment } from "./segment.ts";
import type { Session } from "./session.ts";
import { Compressed2Framing, CompressedLoss, type Outer } from "./compressed.ts";
import type { ZstdDecoder } from "./zstd.ts";

const WINDOW_SIZE = 1 << 18;
const READ_AFTER_SKIP = 512;
/** A window that is left to the garbage collector. */
const SMALL_WINDOW = 1 << 16;
const MAX_TEXTS = 100;
/** How far before damage, and after it, another recording is looked for, in bytes. */
const SECOND_BEFORE = 1 << 24;
const SECOND_AFTER = 1 << 16;
const MAX_SEARCHED = 1 << 25;
const AUXTRACE_SIZE = 48;
/** High half of an offset, and index of a ring, that hardly any AUXTRACE record has. */
const ODD_OFFSET = 1 << 24;
const ODD_INDEX = 1 << 20;
/** Most bytes that a record decodes to where no COMPRESSED section tells the size of the rings. */
const UNKNOWN_RING_SIZE = 1 << 26;
/** Most bytes that zstd holds back from one record to the next. Source: RFC 8878, 3.1.1.2.4. */
const ZSTD_BLOCK_SIZE = 1 << 17;
const NO_BYTES = new Uint8Array(0);

/** Who wrote a record, and when; null where unknown. */
export interface RecordOrigin {
  /** The event. */
  readonly event: PerfEvent | null;
  /** CPU. */
  readonly cpu: number | null;
  /** Process. */
  readonly pid: number | null;
  /** Thread. */
  readonly tid: number | null;
  /** High half of the time in ns; both halves are 0 where it is unknown. */
  readonly timeHigh: number;
  /** Low half of the time. */
  readonly timeLow: number;
}

/** A record whose payload ends early. */
export interface CutPayload {
  /** Position of the record. */
  readonly fileOffset: number;
  /** File of a directory that holds it; null for other recordings. */
  readonly fileName: string | null;
  /** Bytes of the payload that are there. */
  readonly presentSize: number;
}

/**
 * Moves over the records of a recording in place: no object per record, AUX payload skipped.
 *
 * `next()` makes the fields describe the next record; what they say is valid until the call
 * after it. Compressed records are followed by the records they contain. Memory is one window
 * of at most 256 KiB, and another for compressed records, whatever they decode to. Source:
 * perf_event.h `struct perf_event_header`, tools/perf/util/session.c.
 *
 * @example Counting samples
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile, RecordType } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/perf_plain.perf.data");
 * const cursor = file.recordCursor();
 * let samples = 0;
 * while (cursor.next()) if (cursor.type === RecordType.Sample) samples++;
 * assertEquals(cursor.cut, null);
 * assertEquals(samples > 0, true);
 * ```
 */
export class RecordCursor {
  /**
   * {@linkcode RecordType} of the record, or an unknown number. Header sections that Google's perf 3.2
   * and 3.3 wrote to pipes have other numbers there; here they are HEADER_FEATURE.
   */
  type = 0;
  /** Size of the record in bytes, header included, payload of AUXTRACE excluded. */
  size = 0;
  /** Position of the record in {@linkcode bytes}. */
  at = 0;
  /** The bytes around the record. */
  bytes: Uint8Array;
  /** The same bytes, for multi-byte fields. */
  view: DataView;
  /** Whether multi-byte fields are little endian. */
  readonly little: boolean;
  /** Where and why the records end early; null while they do not. */
  cut: FormatError | null = null;
  /** The newest record whose payload was cut off, and how many bytes of it are there; null if none was. */
  cutPayload: CutPayload | null = null;
  /** Bytes of text after the last record, as a shell appends to a redirected stream. */
  trailingBytes = 0;
  /** The first hundred texts of other programs between the records of a stream, and after them. */
  readonly strayTexts: StrayText[] = [];
  /** After `next()` returned false: whether an asynchronous source may bring more. */
  waiting = false;

  readonly #session: Session;
  /** The event of all samples, where there is one event and none can follow. */
  readonly #only: KnownEvent | null;
  readonly #segments: readonly Segment[];
  #index = 0;
  #segment: Segment;
  #base = FLOAT;
  /** Where the bytes after a skipped payload go, millions of times in a long recording. */
  readonly #afterSkip: Uint8Array;
  /** Whether the window is the source's own bytes, all of the segment: nothing is written to it. */
  #isBorrowed: boolean;
  #limit = 0;
  #next = 0;
  #readSize = WINDOW_SIZE;
  #payloadSize = 0;
  #payloadOf = FLOAT;
  #zstd: ZstdDecoder | undefined;
  #piece: Uint8Array | null = null;
  #afterPiece = 0;
  /** The window on what compressed records decode to. */
  #decoded: Uint8Array = NO_BYTES;
  /** Bytes of a record whose piece ended, at the start of {@linkcode #decoded}. */
  #rest = 0;
  /** Bytes that all pieces, and the one at hand, decoded to. */
  #decodedSize = 0;
  #pieceSize = 0;
  #outer: Outer | null = null;
  #framing = new Compressed2Framing();
  #loss = new CompressedLoss();
  /** What is read after the last record; null before, and where nothing is. */
  #tail: FileTail | null = null;
  /** Whether the first HEADER_ATTR of a stream is still to come. */
  #isHead: boolean;
  /** Whether the records before it are those of {@linkcode isOldHeader}. */
  #hasOldHeaders = false;
  /** Up to where another recording has been looked for. */
  #searchedTo = 0;
  /** Bytes that are being passed because no record starts with them. */
  #foreign: ForeignBytes | null = null;
  /** Position of a record that is one, although its type is unlikely. */
  #acceptedAt = -1;
  #done = false;
  #body: Cursor | undefined;

  /** Starts before the first record of the first of `segments`. */
  constructor(session: Session, segments: readonly Segment[]) {
    this.#session = session;
    this.little = session.options.little;
    const [first = null, second] = session.events;
    this.#only = second === undefined && !session.options.pipe ? first : null;
    this.#isHead = session.options.pipe;
    this.#segments = segments;
    this.#segment = segments[0]!;
    this.#base = this.#segment.start;
    const whole = segments.length === 1 ? wholeSegment(this.#segment) : null;
    this.#isBorrowed = whole !== null;
    if (whole === null) {
      const largest = Math.max(...segments.map(({ source, start }) => source.size - start), 0);
      this.bytes = new Uint8Array(Math.min(largest, WINDOW_SIZE));
    } else {
      this.bytes = whole;
      this.#limit = Math.min(whole.length, this.#segment.end - this.#base);
    }
    const { buffer, byteOffset, length } = this.bytes;
    this.view = new DataView(buffer, byteOffset, length);
    this.#afterSkip = this.bytes.subarray(0, READ_AFTER_SKIP);
  }

  /** `perf_event_header.misc`. */
  get misc(): number {
    return this.view.getUint16(this.at + 4, this.little);
  }

  /** Absolute position of the record; of the compressed record that holds its start, if one does. */
  get fileOffset(): number {
    return this.#base + (this.#outer === null ? this.at : this.#outer.at);
  }

  /** Name of the file in a directory that holds the record; null for other recordings. */
  get fileName(): string | null {
    return this.#segment.name;
  }

  /** Whether the record was stored compressed. */
  get compressed(): boolean {
    return this.#outer !== null;
  }

  /** Bytes after the record that belong to it: trace data, or tracing data. */
  get payloadSize(): number {
    return this.type === RecordType.Auxtrace || this.type === RecordType.HeaderTracingData
      ? this.#payloadSize
      : 0;
  }

  /** Moves to the next record; false at the end, with {@linkcode cut} set if it comes early. */
  next(): boolean {
    let at = this.#next;
    for (;;) {
      const left = this.#limit - at;
      if (left >= RECORD_HEADER_SIZE) {
        const type = this.view.getUint32(at, this.little);
        let size = this.view.getUint16(at + 6, this.little);
        if (type === RecordType.Compressed2) {
          size = this.#framing.sizeOf(this.#placeOf(at));
        }
        if (size < RECORD_HEADER_SIZE) {
          if (!this.#badHeader(at, size)) return false;
          at = this.#next;
          continue;
        }
        if (size <= left) {
          // 0 is no type, either.
          if ((type - 1 >>> 0) >= FIRST_FOREIGN_TYPE - 1 && this.#meetsForeign(at)) {
            at = this.#next;
            continue;
          }
          this.at = at;
          this.type = type;
          this.size = size;
          this.#next = at + size;
          if (type >= RecordType.HeaderAttr && !this.#tool()) {
            at = this.#next;
            continue;
          }
          return true;
        }
      }
      if (!this.#more(at)) return false;
      at = this.#next;
    }
  }

  /**
   * Releases what is held outside the heap, for callers that stop before the end or walk many times.
   * No record follows, and the last one cannot be read any more.
   */
  close(): void {
    this.#done = true;
    this.#piece = null;
    this.#limit = 0;
    this.#next = 0;
    this.#zstd?.close?.();
    this.#zstd = undefined;
    const window = this.#outer?.bytes ?? this.bytes;
    this.#outer = null;
    this.bytes = NO_BYTES;
    this.view = new DataView(NO_BYTES.buffer);
    for (const { buffer } of this.#isBorrowed ? [this.#decoded] : [window, this.#decoded]) {
      // Node.js has it from 21 on.
      if (buffer.byteLength > SMALL_WINDOW) (buffer as ArrayBuffer).transfer?.(0);
    }
  }

  /** Reads the `u32` at `offset` in the record; the caller has compared with {@linkcode size}. */
  u32(offset: number): number {
    return this.view.getUint32(this.at + offset, this.little);
  }

  /** Reads the low half of the `u64` at `offset` in the record. */
  low(offset: number): number {
    return this.view.getUint32(this.at + offset + (this.little ? 0 : 4), this.little);
  }

  /** Reads the high half of the `u64` at `offset` in the record. */
  high(offset: number): number {
    return this.view.getUint32(this.at + offset + (this.little ? 4 : 0), this.little);
  }

  /** Reads the `u64` at `offset` in the record, exactly. */
  u64(offset: number): bigint {
    return this.view.getBigUint64(this.at + offset, this.little);
  }

  /** The event that wrote the record; null for perf's own records and unknown ids. */
  get event(): PerfEvent | null {
    const { events } = this.#session;
    const first = events[0];
    if (first === undefined || this.type >= RecordType.HeaderAttr) return null;
    if (events.length === 1) return first;
    if (this.type !== RecordType.Sample && !first.layout.sampleIdAll) return first;
    const at = this.#offsetOf(this.#positions(first).id, first);
    if (at < 0) return null;
    const low = this.low(at);
    const high = this.high(at);
    return low === 0 && high === 0 ? first : this.#session.table.find(high, low) ?? null;
  }

  /**
   * Id of the event that wrote the record, which tells the ring where the record has no CPU; null
   * if its event records no ids, if it is 0, as in records that perf made up, or if it is cut off.
   */
  get id(): bigint | null {
    const at = this.#idAt;
    return at < 0 ? null : this.u64(at) || null;
  }

  /** Offset of the time in the record, for {@linkcode high} and {@linkcode low}; -1 if it has none. */
  get timeAt(): number {
    const event = this.event as KnownEvent | null;
    return event === null ? -1 : this.#offsetOf(this.#positions(event).time, event);
  }

  /** Time of the record in ns of the recording's clock; null if it has none. */
  get timeNs(): bigint | null {
    const at = this.timeAt;
    if (at < 0) return null;
    const high = this.high(at);
    const low = this.low(at);
    return (high === 0 && low === 0) || (high === 0xffffffff && low === 0xffffffff)
      ? null
      : joinU64(high, low);
  }

  /** CPU of the record, from the sample or its trailer; null if unknown. */
  get cpu(): number | null {
    const at = this.#common("cpu");
    return at < 0 ? null : unlessNone(this.u32(at));
  }

  /** Process of the record, from the sample or its trailer; null if unknown. */
  get pid(): number | null {
    const at = this.#common("tid");
    return at < 0 ? null : unlessNone(this.u32(at));
  }

  /** Thread of the record, from the sample or its trailer; null if unknown. */
  get tid(): number | null {
    const at = this.#common("tid");
    return at < 0 ? null : unlessNone(this.u32(at + 4));
  }

  /** Reads event, CPU, process, thread and time at once, which costs less than one by one. */
  origin(): RecordOrigin {
    const event = this.event as KnownEvent | null;
    let cpuAt = -1;
    let tidAt = -1;
    let timeAt = -1;
    if (event !== null) {
      const positions = this.#positions(event);
      const isMadeUp = this.#isMadeUp(event);
      if (!isMadeUp) cpuAt = this.#offsetOf(positions.cpu, event);
      if (!isMadeUp) tidAt = this.#offsetOf(positions.tid, event);
      timeAt = this.#offsetOf(positions.time, event);
    }
    const timeHigh = timeAt < 0 ? 0 : this.high(timeAt);
    const timeLow = timeAt < 0 ? 0 : this.low(timeAt);
    const hasTime = timeHigh !== 0xffffffff || timeLow !== 0xffffffff;
    return {
      event,
      cpu: cpuAt < 0 ? null : unlessNone(this.u32(cpuAt)),
      pid: tidAt < 0 ? null : unlessNone(this.u32(tidAt)),
      tid: tidAt < 0 ? null : unlessNone(this.u32(tidAt + 4)),
      timeHigh: hasTime ? timeHigh : 0,
      timeLow: hasTime ? timeLow : 0,
    };
  }

  /** Decodes the record to a value that is safe to keep. */
  record(): PerfRecord {
    const event = this.#only ?? this.event as KnownEvent | null;
    if (this.type === RecordType.Sample && event !== null) {
      const { layout } = event;
      if (!layout.hasMore && layout.wordsSize <= this.size - RECORD_HEADER_SIZE) {
        return sampleWords(this.view, this.at, this.little, event, this);
      }
    }
    if (this.#isOldHeader) return decodeOldHeader(this.#aim(), this, this.u32(0));
    return decodeRecord(this.#aim(), this, event ?? this.#eventOfShort);
  }

  /**
   * Returns a reader of bytes `[from, to)` of the payload after the record. It can be kept, except
   * over a source that only moves forward: there it works until the cursor moves.
   */
  payloadReader(): PayloadReader {
    const { source } = this.#segment;
    const { type, fileOffset, size, payloadSize } = this;
    const held = source.size === Infinity
      ? this.bytes.subarray(this.at + size, this.#limit)
      : NO_BYTES;
    const { maxPayloadSize: maxSize, pipe } = this.#session.options;
    const place = { segment: this.#segment, pipe, held, maxSize };
    return payloadReader({ ...place, type, fileOffset, size, payloadSize });
  }

  /** Offset of the event's id in the record, where the recording's events agree; -1 if it has none. */
  get #idAt(): number {
    const first = this.#session.events[0];
    return first === undefined || this.type >= RecordType.HeaderAttr
      ? -1
      : this.#offsetOf(this.#positions(first).id, first);
  }

  /** The first event for a record that ends before its id, so that decoding it tells what is missing. */
  get #eventOfShort(): KnownEvent | null {
    const first = this.#session.events[0];
    if (first === undefined || this.type >= RecordType.HeaderAttr) return null;
    const { sample, trailer } = first.layout;
    const hasId = (this.type === RecordType.Sample ? sample : trailer).id >= 0;
    return hasId && this.#idAt < 0 ? first : null;
  }

  /** Positions of the common fields in records like this one. */
  #positions({ layout }: KnownEvent): FieldPositions {
    return this.type === RecordType.Sample ? layout.sample : layout.trailer;
  }

  /**
   * Offset in the record of the field at a position; -1 if its event does not record it, or the
   * record is too short for it. Of a trailer that is not whole nobody knows where it starts: it has
   * no field.
   */
  #offsetOf(position: number, { layout: { trailerSize } }: KnownEvent): number {
    if (this.type === RecordType.Sample) return position + 8 <= this.size ? position : -1;
    return position < 0 || RECORD_HEADER_SIZE + trailerSize > this.size ? -1 : this.size - position;
  }

  /** Like `#offsetOf`, but -1 for records that perf made up. */
  #common(field: "cpu" | "tid"): number {
    const event = this.event as KnownEvent | null;
    if (event === null) return -1;
    const at = this.#offsetOf(this.#positions(event)[field], event);
    return at < 0 || this.#isMadeUp(event) ? -1 : at;
  }

  /** Whether the record has a whole trailer, and it is all zeros, as in records that perf made up. */
  #isMadeUp({ layout: { trailerSize } }: KnownEvent): boolean {
    if (this.type === RecordType.Sample) return false;
    if (RECORD_HEADER_SIZE + trailerSize > this.size) return false;
    for (let word = this.size - trailerSize; word < this.size; word += 4) {
      if (this.u32(word) !== 0) return false;
    }
    return true;
  }

  #aim(): Cursor {
    const body = this.#body ??= new Cursor(NO_BYTES, 0, this.little, "");
    body.bytes = this.bytes;
    body.view = this.view;
    body.base = this.fileOffset - this.at;
    body.at = this.at + RECORD_HEADER_SIZE;
    body.end = this.at + this.size;
    body.structure = recordTypeName(this.type);
    return body;
  }

  /** Whether the record under the cursor is a header section that Google's perf 3.2 or 3.3 wrote. */
  get #isOldHeader(): boolean {
    return this.#isHead && this.#hasOldHeaders && this.type === RecordType.HeaderFeature;
  }

  /** Takes in a record of a stream before the first HEADER_ATTR, and gives old ones their type. */
  #head(): void {
    const { type, at, size } = this;
    if (type === RecordType.HeaderAttr) this.#isHead = false;
    if (this.compressed || !isOldHeaderType(type)) return;
    this.#hasOldHeaders ||= isOldHeader(
      this.bytes.subarray(at, at + size),
      this.u32(0),
      this.little,
    );
    if (this.#hasOldHeaders) this.type = RecordType.HeaderFeature;
  }

  /** Reads a record of a type that perf itself writes; false if it is part of another recording. */
  #tool(): boolean {
    if (this.#isHead) this.#head();
    switch (this.type) {
      case RecordType.HeaderAttr:
        if (this.#followsHead()) return false;
        break;
      case RecordType.Auxtrace:
        if (this.#isAuxtraceCut()) return false;
        this.#payloadSize = this.size < 16 ? 0 : this.#auxSize();
        this.#payloadOf = this.fileOffset;
        this.#next += this.#payloadSize;
        return true;
      case RecordType.FinishedRound:
        return true;
      case RecordType.HeaderTracingData:
        this.#payloadSize = isBeforeTracingData(this.size) ? this.u32(8) : 0;
        this.#payloadOf = this.fileOffset;
        this.#next += this.#payloadSize;
        if (!this.compressed) this.#session.observe(this, this.#passingPayload());
        return true;
      case RecordType.Compressed:
        this.#setPiece(RECORD_HEADER_SIZE, this.size - RECORD_HEADER_SIZE);
        break;
      case RecordType.Compressed2:
        this.#setPiece(16, this.#framing.take(this.#placeOf(this.at), this.size));
        break;
    }
    if (this.compressed) return true;
    if (this.#isOldHeader) this.#session.observeOldHeader(this);
    else this.#session.observe(this);
    return true;
  }

  /** Size of an AUXTRACE payload; one that no file can hold is cut down to what numbers hold. */
  #auxSize(): number {
    return Math.min(this.high(8) * 2 ** 32 + this.low(8), Number.MAX_SAFE_INTEGER);
  }

  #placeOf(at: number): Parameters<Compressed2Framing["sizeOf"]>[0] {
    const { view, little } = this;
    return { view, at, left: this.#limit - at, position: this.#base + at, little };
  }

  /** Sees to it that the records in a piece of the record come before the rest of the window. */
  #setPiece(offset: number, size: number): void {
    const start = this.at + offset;
    this.#piece = this.bytes.subarray(start, start + size);
    this.#afterPiece = this.#next;
    this.#next = this.#limit;
  }

  /** Arranges that more bytes follow `at`; false at the end, or while waiting for them. */
  #more(at: number): boolean {
    if (this.#done) return false;
    if (this.#tail !== null) return this.#endTail(this.#tail);
    if (this.#piece !== null) return this.#enterPiece(this.#piece);
    if (this.#outer !== null) return this.#decode(this.#outer, at);
    if (this.#foreign !== null) return this.#passForeign(this.#foreign);
    return this.#meetsForeign(at) || this.#read(at);
  }

  #enterPiece(piece: Uint8Array): boolean {
    this.#piece = null;
    if (this.#outer !== null) {
      return this.#refusePiece("corrupt", "no compressed record", "one in another");
    }
    try {
      this.#zstd ??= this.#session.options.zstd?.();
    } catch (error) {
      return this.#needZstd(`none (${messageOf(error)})`);
    }
    if (this.#zstd === undefined) return this.#needZstd("none");
    this.#zstd.push(piece);
    this.#loss.push(piece, this.type, this.fileOffset);
    this.#pieceSize = 0;
    const { bytes, view, at, type } = this;
    this.#outer = { bytes, view, limit: this.#limit, next: this.#afterPiece, at, type };
    if (this.#decoded.length === 0) this.#decoded = new Uint8Array(WINDOW_SIZE);
    this.bytes = this.#decoded;
    this.view = new DataView(this.bytes.buffer);
    this.#next = 0;
    this.#limit = this.#rest;
    this.#rest = 0;
    return this.#decode(this.#outer, 0);
  }

  /** Moves the window on decoded bytes so that it starts at `at`; leaves the piece at its end. */
  #decode(outer: Outer, at: number): boolean {
    const keep = Math.max(this.#limit - at, 0);
    if (keep > 0) this.bytes.copyWithin(0, at, this.#limit);
    let count: number;
    try {
      count = this.#zstd!.read(this.bytes.subarray(keep));
    } catch (error) {
      return this.#refusePiece("corrupt", "zstd data", messageOf(error), this.#loss.cure);
    }
    if (count === 0) {
      this.#rest = keep;
      this.#leavePiece(outer);
      return true;
    }
    this.#next = Math.max(at - this.#limit, 0);
    this.#limit = keep + count;
    this.#loss.count(count);
    return this.#allows(count);
  }

  /** Counts decoded bytes; ends the segment where there are more than may be. */
  #allows(count: number): boolean {
    this.#pieceSize += count;
    this.#decodedSize += count;
    const { ringSize, options: { maxDecompressedSize } } = this.#session;
    const maxSize = ringSize === null ? UNKNOWN_RING_SIZE : ringSize + ZSTD_BLOCK_SIZE;
    if (this.#pieceSize > maxSize) {
      const cure = ringSize === null
        ? "no COMPRESSED section before it tells how large the rings are; if they are larger than " +
          "that, record with smaller ones (-m)"
        : `the rings have ${ringSize} bytes (COMPRESSED.mmap_len), so perf did not write it`;
      return this.#refusePiece("corrupt", `at most ${maxSize} bytes decompressed`, "more", cure);
    }
    if (this.#decodedSize > maxDecompressedSize) {
      const expected = `at most ${maxDecompressedSize} bytes decompressed in all`;
      return this.#refusePiece("unsupported", expected, "more", "raise maxDecompressedSize");
    }
    return true;
  }

  /** Ends the segment at a compressed record that cannot be decoded here: nothing is wrong with it. */
  #needZstd(found: string): boolean {
    const actual = `${found}: give a zstd decoder, the option \`zstd\``;
    const cure = "without it nothing is known of what comes there and after it";
    return this.#refusePiece("unsupported", "a zstd decoder", actual, cure);
  }

  /** Ends the segment at a compressed record. */
  #refusePiece(fault: Fault, expected: string, actual: string, cure?: string): boolean {
    const structure = recordTypeName(this.#outer?.type ?? this.type);
    const detail = { structure, offset: this.fileOffset, expected, actual };
    return this.#end(new FormatError(fault, cure === undefined ? detail : { ...detail, cure }));
  }

  #leavePiece(outer: Outer): void {
    this.bytes = outer.bytes;
    this.view = outer.view;
    this.at = outer.at;
    this.#limit = outer.limit;
    this.#next = outer.next;
    this.#outer = null;
  }

  /** Moves the window so that it starts at `at`, and reads more after what it keeps. */
  #read(at: number): boolean {
    const { source, end } = this.#segment;
    const keep = Math.max(this.#limit - at, 0);
    if (at > this.#limit) this.#readSize = READ_AFTER_SKIP;
    this.#moveTo(at, keep);
    const from = this.#base + keep;
    const room = Math.min(this.#readSize, this.bytes.length - keep, end - from);
    this.#readSize = Math.min(this.#readSize * 8, WINDOW_SIZE);
    const into = keep === 0 && room === READ_AFTER_SKIP
      ? this.#afterSkip
      : this.bytes.subarray(keep, keep + room);
    const count = room > 0
      ? source.read(from, into)
      : Math.min(this.#probe(Math.min(from, end)), 0);
    this.waiting = count < 0;
    if (count > 0) this.#limit += count;
    return count === 0 ? this.#endSegment(keep) : count > 0;
  }

  /** Makes a source that only moves forward find out whether it reaches `end`. */
  #probe(end: number): number {
    const { source } = this.#segment;
    return source.size === Infinity ? source.read(end - 1, new Uint8Array(1)) : 0;
  }

  #moveTo(at: number, keep: number): void {
    if (keep > 0) {
      if (this.#isBorrowed) this.#copyWindow();
      this.bytes.copyWithin(0, at, at + keep);
    }
    this.#base += at;
    this.at -= at;
    this.#limit = keep;
    this.#next = 0;
  }

  #copyWindow(): void {
    this.#isBorrowed = false;
    this.bytes = this.bytes.slice();
    this.view = new DataView(this.bytes.buffer);
  }

  /** Judges why no more bytes come, with `left` of them not yet read. */
  #endSegment(left: number): boolean {
    const { source, start, end, isMissing } = this.#segment;
    const size = Math.min(end, source.size);
    const why = () => earlyEnd(this.#segment, this.#session.options.pipe);
    if (this.#base > size && this.#base > start) {
      const offset = this.#payloadOf;
      const actual = size - offset - this.size;
      this.cutPayload = { fileOffset: offset, fileName: this.fileName, presentSize: actual };
      const { type } = this;
      return this.#end(payloadCut(why(), { type, offset, size: this.#payloadSize, actual }));
    }
    const isShort = size < start || (end !== Infinity && size < end);
    const canEnd = !isShort && this.#base > start;
    const rest = this.bytes.subarray(0, left);
    if (left > 0 && !(canEnd && isPadding(rest))) {
      if (end === Infinity && left > 1 && left < RECORD_HEADER_SIZE && isText(rest)) {
        const excerpt = new TextDecoder().decode(rest);
        return this.#endInText({ fileOffset: this.#base, size: left, excerpt });
      }
      return this.#endRecord(why(), left);
    }
    if (this.#rest > 0 && !(canEnd && isPadding(this.#decoded.subarray(0, this.#rest)))) {
      return this.#end(compressedCut(why(), this.#base + this.at, this.#rest));
    }
    if (this.#loss.isOpen) return this.#end(this.#loss.error(why()));
    if (isMissing) return this.#end(partMissing());
    if (this.#session.options.pipe && size === start) return this.#end(noRecords(why(), start));
    return this.#end(isShort ? dataCut(start, end, size) : null);
  }

  /** Judges a record of which `left` bytes are there, and no more come. */
  #endRecord(why: EarlyEnd, left: number): boolean {
    const { view, little } = this;
    let size: number | undefined;
    if (left >= RECORD_HEADER_SIZE && view.getUint32(0, little) === RecordType.Compressed2) {
      if (!this.#framing.isLast) return this.#framing.isLast = true;
      size = this.#framing.sizeOf(this.#placeOf(0));
    }
    return this.#end(recordCut(why, { view, little, offset: this.#base, left, size }));
  }

  /** Judges a header whose size cannot be. */
  #badHeader(at: number, size: number): boolean {
    if (this.#meetsForeign(at)) return true;
    const offset = this.#base + (this.#outer === null ? at : this.#outer.at);
    return this.#end(badHeader(offset, size));
  }

  /**
   * Whether the bytes at `at` are no header of a record, in a stream that other programs can write
   * to as well; then they are passed before the next record.
   */
  #meetsForeign(at: number): boolean {
    if (this.#outer !== null || this.#segment.end !== Infinity) return false;
    if (this.#limit - at < RECORD_HEADER_SIZE || this.#base + at === this.#acceptedAt) return false;
    if (!isForeignType(this.view.getUint32(at, this.little))) return false;
    const head = this.bytes.subarray(at, at + RECORD_HEADER_SIZE);
    if (this.#endsInSecond(at)) return true;
    this.#foreign = new ForeignBytes(this.#base + at, head, {
      little: this.little,
      headKind: !this.#isHead ? "today" : this.#hasOldHeaders ? "old" : "either",
    });
    this.#next = this.#limit;
    return true;
  }

  /**
   * Whether another recording starts in the record before `at`, in its payload or not far before it,
   * so that the first one is cut there. Looks at each byte once, and of a source that only moves
   * forward only at those in the window.
   */
  #endsInSecond(at: number): boolean {
    const { source, start } = this.#segment;
    const to = this.#base + at;
    const offset = this.#base + this.at;
    const before = Math.max(Math.min(offset, to - SECOND_AFTER), to - SECOND_BEFORE);
    const kept = source.size < Infinity ? start : this.#base;
    const second = findRecording(this.#readable(), Math.max(before, kept, this.#searchedTo), to);
    this.#searchedTo = to;
    if (second < 0) return false;
    const { type, size } = this;
    const actual = second - offset - size;
    if (actual < 0) return this.#endAtSecond(second);
    this.#session.meetSecond(second);
    const why = earlyEnd(this.#segment, this.#session.options.pipe);
    this.cutPayload = { fileOffset: offset, fileName: this.fileName, presentSize: actual };
    this.#end(payloadCut(why, { type, offset, size: this.#payloadSize, actual }));
    return true;
  }

  /** Ends the records inside one that another recording cuts. */
  #endAtSecond(second: number): true {
    this.#session.meetSecond(second);
    this.#end(secondCut(earlyEnd(this.#segment, this.#session.options.pipe), second));
    return true;
  }

  /** Whether the head of another recording stands right before the record, where none of ours ended. */
  #followsHead(): boolean {
    const head = this.fileOffset - FileHeaderSize.Pipe;
    if (this.#outer !== null || head < this.#segment.start) return false;
    const second = findRecording(this.#readable(), head, head + 1);
    return second >= 0 && this.#endAtSecond(second);
  }

  /** Whether another recording starts in the header of an AUXTRACE record, which has odd values then. */
  #isAuxtraceCut(): boolean {
    if (this.#outer !== null || this.size < AUXTRACE_SIZE) return false;
    const isOdd = (this.high(8) | this.u32(44)) !== 0 || this.high(16) >= ODD_OFFSET ||
      this.u32(32) >= ODD_INDEX;
    if (!isOdd) return false;
    const { fileOffset } = this;
    const second = findRecording(this.#readable(), fileOffset + 8, fileOffset + this.size);
    return second >= 0 && this.#endAtSecond(second);
  }

  /** The source, or what the window has of one that only moves forward. */
  #readable(): ByteSource {
    const { source } = this.#segment;
    if (source.size < Infinity) return source;
    const held = this.bytes.subarray(0, this.#limit);
    const base = this.#base;
    return {
      size: base + held.length,
      read(offset, into) {
        const part = held.subarray(offset - base, offset - base + into.length);
        into.set(part);
        return part.length;
      },
    };
  }

  /** Looks for another recording around the place where the records of a file end too early. */
  #findSecond({ fault, detail: { offset } }: FormatError): void {
    const { source: { size }, name, start } = this.#segment;
    if (fault === "unsupported" || name !== null || this.#session.second !== null) return;
    if (size === Infinity && this.#outer !== null) return;
    const source = this.#readable();
    const from = Math.max(size < Infinity ? start : this.#base, offset - SECOND_BEFORE);
    const to = Math.min(source.size, this.#base + this.#limit + SECOND_AFTER, from + MAX_SEARCHED);
    const second = findRecording(source, from, to);
    if (second < 0) return;
    this.#session.meetSecond(second);
    const head = new DataView(new ArrayBuffer(RECORD_HEADER_SIZE));
    fill(source, new Uint8Array(head.buffer), this.#payloadOf);
    const payloadAt = this.#payloadOf + head.getUint16(6, this.little);
    if (second < payloadAt || second >= payloadAt + this.#payloadSize) return;
    this.cutPayload = {
      fileOffset: this.#payloadOf,
      fileName: name,
      presentSize: second - payloadAt,
    };
  }

  /** Moves to what follows foreign bytes; false at the end, or while waiting for more. */
  #passForeign(foreign: ForeignBytes): boolean {
    const { source } = this.#segment;
    for (let isEnd = false;;) {
      const { bytes, view } = this;
      const window = { bytes, view, base: this.#base, limit: this.#limit, isEnd };
      const found = foreign.search(window);
      if (found !== null || isEnd) return this.#leaveForeign(foreign, found);
      const at = foreign.start + foreign.size - this.#base;
      this.#moveTo(at, this.#limit - at);
      const count = source.read(this.#base + this.#limit, bytes.subarray(this.#limit));
      if (count > 0) this.#limit += count;
      this.#next = this.#limit;
      this.waiting = count < 0;
      if (this.waiting) return false;
      isEnd = count === 0;
    }
  }

  #leaveForeign(foreign: ForeignBytes, found: ForeignEnd | null): boolean {
    this.#foreign = null;
    if (found?.is === "unknown record") {
      this.#acceptedAt = foreign.start;
      this.#next = found.at;
      return true;
    }
    const { start, size } = foreign;
    if (foreign.isText) {
      if (found === null && size > 0) return this.#endInText(foreign.text);
      if (size > 0) this.#addText(foreign.text);
    } else if (found === null) {
      const { head: view } = foreign;
      const why = earlyEnd(this.#segment, this.#session.options.pipe);
      return this.#end(recordCut(why, { view, little: this.little, offset: start, left: size }));
    } else if (found.is === "record" || !foreign.isZero) {
      this.cut ??= foreignCut(foreign);
    }
    if (found?.is === "record") {
      this.#next = found.at;
      return true;
    }
    if (found?.is === "recording") this.#session.meetSecond(this.#base + found.at);
    else this.trailingBytes = size;
    return this.#end(null);
  }

  /** Ends the segment in text, before which there may have been no record at all. */
  #endInText(text: StrayText): boolean {
    const { start } = this.#segment;
    if (text.fileOffset === start) return this.#end(onlyText(start));
    this.#addText(text);
    this.trailingBytes = text.size;
    return this.#end(null);
  }

  #addText(text: StrayText): void {
    if (this.strayTexts.length < MAX_TEXTS) this.strayTexts.push(text);
  }

  /** Ends the segment, early if there is an error, and starts the next one. */
  #end(found: FormatError | null): boolean {
    const { source, name, tail = null } = this.#segment;
    const { failure = null } = source;
    const error = found === null || found.fault === "truncated" ? failure ?? found : found;
    if (error !== null) {
      this.#findSecond(error);
      this.cut ??= inFile(error, name);
    }
    const segment = this.#segments[++this.#index];
    this.#tail = segment === undefined ? tail : null;
    this.#done = segment === undefined && tail === null;
    this.#zstd?.close?.();
    this.#zstd = undefined;
    if (this.#outer !== null) this.#leavePiece(this.#outer);
    this.#limit = 0;
    this.#next = 0;
    if (this.#tail !== null) return this.#endTail(this.#tail);
    this.#noteFailure(source);
    if (segment === undefined) return false;
    this.#segment = segment;
    this.#base = segment.start;
    this.#readSize = WINDOW_SIZE;
    this.#rest = 0;
    this.#framing = new Compressed2Framing();
    this.#loss = new CompressedLoss();
    return true;
  }

  /**
   * The payload after the record, of a source that only moves forward; null where it is longer than a
   * feature section may be, or has not arrived.
   */
  #passingPayload(): Uint8Array | null {
    const { source, tail = null } = this.#segment;
    if (tail === null || this.#payloadSize > this.#session.options.maxFeatureSize) return null;
    const bytes = new Uint8Array(this.#payloadSize);
    const from = this.at + this.size;
    const held = this.bytes.subarray(from, Math.min(from + bytes.length, this.#limit));
    bytes.set(held);
    const count = fill(source, bytes.subarray(held.length), this.#base + from + held.length);
    return held.length + count === bytes.length ? bytes : null;
  }

  /** Reads what follows the last record; false at the end of it, or while waiting. */
  #endTail(tail: FileTail): false {
    this.waiting = !tail.take();
    if (this.waiting) return false;
    this.#tail = null;
    this.#done = true;
    this.#noteFailure(this.#segment.source);
    return false;
  }

  /** Notes why a source ended too early, which can show only after its last record. */
  #noteFailure({ failure = null }: ByteSource): void {
    this.cut ??= failure;
    if (failure !== null && this.cut !== failure) this.#session.reportOnce(failure);
  }
}

/** All bytes from the first record on, where they are in memory and no more than a window; else null. */
function wholeSegment({ source, start }: Segment): Uint8Array | null {
  const bytes = sourceBytes(source)?.subarray(start);
  return bytes !== undefined && bytes.length <= WINDOW_SIZE ? bytes : null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
