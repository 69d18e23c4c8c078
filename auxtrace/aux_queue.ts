import { FLOAT } from "../parsers/internal.ts";
import { Announcements } from "./announcements.ts";
import type {
  AuxAnnouncement,
  AuxChunkHeader,
  AuxQueue,
  MissingBytes,
  QueueIdentity,
} from "./aux_events.ts";
import { type AnnouncedSize, type Announcer, MissingRanges } from "./ranges.ts";

/** Bytes that perf's padding can add to a chunk. */
export const PADDING = 7n;

/** A queue that the walk fills. */
export class QueueBuilder implements AuxQueue {
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
  lastChunk: AuxChunkHeader | null = null;
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

  constructor({ idx, cpu, tid }: QueueIdentity, { wraps }: { readonly wraps: boolean }) {
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
  announce(bytes: Position & AnnouncedSize & Announcer): void {
    this.#missing.announce(bytes, bytes.recordHigh);
    this.#counted?.announce(bytes, bytes.streamHigh);
  }

  /** Takes in that `size` bytes from a position on are there. */
  cover({ recordHigh, streamHigh, low }: Position, size: number): void {
    this.#missing.cover(recordHigh, low, size);
    this.#counted?.cover(streamHigh, low, size);
  }

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
type Position = Pick<AuxAnnouncement, "recordHigh" | "streamHigh" | "low">;
