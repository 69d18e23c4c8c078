import type { AuxPointers } from "./accessors.ts";
import type { AuxLane } from "./aux_lane.ts";
import { CONTROL_PAGE_SIZE, ControlPage } from "./control_page.ts";

/** One store of a tail, as a reader of the recorded ring has to make it. */
export interface TailStep {
  /** `idx` of the AUXTRACE record; null where a recording has none. */
  readonly queue: number | null;
  /** CPU of the ring; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the ring; null where the recording does not say. */
  readonly tid: number | null;
  /** Number of the chunk among those of its queue, from 0. */
  readonly chunk: number;
  /** Position of its record. */
  readonly fileOffset: number;
  /** Where the chunk starts in the stream of its ring. */
  readonly auxOffset: bigint;
  /** Recorded size in bytes, padding included. */
  readonly size: number;
  /** What the accessor read from `aux_head`. */
  readonly head: bigint;
  /** The tail to store; null in a snapshot, where none is. */
  readonly tail: bigint | null;
  /** Whether the recording proves the tail, or only bounds it. */
  readonly tailExact: boolean;
  /** Whether the accessor refused the tail. */
  readonly refused: boolean;
  /** Time of the newest AUX record that ends at or before the tail, in ns. */
  readonly timeNs: bigint | null;
}

/** Where steps go. A step is made only where it is wanted: most are not. */
export interface StepSink {
  /** Whether the step of the record at `fileOffset` is wanted. */
  wants(refused: boolean, fileOffset: number): boolean;
  /** Takes a step. */
  step(step: TailStep): void;
}

/** A place where positions do not follow on each other. */
export interface Gap {
  /** Where the stream should have gone on, or where what is missing starts. */
  readonly from: bigint;
  /** Where it did go on, or where what is missing ends. */
  readonly to: bigint;
  /**
   * `gap`: bytes between two chunks are in neither; `overlap`, `regression`: the next chunk starts
   * inside, or before, the one that it follows; `unrecorded`: AUX records announce bytes that
   * are in no chunk.
   */
  readonly kind: "gap" | "overlap" | "regression" | "unrecorded";
}

/** A chunk whose tail is not yet known. */
export interface PendingChunk {
  readonly fileOffset: number;
  readonly auxOffset: bigint;
  readonly size: number;
  /** The halves of `auxOffset`. */
  readonly high: number;
  readonly low: number;
  /** FINISHED_ROUND records before it. */
  readonly rounds: number;
}

/** What the rings of a recording have in common. */
export interface RingRules {
  /** Snapshot or not: whether tails are stored at all. */
  readonly snapshot: boolean;
  /** Bytes by which a tail can lie beyond `offset + size`: 23 for BTS, which drops them. */
  readonly slack: bigint;
  /** Whether recorder and kernel count in 32 bits. */
  readonly wraps: boolean;
}

/** Bytes that padding can add to a chunk. */
const PADDING = 7n;
const MAX_GAPS = 1000;
const WRAP = 1n << 32n;

/** Plays the chunks of one ring through an accessor. */
export class QueueReplay {
  chunks = 0;
  auxBytes = 0;
  firstOffset: bigint | null = null;
  lastTail: bigint | null = null;
  lastTailExact = false;
  lastTailWindow: readonly [bigint, bigint] | null = null;
  flaggedTails = 0;
  firstFlagged: TailStep | null = null;
  /** FINISHED_ROUND records before the first flagged chunk. */
  roundsAtFirst = 0;
  bytesAfterLimit = 0;
  tornReadWindows = 0;
  /** The first thousand; {@linkcode gapCount} counts all. */
  readonly gaps: Gap[] = [];
  gapCount = 0;
  /** Highest head of a snapshot. */
  highestHead = 0n;
  pending: PendingChunk | null = null;
  readonly #head: BigUint64Array;
  readonly #pointers: AuxPointers;

  constructor(
    readonly idx: number | null,
    readonly cpu: number | null,
    readonly tid: number | null,
    pointersOf: (page: ArrayBuffer) => AuxPointers,
  ) {
    const page = new ArrayBuffer(CONTROL_PAGE_SIZE);
    this.#head = new BigUint64Array(page, ControlPage.auxHead, 1);
    this.#pointers = pointersOf(page);
  }

  /** Takes in the next chunk, whose start is the tail that was stored after the one before. */
  arrive(
    chunk: PendingChunk,
    rules: RingRules,
    lane: AuxLane | undefined,
    sink: StepSink,
  ): void {
    const { pending } = this;
    if (pending !== null) this.#settlePending(pending, chunk, rules, lane, sink);
    this.pending = chunk;
  }

