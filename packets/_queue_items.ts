import type { TraceFormat } from "../parsers/internal.ts";
import { AUX_LOSS_FLAGS } from "../parsers/perf/abi.ts";
import { AuxFlag, type PerfFile } from "../parsers/perf/mod.ts";
import { PADDING } from "../auxtrace/internal.ts";
import type { MissingBytes } from "../auxtrace/mod.ts";
import type { AnnouncedRanges } from "./_announced_ranges.ts";
import type { Chunks } from "./_chunks.ts";
import { chunkBytes, sampleBytes, type SampleData } from "./_payload_bytes.ts";
import type { Follows, PayloadItem, PayloadMark } from "./payload_item.ts";

/** Most bytes of two snapshots that are compared: 64 MiB. */
const MAX_COMPARED = 1 << 26;

/** How a chunk does not follow the one before it. */
export type SeamKind = "gap" | "overlap" | "regression";
/** Where positions of a queue do not follow on each other, by the number of the chunk after it. */
export type Seams = ReadonlyMap<number, SeamKind>;

/** Everything that is known of one ring. */
export interface QueueContent {
  /** The recording. */
  readonly file: PerfFile;
  /** CPU of the ring; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** The ring's AUXTRACE records. */
  readonly chunks: Chunks;
  /** How many bytes there are of chunks that were cut off, by chunk. */
  readonly cutTo: ReadonlyMap<number, number>;
  /** Where chunks do not follow on each other. */
  readonly seams: Seams;
  /** Announced bytes that no chunk holds, rising. */
  readonly missing: readonly MissingBytes[];
  /** What the queue's AUX records announce. */
  readonly ranges: AnnouncedRanges | null;
  /** Trace data in samples. */
  readonly samples: readonly SampleData[];
}

/** What follows from the mode and the format; see {@linkcode TraceFormat}. */
export interface StreamRules {
  /** Whether each chunk is a snapshot. */
  readonly snapshot: boolean;
  /** Whether each AUX record is a stream. */
  readonly hasFragments: boolean;
  /** Size of the records that each chunk holds whole; 1 for none. */
  readonly recordSize: number;
  /** Finds what a snapshot has in common with the one before. */
  readonly snapshotOverlap: TraceFormat["snapshotOverlap"] | undefined;
}

/** Walks once over what was recorded from one ring. */
export class QueueWalk {
  readonly #content: QueueContent;
  readonly #rules: StreamRules;
  readonly #ranges: AnnouncedRanges | null;
  /** Number of the chunk, and the position of its first byte. */
  #chunk = 0;
  #start = 0n;
  /** Position after the bytes so far. */
  #at = 0n;
  /** Number of the next missing range. */
  #nextMissing = 0;
  /** What the next bytes follow. */
  #follows: Follows = "nothing";
  /** Number of the next AUX record. */
  #next = 0;
  /** Number of the AUX record whose fragment continues in the next chunk; -1 without one. */
  #open = -1;

  /** Starts before the first chunk. */
  constructor(content: QueueContent, rules: StreamRules) {
    this.#content = content;
    this.#rules = rules;
    this.#ranges = content.ranges;
  }

  /** Yields all bytes and marks. */
  *items(): Generator<PayloadItem> {
    const { file, cpu, chunks, samples } = this.#content;
    for (; this.#chunk < chunks.count; this.#chunk++) {
      this.#start = chunks.start(this.#chunk);
      yield* this.#seam();
      yield* this.#chunkItems();
    }
    yield* this.#missingBefore(null);
    if (chunks.count > 0) yield* this.#lossesAfter();
    let auxOffset = 0n;
    for (const sample of samples) {
      yield sampleBytes(file, sample, { auxOffset, cpu });
      auxOffset += BigInt(sample.size);
    }
  }

