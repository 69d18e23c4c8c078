import { FLOAT } from "../parsers/internal.ts";
import type { AnnouncedSummary } from "./announced_summary.ts";
import { Announcements } from "./announcements.ts";
import { type Announcer, type MissingBytes, MissingRanges } from "./ranges.ts";

/** Bytes that perf's padding can add to a chunk. */
export const PADDING = 7n;

/**
 * What a recording holds of one AUX buffer: perf's queue.
 *
 * A queue has an `idx` where AUXTRACE records or ID_INDEX name one. Where AUX records alone speak of
 * an AUX buffer, its CPU or thread identifies it. What is counted is of the records so far.
 */
export interface AuxQueue {
  /** `idx` of its AUXTRACE records; null while none has come, and ID_INDEX does not tell. */
  readonly idx: number | null;
  /** CPU of the AUX buffer; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the AUX buffer; null where the recording does not say. */
  readonly tid: number | null;
  /** AUXTRACE records whose payload is whole. */
  readonly chunks: number;
  /** Samples with AUX data. */
  readonly samples: number;
  /** Bytes that the file holds, padding included. */
  readonly presentBytes: number;
  /** Size of the largest chunk: the AUX buffer is at least as large. */
  readonly largestChunk: number;
  /** What its AUX records say. */
  readonly announced: AnnouncedSummary;
  /** Longest time between the newest AUX records of two successive chunks in ns; null without two. */
  readonly longestPauseNs: number | null;
  /** Whether chunks or samples brought data: AUX records alone are not all there is of it. */
  readonly hasData: boolean;
  /** Bytes that AUX records announce and no chunk holds. */
  readonly missingBytes: number;
  /** Whether {@linkcode missingBytes} is exact: not where there are too many ranges to keep apart. */
  readonly isMissingExact: boolean;
  /** The ranges of {@linkcode missingBytes}, rising; at most some thousand. */
  missing(): MissingBytes[];
}

/** A queue that the walk fills; `Chunk` is what the walk keeps of a chunk. */
export class QueueBuilder<Chunk = unknown> implements AuxQueue {
  idx: number | null;
  readonly cpu: number | null;
  tid: number | null;
  chunks = 0;
  samples = 0;
  largestChunk = 0;
  readonly announced: Announcements = new Announcements();
  longestPauseNs: number | null = null;
  /** Whether the kernel counts in 32 bits; known for certain at the end of the recording. */
  wraps: boolean;
  /** Its newest chunk. */
  lastChunk: Chunk | null = null;
  /** The range of its newest AUX record, where no chunk has come. */
  lastAnnounced: { readonly start: bigint; readonly end: bigint } | null = null;
  /** The newest position, counted on where a 32-bit kernel wraps; null before the first. */
  position: number | null = null;
  /** By positions as the records have them. */
  readonly #missing = new MissingRanges();
  /** By positions that are counted on where a 32-bit kernel wraps, if it may be one. */
  readonly #counted: MissingRanges | null;
  #presentBytes = FLOAT;
  #spanAtChunk: number | null = null;

  /** A queue without chunks and AUX records. */
  constructor(
    { idx, cpu, tid, wraps = false }: {
      readonly idx: number | null;
      readonly cpu: number | null;
      readonly tid: number | null;
      readonly wraps?: boolean;
    },
  ) {
    this.idx = idx;
    this.cpu = cpu;
    this.tid = tid;
    this.wraps = wraps;
    this.#counted = wraps ? new MissingRanges() : null;
  }

  get presentBytes(): number {
    return this.#presentBytes || 0;
  }

  get hasData(): boolean {
    return this.chunks > 0 || this.samples > 0 || this.presentBytes > 0;
  }

  get missingBytes(): number {
    return this.#ranges.bytes;
  }

  get isMissingExact(): boolean {
    return this.#ranges.isExact;
  }

  missing(): MissingBytes[] {
    return this.#ranges.list();
  }

  /** Takes in that bytes are announced, by the record at `fileOffset`. */
  announce(bytes: Bytes & Announcer): void {
    this.#missing.announce(bytes, bytes.recordHigh);
    this.#counted?.announce(bytes, bytes.streamHigh);
  }

  /** Takes in that `size` bytes from a position on are there. */
  cover({ recordHigh, streamHigh, low }: Position, size: number): void {
    this.#missing.cover(recordHigh, low, size);
    this.#counted?.cover(streamHigh, low, size);
  }

  /** Counts bytes that are there. */
  addPresent(bytes: number): void {
    this.#presentBytes = Math.min(this.presentBytes + bytes, Number.MAX_SAFE_INTEGER);
  }

  /** Notes how long the kernel wrote since the last time a chunk was read. */
  notePause(): void {
    const { spanNs } = this.announced;
    if (spanNs === null) return;
    if (this.#spanAtChunk !== null) {
      const pause = spanNs - this.#spanAtChunk;
      if (pause > (this.longestPauseNs ?? -1)) this.longestPauseNs = pause;
    }
    this.#spanAtChunk = spanNs;
  }

  get #ranges(): MissingRanges {
    return this.wraps && this.#counted !== null ? this.#counted : this.#missing;
  }
}

/** A position of a queue: its low half, and its high half in both countings. */
interface Position {
  /** High half, as the record has it. */
  readonly recordHigh: number;
  /** High half, counted on where a 32-bit kernel wraps. */
  readonly streamHigh: number;
  /** Low half. */
  readonly low: number;
}

interface Bytes extends Position {
  readonly size: number;
}
