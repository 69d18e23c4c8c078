import { FLOAT, joinU64 } from "../parsers/internal.ts";
import type { AuxPointers } from "./accessors.ts";
import type { AuxChunkHeader, AuxQueue } from "./aux_events.ts";
import type { WalkFacts } from "./aux_walk.ts";
import { CONTROL_PAGE_SIZE, ControlPage } from "./control_page.ts";
import { lastTailOf } from "./last_tail.ts";
import type { FlaggedTail } from "./report.ts";
import { safeSum } from "./safe_sum.ts";

/** One store of a tail, as a reader of the recorded AUX buffer has to make it. */
export interface TailStep extends Omit<FlaggedTail, "tail"> {
  /** CPU of the AUX buffer; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the AUX buffer; null where the recording does not say. */
  readonly tid: number | null;
  /** What the accessor read from `aux_head`. */
  readonly head: bigint;
  /** The tail to store; null in a snapshot, where none is. */
  readonly tail: bigint | null;
  /** Whether the accessor refused the tail. */
  readonly refused: boolean;
}

/** A chunk, or an AUX record in its place, whose tail is not yet known. */
export type PendingChunk = Pick<
  AuxChunkHeader,
  "number" | "fileOffset" | "size" | "high" | "low" | "rounds"
>;

const U64_END = 1n << 64n;
const U32 = 2 ** 32;

/** A position in halves. */
interface Halves {
  readonly high: number;
  readonly low: number;
}

/** What a replay needs to know of accessors and limit, and where its steps go. */
export interface TailRules {
  /** Makes the accessors for a control page. */
  readonly pointersOf: (page: ArrayBuffer) => AuxPointers;
  /** Highest tail that is not flagged, below 2^53. */
  readonly maxTail: number;
  /** Whether the step of the record at `fileOffset` is wanted: most are not, and not made. */
  wants(isFlagged: boolean, fileOffset: number): boolean;
  /** Takes a step. */
  step(step: TailStep, queue: AuxQueue): void;
}

/** Plays the chunks of one queue through an accessor. */
export class QueueTails {
  firstOffset: bigint | null = null;
  lastTailExact = false;
  lastTailWindow: readonly [bigint, bigint] | null = null;
  flaggedTails = 0;
  firstFlagged: TailStep | null = null;
  /** FINISHED_ROUND records before the first flagged chunk. */
  roundsAtFirst = 0;
  tornReadWindows = 0;
  /** Highest head of a snapshot. */
  highestHead = 0n;
  #bytesAfterLimit = FLOAT;
  /** The newest tail; its high half is -1 before the first. */
  #tailHigh = -1;
  #tailLow = FLOAT;
  #pending: PendingChunk | null = null;
  readonly queue: AuxQueue;
  readonly #rules: TailRules;
  /** `aux_head`, in halves. */
  readonly #head: Uint32Array;
  readonly #pointers: AuxPointers;

  constructor(queue: AuxQueue, rules: TailRules) {
    this.queue = queue;
    this.#rules = rules;
    const page = new ArrayBuffer(CONTROL_PAGE_SIZE);
    this.#head = new Uint32Array(page, ControlPage.auxHead, 2);
    this.#pointers = rules.pointersOf(page);
  }

  get bytesAfterLimit(): number {
    return this.#bytesAfterLimit || 0;
  }

  /** The newest tail; null before the first. */
  get lastTail(): bigint | null {
    return this.#tailHigh < 0 ? null : joinU64(this.#tailHigh, this.#tailLow);
  }

  /** Takes in the next chunk, whose start is the tail that was stored after the one before. */
  nextChunk(chunk: PendingChunk): void {
    const pending = this.#pending;
    this.#pending = chunk;
    this.lastTailExact = pending !== null;
    if (pending !== null) this.#storeTail(pending, chunk);
    else this.firstOffset = joinU64(chunk.high, chunk.low);
  }

  /** Takes back the newest chunk, whose payload was cut off: no tail is known of it. */
  dropCutChunk(): void {
    this.#pending = null;
  }

  /** Takes in an AUX record of a recording without chunks. */
  nextAuxRecord(record: PendingChunk, end: Halves): void {
    this.firstOffset ??= joinU64(record.high, record.low);
    this.lastTailExact = false;
    this.#storeTail(record, end);
  }

  /** Places the tail of the last chunk. */
  finish(walk: Pick<WalkFacts, "slack" | "wraps">): void {
    const pending = this.#pending;
    this.#pending = null;
    const found = pending && lastTailOf(pending, this.queue.announced, walk);
    if (pending === null || found === null) return;
    this.lastTailWindow = found.window;
    this.lastTailExact = found.window === null;
    this.#storeTail(pending, halves(found.tail));
  }

  /** Takes in a snapshot, of which no tail is stored. */
  snapshot(chunk: PendingChunk): void {
    const auxOffset = joinU64(chunk.high, chunk.low);
    this.firstOffset ??= auxOffset;
    const end = auxOffset + BigInt(chunk.size);
    if (end >= U64_END) return;
    this.#setHead(halves(end));
    const head = this.#pointers.readHead();
    if (head > this.highestHead) this.highestHead = head;
    if (!this.#rules.wants(false, chunk.fileOffset)) return;
    const outcome = { head, tail: null, tailExact: false, refused: false, timeNs: null };
    this.#rules.step(this.#step(chunk, outcome), this.queue);
  }

  /** Plays one chunk: the head appears, is read, and is stored as the tail. */
  #storeTail(chunk: PendingChunk, at: Halves): void {
    const { size, fileOffset, rounds } = chunk;
    const rules = this.#rules;
    this.#setHead(at);
    const head = this.#pointers.readHead();
    const refused = !this.#pointers.writeTail(head);
    this.#tailHigh = at.high;
    this.#tailLow = at.low;
    if (chunk.high !== at.high) this.tornReadWindows++;
    if (this.flaggedTails > 0) this.#bytesAfterLimit = safeSum(this.bytesAfterLimit, size);
    const isFlagged = at.high * U32 + at.low > rules.maxTail;
    if (isFlagged && this.flaggedTails++ === 0) this.roundsAtFirst = rounds;
    const isFirst = isFlagged && this.firstFlagged === null;
    const isWanted = rules.wants(isFlagged, fileOffset);
    if (!isFirst && !isWanted) return;
    const tail = joinU64(at.high, at.low);
    const timeNs = this.queue.announced.timeAt(tail);
    const step = this.#step(chunk, { head, tail, tailExact: this.lastTailExact, refused, timeNs });
    if (isFirst) this.firstFlagged = step;
    if (isWanted) rules.step(step, this.queue);
  }

  #setHead({ high, low }: Halves): void {
    this.#head[0] = low;
    this.#head[1] = high;
  }

  #step(
    { number, fileOffset, high, low, size }: PendingChunk,
    outcome: Pick<TailStep, "head" | "tail" | "tailExact" | "refused" | "timeNs">,
  ): TailStep {
    const { idx: queue, cpu, tid } = this.queue;
    const auxOffset = joinU64(high, low);
    return { queue, cpu, tid, chunk: number, fileOffset, auxOffset, size, ...outcome };
  }
}

function halves(position: bigint): Halves {
  return { high: Number(position >> 32n), low: Number(BigInt.asUintN(32, position)) };
}
