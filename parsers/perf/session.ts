import { Cursor, FLOAT, FormatError } from "../internal.ts";
import { ATTR_SIZE_VER0, EventUpdateType, Feature, RECORD_HEADER_SIZE, RecordType } from "./abi.ts";
import { type AuxtraceInfo, decodeAuxtraceInfo } from "./auxtrace_info.ts";
import { restWords } from "./_fields.ts";
import { decodeAttr } from "./attr.ts";
import { allCaps, type Caps, type PerfFileCaps } from "./caps.ts";
import { EventTable, type KnownEvent } from "./event_table.ts";
import { decodeEventDesc, type EventDesc } from "./features/event_desc.ts";
import { type Compression, decodeCompression } from "./features/recording.ts";
import { isBeforeTracingData } from "./records/header.ts";
import { oldFeature } from "./records/old_headers.ts";
import { recordTypeName } from "./record_type.ts";
import type { Zstd } from "./zstd.ts";

const MAX_FEATURES = 256;
const TRACING_DATA_SIZE = 12;
const MAX_DAMAGE = 100;

/** Bytes of a feature section that came in a record. */
export interface FeatureBytes {
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
}

/** Where the tracing data of a pipe stream stands. */
interface TracingDataPlace {
  readonly fileOffset: number;
  readonly size: number;
  /** The bytes, of a source that only moves forward; null where they are to be read. */
  readonly held: Uint8Array | null;
}

/** Another recording in the same input, after the one that is read. */
export interface SecondRecording {
  /** Position of its first byte. */
  readonly fileOffset: number;
  /** What was found there. */
  readonly reason: string;
  /** What this means for the answer, and what to do. */
  readonly cure: string;
}

/** What the session reads of a record, in place; a cursor over records is one. */
interface RecordUnderCursor {
  readonly type: number;
  readonly size: number;
  readonly fileOffset: number;
  readonly payloadSize: number;
  /** The record is `bytes.subarray(at, at + size)`. */
  readonly bytes: Uint8Array;
  readonly at: number;
  u32(offset: number): number;
  low(offset: number): number;
  high(offset: number): number;
}

/** Properties of a recording, and caps on it. */
export interface SessionOptions extends PerfFileCaps {
  /** Whether the recording is little endian. */
  readonly little: boolean;
  /** Whether events and features come as records. */
  readonly pipe: boolean;
  /** How the whole input is packed; null if it is not. */
  readonly packed?: "gzip" | "zstd" | null | undefined;
  /** Decodes compressed records; undefined where none was given. */
  readonly zstd?: Zstd | undefined;
}

/** What the records of one recording have in common, and what records add to it. */
export class Session {
  /** What was given at the start, all caps included. */
  readonly options: SessionOptions & Caps;
  /** The events so far. */
  readonly table: EventTable;
  /** Feature sections that came as records, by id. */
  readonly featureBytes: Map<number, FeatureBytes> = new Map();
  /** The first PERF_RECORD_AUXTRACE_INFO so far. */
  auxtraceInfo: AuxtraceInfo | null = null;
  /** Size of the data rings in bytes, if a COMPRESSED section told it. */
  ringSize: number | null = null;
  /** Where the tracing data of a pipe stream stands. */
  tracingData: TracingDataPlace | null = null;
  /** Where another recording follows this one; null if none has been met. */
  second: SecondRecording | null = null;
  /** What could not be decoded. */
  readonly damage: FormatError[] = [];
  #observedTo = FLOAT;
  /** Names in HEADER_EVENT_DESC, in its order and by the first id of each event. */
  #names: readonly string[] = [];
  readonly #namesById = new Map<bigint, string>();
  /** Events of a regular file that a record named: HEADER_EVENT_DESC can come later. */
  readonly #renamed = new Set<number>();

  constructor(options: SessionOptions) {
    this.options = { ...options, ...allCaps(options) };
    this.table = new EventTable(this.options);
  }

  /** The events so far, in file order. */
  get events(): readonly KnownEvent[] {
    return this.table.events;
  }

  /**
   * Takes in what one of perf's own records says of the others; each record counts once.
   *
   * @param payload What follows the record, if it will not be there later.
   */
  observe(record: RecordUnderCursor, payload: Uint8Array | null = null): void {
    if (record.fileOffset < this.#observedTo) return;
    switch (record.type) {
      case RecordType.AuxtraceInfo:
        this.auxtraceInfo ??= this.#decode(
          record,
          (body) => decodeAuxtraceInfo(body, (error) => this.report(error)),
        );
        break;
      case RecordType.HeaderAttr:
        if (this.options.pipe && this.damage.length < MAX_DAMAGE) {
          this.#decode(record, (body) => this.#addEvent(body));
        }
        break;
      case RecordType.EventUpdate:
        this.#decode(record, (body) => this.#renameEvent(body));
        break;
      case RecordType.HeaderFeature:
        if (
          this.options.pipe && record.size > 16 && record.high(8) === 0 &&
          record.low(8) < MAX_FEATURES
        ) {
          this.#addFeature(record, record.low(8), 16);
        }
        break;
      case RecordType.HeaderTracingData:
        this.tracingData = isBeforeTracingData(record.size)
          ? {
            fileOffset: record.fileOffset + record.size,
            size: record.payloadSize,
            held: payload,
          }
          : this.#dataInside(record);
        break;
      default:
        return;
    }
    this.#observedTo = record.fileOffset + 1;
  }

