import { BTS_RECORD_SIZE, btsOverlap } from "../parsers/intel_bts/mod.ts";
import type { PerfFile } from "../parsers/perf/perf_file.ts";
import { AuxFlag, type AuxLane } from "./_aux_records.ts";
import type { Chunks } from "./_chunks.ts";
import { ChunkBytes, type ChunkRange, SampleBytes, type SampleData } from "./_payload_bytes.ts";
import type { Follows, PayloadItem, PayloadMark } from "./payload_item.ts";

/** Bytes that padding can add to a chunk. */
const PADDING = 7n;
const BTS_RECORD = BigInt(BTS_RECORD_SIZE);
/** Most bytes of two BTS snapshots that are compared: a multiple of a record, about 64 MiB. */
const MAX_COMPARED = BTS_RECORD_SIZE * 2_800_000;

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
  /** The ring's AUX records. */
  readonly lane: AuxLane | null;
  /** Trace data in samples. */
  readonly samples: readonly SampleData[];
}

/** What follows from the kind of trace. */
export interface StreamRules {
  /** Whether each chunk is a snapshot. */
  readonly snapshot: boolean;
  /** Whether each AUX record is a stream, as with CoreSight. */
  readonly fragments: boolean;
  /** Whether each chunk holds whole records of Intel BTS. */
  readonly bts: boolean;
}

/** Walks once over what was recorded from one ring. */
export class QueueWalk {
  readonly #content: QueueContent;
  readonly #rules: StreamRules;
  readonly #lane: AuxLane | null;
  /** Number of the chunk, and the position of its first byte. */
  #chunk = 0;
  #start = 0n;
  /** Position after the bytes so far. */
  #at = 0n;
  /** Highest position behind a chunk. */
  #highest = 0n;
  /** What the next bytes follow. */
  #follows: Follows = "nothing";
  /** Number of the next AUX record. */
  #next = 0;
  /** Number of the AUX record whose fragment goes on in the next chunk; -1 without one. */
  #open = -1;

  /** Starts before the first chunk. */
  constructor(content: QueueContent, rules: StreamRules) {
    this.#content = content;
    this.#rules = rules;
    this.#lane = content.lane;
  }