  /** Compares the start of the chunk with the end of the one before. */
  *#seam(): Generator<PayloadItem> {
    const start = this.#start;
    const end = this.#at;
    this.#at = start;
    if (this.#rules.snapshot) {
      this.#follows = "nothing";
      const { snapshotOverlap } = this.#rules;
      if (snapshotOverlap && this.#chunk > 0) yield* this.#repeated(snapshotOverlap);
    } else {
      if (this.#chunk > 0 && start !== end) yield* this.#jump(start, end);
      yield* this.#missingBefore(start);
    }
  }

  /** Says how the chunk does not follow the one before; parts of records that were dropped are no jump. */
  *#jump(start: bigint, end: bigint): Generator<PayloadItem> {
    this.#lose();
    const seam = this.#content.seams.get(this.#chunk);
    if (seam === undefined) return;
    const size = seam === "gap" ? start - end : seam === "overlap" ? end - start : -1n;
    yield mark(seam, seam === "gap" ? end : start, size < 0n ? null : size);
  }

  /** Yields the missing ranges that begin before a position; all where no position is given. */
  *#missingBefore(position: bigint | null): Generator<PayloadItem> {
    for (; this.#nextMissing < this.#content.missing.length; this.#nextMissing++) {
      const { from, to } = this.#content.missing[this.#nextMissing]!;
      if (position !== null && from >= position) return;
      yield mark("missing", from, to - from);
    }
  }

  /** Passes over what a snapshot has in common with the one before. */
  *#repeated(
    overlap: NonNullable<TraceFormat["snapshotOverlap"]>,
  ): Generator<PayloadItem> {
    const older = this.#wholeRecords(this.#chunk - 1);
    const newer = this.#wholeRecords(this.#chunk);
    const most = this.#whole(Math.min(older, newer, MAX_COMPARED));
    const size = overlap(
      this.#load(this.#chunk - 1, { from: older - most, size: most }),
      this.#load(this.#chunk, { from: 0, size: most }),
    );
    if (size === 0) return;
    yield mark("overlap", this.#start, BigInt(size));
    this.#at = this.#start + BigInt(size);
  }

  #load(chunk: number, { from, size }: { from: number; size: number }): Uint8Array {
    const { file, chunks } = this.#content;
    const bytes = new Uint8Array(size);
    file.readBytes(chunks.fileOffset(chunk) + from, bytes, chunks.part(chunk));
    return bytes;
  }

  /** Number of bytes of the whole records that there are of a chunk. */
  #wholeRecords(chunk: number): number {
    const { chunks, cutTo } = this.#content;
    return this.#whole(cutTo.get(chunk) ?? chunks.size(chunk));
  }

  #whole(size: number): number {
    return size - size % this.#rules.recordSize;
  }

  *#chunkItems(): Generator<PayloadItem> {
    const end = this.#end();
    const there = this.#content.cutTo.get(this.#chunk);
    const readable = there === undefined ? end : min(end, this.#start + BigInt(there));
    yield* this.#rules.hasFragments ? this.#fragments(readable) : this.#run(readable);
    if (readable < end) {
      if (this.#rules.snapshot) yield mark("missing", readable, end - readable);
      this.#lose();
    }
    this.#at = end;
  }

  /** Position after the chunk without its padding, as far as the recording proves it. */
  #end(): bigint {
    const { chunks } = this.#content;
    const end = chunks.end(this.#chunk);
    const low = end - PADDING < this.#start ? this.#start : end - PADDING;
    if (!this.#rules.snapshot && this.#chunk + 1 < chunks.count) {
      const next = chunks.start(this.#chunk + 1);
      if (next >= low && next <= end) return next;
    }
    return this.#ranges?.onlyEndWithin(low, end) ?? end;
  }

  /** Yields the chunk up to `end`, split where an AUX record says that something was lost. */
  *#run(end: bigint): Generator<PayloadItem> {
    let cpu = this.#cpu();
    for (; this.#next < (this.#ranges?.count ?? 0); this.#next++) {
      const recordEnd = this.#ranges!.end(this.#next);
      if (recordEnd > end) break;
      const flags = this.#ranges!.flags(this.#next);
      if (!isLoss(flags)) continue;
      const bytesEnd = min(recordEnd, this.#wholeEnd(end));
      const hasBytes = bytesEnd > this.#at;
      yield* this.#bytes(bytesEnd, cpu, false);
      yield* losses(flags, recordEnd);
      if (endsStream(flags)) this.#lose();
      if (hasBytes) cpu = this.#cpu();
    }
    yield* this.#bytes(this.#wholeEnd(end), cpu, false);
  }

  /** Notes that what was being written is lost. */
  #lose(): void {
    if (this.#follows === "bytes") this.#follows = "loss";
  }

  /** Position after the last whole record up to `end`. */
  #wholeEnd(end: bigint): bigint {
    return end - (end - this.#at) % BigInt(this.#rules.recordSize);
  }

  /** CPU of the next byte. */
  #cpu(): number | null {
    const { cpu } = this.#content;
    const ranges = this.#ranges;
    if (cpu !== null || ranges === null) return cpu;
    for (let n = this.#next; n < ranges.count; n++) {
      if (ranges.end(n) > this.#at) return ranges.start(n) <= this.#at ? ranges.cpu(n) : null;
    }
    return null;
  }

  /** Yields the chunk up to `end`: what each AUX record announces, and what none does, by itself. */
  *#fragments(end: bigint): Generator<PayloadItem> {
    const ranges = this.#ranges;
    for (; ranges !== null && this.#next < ranges.count; this.#next++) {
      const n = this.#next;
      const from = ranges.start(n);
      const to = ranges.end(n);
      if (from >= end && to > end) break;
      if (this.#open !== n) {
        if (from > this.#at) yield* this.#unannounced(min(from, end));
        this.#follows = "nothing";
      }
      yield* this.#bytes(min(to, end), this.#content.cpu ?? ranges.cpu(n), ranges.isRaw(n));
      if (to > end) {
        this.#open = n;
        return;
      }
      yield* losses(ranges.flags(n), to);
    }
    yield* this.#unannounced(end);
  }

  /** Yields bytes that no AUX record is about, in the format of the record before or after. */
  *#unannounced(end: bigint): Generator<PayloadItem> {
    this.#follows = "nothing";
    const ranges = this.#ranges;
    const near = Math.min(Math.max(this.#next - 1, 0), (ranges?.count ?? 0) - 1);
    yield* this.#bytes(end, this.#content.cpu, near >= 0 && ranges!.isRaw(near));
  }

  *#bytes(end: bigint, cpu: number | null, raw: boolean): Generator<PayloadItem> {
    if (end <= this.#at) return;
    const { file, chunks } = this.#content;
    const from = Number(this.#at - this.#start);
    const size = Number(end - this.#at);
    const follows = this.#follows;
    yield chunkBytes(file, { chunks, chunk: this.#chunk, from, size, follows, cpu, raw });
    this.#at = end;
    this.#follows = "bytes";
  }

  /** Yields what AUX records say of positions after the last chunk. */
  *#lossesAfter(): Generator<PayloadItem> {
    const ranges = this.#ranges;
    if (ranges === null) return;
    for (; this.#next < ranges.count; this.#next++) {
      yield* losses(ranges.flags(this.#next), ranges.end(this.#next));
    }
  }
}

/** Whether what was being written is lost, too. */
function endsStream(flags: number): boolean {
  return (flags & (AuxFlag.Truncated | AuxFlag.Partial)) !== 0;
}

function isLoss(flags: number): boolean {
  return (flags & AUX_LOSS_FLAGS) !== 0;
}

function* losses(flags: number, auxOffset: bigint): Generator<PayloadMark> {
  if ((flags & AuxFlag.Truncated) !== 0) yield mark("truncated", auxOffset, null);
  if ((flags & AuxFlag.Partial) !== 0) yield mark("partial", auxOffset, null);
  if ((flags & AuxFlag.Collision) !== 0) yield mark("collision", auxOffset, null);
}

function mark(name: PayloadMark["mark"], auxOffset: bigint, size: bigint | null): PayloadMark {
  const most = BigInt(Number.MAX_SAFE_INTEGER) + 1n;
  return {
    type: "mark",
    mark: name,
    auxOffset,
    size: size === null ? null : Number(min(size, most)),
  };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