  /** Takes in a record that holds a header section and has no number but its type. */
  observeOldHeader(record: RecordUnderCursor): void {
    if (record.fileOffset < this.#observedTo) return;
    this.#addFeature(record, oldFeature(record.u32(0)), RECORD_HEADER_SIZE);
    this.#observedTo = record.fileOffset + 1;
  }

  /** Notes that another recording follows this one. */
  meetSecond(fileOffset: number): void {
    const { packed } = this.options;
    const [input, file] = packed ? [`${packed} -dc FILE | `, ""] : ["", " FILE"];
    this.second ??= {
      fileOffset,
      reason: `a second recording starts at 0x${fileOffset.toString(16)}`,
      cure: "this answer is about the first one; split them: " +
        `${input}head -c ${fileOffset}${file} > FIRST, ` +
        `${input}tail -c +${fileOffset + 1}${file} > SECOND`,
    };
  }

  /** Names the events, those that are still to come as well, as HEADER_EVENT_DESC does. */
  nameEvents(descriptions: readonly EventDesc[]): void {
    this.#names = descriptions.map(({ name }) => name);
    for (const { name, ids: [id] } of descriptions) {
      if (id !== undefined) this.#namesById.set(id, name);
    }
    for (const event of this.events) this.#nameEvent(event);
  }

  /** Takes in how large the data rings are. */
  noteCompression({ ringSize }: Compression): void {
    this.ringSize = ringSize || null;
  }

  /** Notes what could not be decoded. */
  report(error: FormatError): void {
    if (this.damage.length < MAX_DAMAGE) this.damage.push(error);
  }

  /** Notes what several walks over the records find. */
  reportOnce(error: FormatError): void {
    if (!this.damage.includes(error)) this.report(error);
  }

  #addFeature(record: RecordUnderCursor, id: number, at: number): void {
    const fileOffset = record.fileOffset + at;
    const bytes = record.bytes.slice(record.at + at, record.at + record.size);
    this.featureBytes.set(id, { bytes, fileOffset });
    if (id === Feature.eventDesc) {
      this.#decode(record, (body) => {
        body.at = at;
        this.nameEvents(decodeEventDesc(body));
      });
    }
    if (id === Feature.compressed) {
      this.#decode(record, (body) => {
        body.at = at;
        this.noteCompression(decodeCompression(body));
      });
    }
  }

  /** Where a record of simpleperf holds its tracing data. */
  #dataInside(record: RecordUnderCursor): TracingDataPlace | null {
    const there = record.size - TRACING_DATA_SIZE;
    if (there < 0) return null;
    const at = record.at + TRACING_DATA_SIZE;
    const size = Math.min(record.u32(8), there);
    const held = record.bytes.slice(at, at + size);
    return { fileOffset: record.fileOffset + TRACING_DATA_SIZE, size, held };
  }

  #decode<T>(record: RecordUnderCursor, decode: (body: Cursor) => T): T | null {
    const bytes = record.bytes.subarray(record.at, record.at + record.size);
    const body = new Cursor(
      bytes,
      record.fileOffset,
      this.options.little,
      recordTypeName(record.type),
    );
    body.at = 8;
    try {
      return decode(body);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.report(error);
      return null;
    }
  }

  #addEvent(body: Cursor): void {
    body.take(4);
    const size = body.u32() || ATTR_SIZE_VER0;
    body.at -= 8;
    const attr = decodeAttr(body, size);
    this.#nameEvent(this.table.add(attr, restWords(body), body.base));
  }

  /** Names an event by the description that starts with the same id, or else by that at its place. */
  #nameEvent({ index, ids: [id] }: KnownEvent): void {
    const described = id === undefined ? undefined : this.#namesById.get(id);
    const name = described ?? this.#names[index];
    if (name !== undefined && !this.#renamed.has(index)) this.table.rename(index, name);
  }

  #renameEvent(body: Cursor): void {
    if (Number(body.u64()) !== EventUpdateType.Name) return;
    const id = body.u64();
    const event = this.table.find(Number(id >> 32n), Number(id & 0xffffffffn));
    if (event === undefined) return;
    this.table.rename(event.index, body.text(body.remaining));
    if (!this.options.pipe) this.#renamed.add(event.index);
  }
}