  /** Places the tail of the last chunk, and compares what was announced with what was recorded. */
  finish(
    rules: RingRules,
    lane: AuxLane | undefined,
    sink: StepSink,
  ): void {
    const { pending } = this;
    if (pending === null) return;
    this.pending = null;
    if (rules.snapshot) return this.#settleSnapshot(pending, sink);
    const end = this.#end(pending, rules);
    const low = end < PADDING ? 0n : end - PADDING;
    const proven = lane?.onlyEndWithin(low, end + rules.slack) ?? null;
    this.lastTailWindow = proven === null ? [low, end + rules.slack] : null;
    const tail = proven ?? end;
    this.settle(pending, tail, Number(tail >> 32n), proven !== null, lane, sink);
    if (lane !== undefined && !rules.wraps) this.#compare(lane);
  }

  /** Plays one chunk: the head appears, is read, and is stored as the tail. */
  settle(
    chunk: PendingChunk,
    tail: bigint,
    tailHigh: number,
    tailExact: boolean,
    lane: AuxLane | undefined,
    sink: StepSink,
  ): void {
    const { size, fileOffset } = chunk;
    const number = this.#count(chunk);
    this.#head[0] = tail;
    const head = this.#pointers.readHead();
    const refused = !this.#pointers.writeTail(head);
    this.lastTail = tail;
    this.lastTailExact = tailExact;
    if (chunk.high !== tailHigh) this.tornReadWindows++;
    if (this.flaggedTails > 0) this.bytesAfterLimit = sum(this.bytesAfterLimit, size);
    if (refused && this.flaggedTails++ === 0) this.roundsAtFirst = chunk.rounds;
    const isFirst = refused && this.firstFlagged === null;
    const wanted = sink.wants(refused, fileOffset);
    if (!isFirst && !wanted) return;
    const timeNs = lane?.timeAt(tail) ?? null;
    const step = this.#step(chunk, number, { head, tail, tailExact, refused, timeNs });
    if (isFirst) this.firstFlagged = step;
    if (wanted) sink.step(step);
  }

  /** Notes that positions do not follow on each other. */
  addGap(from: bigint, to: bigint, kind: Gap["kind"]): void {
    if (this.gapCount++ < MAX_GAPS) this.gaps.push({ from, to, kind });
  }

  #settlePending(
    pending: PendingChunk,
    { auxOffset: next, high, low }: PendingChunk,
    rules: RingRules,
    lane: AuxLane | undefined,
    sink: StepSink,
  ): void {
    if (rules.snapshot) return this.#settleSnapshot(pending, sink);
    if (high !== pending.high || low !== pending.low + pending.size) {
      this.#follow(pending, this.#end(pending, rules), next, rules);
    }
    this.settle(pending, next, high, true, lane, sink);
  }

  #settleSnapshot(chunk: PendingChunk, sink: StepSink): void {
    const { auxOffset, size, fileOffset } = chunk;
    const number = this.#count(chunk);
    this.#head[0] = auxOffset + BigInt(size);
    const head = this.#pointers.readHead();
    if (head > this.highestHead) this.highestHead = head;
    if (!sink.wants(false, fileOffset)) return;
    const outcome = { head, tail: null, tailExact: false, refused: false, timeNs: null };
    sink.step(this.#step(chunk, number, outcome));
  }

  #step(
    { fileOffset, auxOffset, size }: PendingChunk,
    chunk: number,
    outcome: Pick<TailStep, "head" | "tail" | "tailExact" | "refused" | "timeNs">,
  ): TailStep {
    const { idx: queue, cpu, tid } = this;
    return { queue, cpu, tid, chunk, fileOffset, auxOffset, size, ...outcome };
  }

  #count({ auxOffset, size }: PendingChunk): number {
    this.firstOffset ??= auxOffset;
    this.auxBytes = sum(this.auxBytes, size);
    return this.chunks++;
  }

  #end({ auxOffset, size }: PendingChunk, { wraps }: RingRules): bigint {
    const end = auxOffset + BigInt(size);
    return wraps && end >= WRAP && auxOffset < WRAP ? end - WRAP : end;
  }

  #follow(chunk: PendingChunk, end: bigint, next: bigint, { slack, wraps }: RingRules): void {
    const ahead = wraps ? BigInt.asIntN(32, next - end) : next - end;
    if (ahead >= -PADDING && ahead <= slack) return;
    const back = wraps ? BigInt.asIntN(32, next - chunk.auxOffset) : next - chunk.auxOffset;
    this.addGap(end, next, ahead > 0n ? "gap" : back >= 0n ? "overlap" : "regression");
  }

  #compare(lane: AuxLane): void {
    const first = this.firstOffset;
    const last = this.lastTail;
    if (first === null || last === null || lane.records === 0) return;
    if (lane.lowest < first) this.addGap(lane.lowest, first, "unrecorded");
    if (lane.highest > last) this.addGap(last, lane.highest, "unrecorded");
  }
}

/** Adds sizes that a damaged recording may claim; saturates where numbers stop being exact. */
export function sum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
