import type { AuxLoss, AuxQueue, LossKind } from "./aux_events.ts";
import type { AuxListener, WalkFacts } from "./aux_walk.ts";
import { FirstInFile } from "./first_in_file.ts";

/** A place where positions do not follow on each other, or announced bytes that are not there. */
export interface Gap {
  /** Where the stream should have continued, or where what is missing starts. */
  readonly from: bigint;
  /** Where it did continue, or where what is missing ends. */
  readonly to: bigint;
  /**
   * `gap`: bytes between two chunks are in neither; `overlap`, `regression`: the next chunk starts
   * inside, or before, the one that it follows; `missing`: AUX records announce bytes that no chunk
   * holds.
   */
  readonly kind: "gap" | "overlap" | "regression" | "missing";
  /** Position of the chunk after it; of the AUX record that announced what is missing. */
  readonly fileOffset: number;
  /** Time in ns of the recording's clock; null where unknown. */
  readonly timeNs: bigint | null;
}

const GAP_KINDS = ["gap", "overlap", "regression", "missing"] as const;

function isGapKind(kind: LossKind): kind is Gap["kind"] {
  return (GAP_KINDS as readonly LossKind[]).includes(kind);
}

/** Places of one queue that are kept; all are counted. */
const MAX_GAPS = 1000;

/** No loss of any kind. */
export const NO_LOSSES: Readonly<Record<LossKind, number>> = {
  truncated: 0,
  partial: 0,
  collision: 0,
  gap: 0,
  overlap: 0,
  regression: 0,
  missing: 0,
  lost: 0,
  silent: 0,
  error: 0,
};

/** Collects what a recording lost: the first losses in file order, places by queue, and counts. */
export class LossList implements AuxListener {
  readonly counts: Record<LossKind, number> = { ...NO_LOSSES };
  readonly #first: FirstInFile<AuxLoss>;
  readonly #gaps = new Map<AuxQueue, Gap[]>();

  constructor(max: number) {
    this.#first = new FirstInFile(max);
  }

  get first(): readonly AuxLoss[] {
    return this.#first.list;
  }

  /** Gaps, overlaps, regressions and missing ranges, in all queues. */
  get gapCount(): number {
    return GAP_KINDS.reduce((count, kind) => count + this.counts[kind], 0);
  }

  /** The first thousand of a queue's gaps, overlaps, regressions and missing ranges. */
  gapsOf(queue: AuxQueue): readonly Gap[] {
    return this.#gaps.get(queue) ?? [];
  }

  loss(loss: AuxLoss): void {
    const { kind, queue, from, to, fileOffset, timeNs } = loss;
    this.counts[kind]++;
    this.#first.add(loss);
    if (queue === null || from === null || to === null || !isGapKind(kind)) return;
    let gaps = this.#gaps.get(queue);
    if (gaps === undefined) this.#gaps.set(queue, gaps = []);
    if (gaps.length < MAX_GAPS) gaps.push({ from, to, kind, fileOffset, timeNs });
  }

  /** Takes back what a snapshot only seemed to lack, before its first AUX record said what it is. */
  end({ mode }: WalkFacts): void {
    if (mode === "full") return;
    for (const kind of GAP_KINDS) this.counts[kind] = 0;
    this.#first.keep(({ kind }) => !isGapKind(kind));
  }
}