  /** Yields all bytes and marks. */
  *items(): Generator<PayloadItem> {
    const { file, cpu, chunks, samples } = this.#content;
    for (; this.#chunk < chunks.count; this.#chunk++) {
      this.#start = chunks.start(this.#chunk);
      yield* this.#seam();
      yield* this.#chunkItems();
    }
    if (chunks.count > 0) yield* this.#announced();
    let auxOffset = 0n;
    for (const sample of samples) {
      yield new SampleBytes(file, sample, { auxOffset, cpu });
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
      if (this.#rules.bts && this.#chunk > 0) yield* this.#repeated();
    } else if (this.#chunk === 0) {
      const lowest = this.#lane?.lowest ?? start;
      if (lowest < start) yield mark("missing", lowest, start - lowest);
    } else if (start !== end) {
      this.#lose();
      if (start < this.#content.chunks.start(this.#chunk - 1)) {
        yield mark("regression", start, null);
      } else if (start < end) {
        yield mark("overlap", start, end - start);
      } else if (!this.#rules.bts || start - end >= BTS_RECORD) {
        yield mark("gap", end, start - end);
      }
    }
  }

  /** Passes over what a BTS snapshot has in common with the one before. */
  *#repeated(): Generator<PayloadItem> {
    const older = this.#wholeRecords(this.#chunk - 1);
    const newer = this.#wholeRecords(this.#chunk);
    const most = Math.min(older, newer, MAX_COMPARED);
    const size = btsOverlap(
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

  /** Number of bytes of the whole records that there are of a chunk of BTS. */
  #wholeRecords(chunk: number): number {
    const { chunks, cutTo } = this.#content;
    const size = cutTo.get(chunk) ?? chunks.size(chunk);
    return size - size % BTS_RECORD_SIZE;
  }

  *#chunkItems(): Generator<PayloadItem> {
    const end = this.#end();
    const there = this.#content.cutTo.get(this.#chunk);
    const readable = there === undefined ? end : min(end, this.#start + BigInt(there));
    yield* this.#rules.fragments ? this.#fragments(readable) : this.#run(readable);
    if (readable < end) {
      yield mark("missing", readable, end - readable);
      this.#lose();
    }
    this.#at = end;
    if (end > this.#highest) this.#highest = end;
  }

  /** Position behind the chunk without its padding, as far as the recording proves it. */
  #end(): bigint {
    const { chunks } = this.#content;
    const end = chunks.end(this.#chunk);
    const low = end - PADDING < this.#start ? this.#start : end - PADDING;
    if (!this.#rules.snapshot && this.#chunk + 1 < chunks.count) {
      const next = chunks.start(this.#chunk + 1);
      if (next >= low && next <= end) return next;
    }
    return this.#lane?.onlyEndWithin(low, end) ?? end;
  }

  /** Yields the chunk up to `end`, split where an AUX record says that something was lost. */
  *#run(end: bigint): Generator<PayloadItem> {
    let cpu = this.#cpu();
    for (; this.#next < (this.#lane?.count ?? 0); this.#next++) {
      const recordEnd = this.#lane!.end(this.#next);
      if (recordEnd > end) break;
      const flags = this.#lane!.flags(this.#next);
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

  /** Position after the last whole record up to `end`, if it is BTS; else `end`. */
  #wholeEnd(end: bigint): bigint {
    return this.#rules.bts ? end - (end - this.#at) % BTS_RECORD : end;
  }

  /** CPU of the next byte. */
  #cpu(): number | null {
    const { cpu } = this.#content;
    const lane = this.#lane;
    if (cpu !== null || lane === null) return cpu;
    for (let n = this.#next; n < lane.count; n++) {
      if (lane.end(n) > this.#at) return lane.start(n) <= this.#at ? lane.cpu(n) : null;
    }
    return null;
  }

  /** Yields the chunk up to `end`: what each AUX record announces, and what none does, by itself. */
  *#fragments(end: bigint): Generator<PayloadItem> {
    const lane = this.#lane;
    for (; lane !== null && this.#next < lane.count; this.#next++) {
      const n = this.#next;
      const from = lane.start(n);
      const to = lane.end(n);
      if (from >= end && to > end) break;
      if (this.#open !== n) {
        if (from > this.#at) yield* this.#unannounced(min(from, end));
        this.#follows = "nothing";
      }
      yield* this.#bytes(min(to, end), this.#content.cpu ?? lane.cpu(n), lane.isRaw(n));
      if (to > end) {
        this.#open = n;
        return;
      }
      yield* losses(lane.flags(n), to);
    }
    yield* this.#unannounced(end);
  }

  /** Yields bytes that no AUX record is about, in the format of the record before or behind. */
  *#unannounced(end: bigint): Generator<PayloadItem> {
    this.#follows = "nothing";
    const lane = this.#lane;
    const near = Math.min(Math.max(this.#next - 1, 0), (lane?.count ?? 0) - 1);
    yield* this.#bytes(end, this.#content.cpu, near >= 0 && lane!.isRaw(near));
  }

  *#bytes(end: bigint, cpu: number | null, raw: boolean): Generator<PayloadItem> {
    if (end <= this.#at) return;
    const from = Number(this.#at - this.#start);
    const size = Number(end - this.#at);
    yield this.#piece({ from, size, follows: this.#follows, cpu, raw });
    this.#at = end;
    this.#follows = "bytes";
  }

  #piece(range: Omit<ChunkRange, "chunks" | "chunk">): ChunkBytes {
    const { file, chunks } = this.#content;
    return new ChunkBytes(file, { chunks, chunk: this.#chunk, ...range });
  }

  /** Yields what AUX records say of positions behind the last chunk. */
  *#announced(): Generator<PayloadItem> {
    const lane = this.#lane;
    if (lane === null || lane.count === 0) return;
    const dropped = this.#rules.bts ? BTS_RECORD : 0n;
    const size = lane.end(lane.count - 1) - this.#highest;
    if (size > dropped && !this.#rules.snapshot) yield mark("missing", this.#highest, size);
    for (; this.#next < lane.count; this.#next++) {
      yield* losses(lane.flags(this.#next), lane.end(this.#next));
    }
  }
}

/** Whether what was being written is lost, too. */
function endsStream(flags: number): boolean {
  return (flags & (AuxFlag.truncated | AuxFlag.partial)) !== 0;
}

function isLoss(flags: number): boolean {
  return (flags & (AuxFlag.truncated | AuxFlag.partial | AuxFlag.collision)) !== 0;
}

function* losses(flags: number, auxOffset: bigint): Generator<PayloadMark> {
  if ((flags & AuxFlag.truncated) !== 0) yield mark("truncated", auxOffset, null);
  if ((flags & AuxFlag.partial) !== 0) yield mark("partial", auxOffset, null);
  if ((flags & AuxFlag.collision) !== 0) yield mark("collision", auxOffset, null);
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
