import type { AuxtraceType } from "../parsers/perf/mod.ts";
import { formatBytes } from "../text/mod.ts";
import type { AuxQueue } from "./aux_queue.ts";
import type { AuxBasis, AuxListener, AuxLoss, LossKind, WalkFacts } from "./aux_events.ts";

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

/** Collects what a recording lost: the first losses in file order, places by queue, and counts. */
export class LossList implements AuxListener {
  /** Losses by kind. */
  readonly counts: Record<LossKind, number> = {
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
  readonly #max: number;
  readonly #first: AuxLoss[] = [];
  readonly #gaps = new Map<AuxQueue, Gap[]>();

  /** Keeps the first `max` losses. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Losses, the earliest in the file first. */
  get first(): readonly AuxLoss[] {
    return this.#first;
  }

  /** Gaps, overlaps, regressions and missing ranges, in all queues. */
  get gapCount(): number {
    const { gap, overlap, regression, missing } = this.counts;
    return gap + overlap + regression + missing;
  }

  /** The first thousand of a queue's gaps, overlaps, regressions and missing ranges. */
  gapsOf(queue: AuxQueue): readonly Gap[] {
    return this.#gaps.get(queue) ?? [];
  }

  /** Takes in a loss. */
  loss(loss: AuxLoss): void {
    this.counts[loss.kind]++;
    this.#keep(loss);
    const { kind, queue, from, to, fileOffset, timeNs } = loss;
    if (queue === null || from === null || to === null) return;
    if (!isGapKind(kind)) return;
    let gaps = this.#gaps.get(queue);
    if (gaps === undefined) this.#gaps.set(queue, gaps = []);
    if (gaps.length < MAX_GAPS) gaps.push({ from, to, kind, fileOffset, timeNs });
  }

  /** Takes back what a snapshot only seemed to lack, before its first AUX record said what it is. */
  end({ mode }: WalkFacts): void {
    if (mode === "full") return;
    for (const kind of GAP_KINDS) this.counts[kind] = 0;
    this.#gaps.clear();
    const kept = this.#first.filter(({ kind }) => !isGapKind(kind));
    this.#first.splice(0, this.#first.length, ...kept);
  }

  #keep(loss: AuxLoss): void {
    const list = this.#first;
    let at = list.length;
    while (at > 0 && list[at - 1]!.fileOffset > loss.fileOffset) at--;
    if (at >= this.#max) return;
    list.splice(at, 0, loss);
    if (list.length > this.#max) list.pop();
  }
}

const PAGE = 4096;

/** What the advice on a loss follows from. */
export interface RemedyFacts {
  /** What the positions are known from. */
  readonly basis: AuxBasis;
  /** What kind of trace it is. */
  readonly type: AuxtraceType | null;
}

/** What to do about a loss: a sentence, or two. */
export function remedyFor(
  { kind, queue }: Pick<AuxLoss, "kind" | "queue">,
  { basis, type }: RemedyFacts,
): string {
  const bufferBytes = queue === null || queue.largestChunk === 0 ? null : bufferOf(queue);
  const { observedSeconds, bytesPerSecond } = queue === null ? NO_RATE : rateOf(queue);
  const rate = isLongEnough(observedSeconds) ? bytesPerSecond : null;
  const neededBytes = queue && neededBuffer(queue, rate);
  const buffer = neededBytes !== null
    ? `-m ,${optionSize(neededBytes)}`
    : bufferBytes !== null
    ? `-m ,N with N above ${formatBytes(bufferBytes)}, the least that the buffer had`
    : "-m ,N with a larger N";
  switch (kind) {
    case "truncated":
      return `The AUX buffer was full. Record with a larger one (${buffer}), or trace less.`;
    case "partial":
      return partial(type, buffer);
    case "collision":
      if (type === "arm_spe") {
        return "Samples collided. Record with a lower sampling rate (a larger -c).";
      }
      return type === "cs_etm"
        ? `The trace buffer wrapped (TRBE). Record with a larger AUX buffer (${buffer}).`
        : "Samples collided, or a trace buffer wrapped. Record less, or with a lower sampling rate.";
    case "lost":
      return "The data buffer was full, so records are lacking. Record with a larger one (-m N).";
    case "silent":
      return "The kernel stopped tracing after a full AUX buffer and did not start again. Kernels " +
        "before 6.16 do so at times: use a newer one, or a larger AUX buffer " +
        `(${buffer}), so that it never gets full.`;
    case "error":
      return "perf could not decode the trace here when it wrote this file. Decode the original.";
    case "missing":
      return "AUX records announce these bytes, and no AUXTRACE record holds them. If the file is " +
        "a copy or an excerpt, look for them in the original.";
    case "gap":
      return basis === "announcements"
        ? "No AUX record announces these bytes: the driver skipped them, or a record was lost."
        : "No chunk holds these bytes: the recorder did not write them, or they were removed.";
    case "overlap":
    case "regression":
      return "Positions go back, so some bytes are there twice or belong to another run. " +
        "Do not join the chunks across this place.";
  }
}

function partial(type: AuxtraceType | null, buffer: string): string {
  switch (type) {
    case "intel_pt":
      return "The trace has gaps because a KVM guest ran, or VMX was on. Trace the guest from " +
        "inside, or on a CPU that allows tracing in VMX.";
    case "arm_spe":
      return `The last record before this place is damaged. Record with a larger buffer (${buffer}).`;
    default:
      return "The trace has gaps here.";
  }
}

/** A size as perf's options take it, such as `4M`. */
function optionSize(bytes: number): string {
  const units: readonly (readonly [size: number, name: string])[] = [
    [2 ** 30, "G"],
    [2 ** 20, "M"],
    [2 ** 10, "K"],
  ];
  const [size, name] = units.find(([size]) => bytes >= size && bytes % size === 0) ?? [1, "B"];
  return `${bytes / size}${name}`;
}

/** The least that an AUX buffer had: whole pages, a power of two. */
function bufferOf({ largestChunk }: Pick<AuxQueue, "largestChunk">): number {
  return 2 ** Math.ceil(Math.log2(Math.max(largestChunk, PAGE)));
}

/**
 * The size that an AUX buffer needs to hold what the kernel wrote between two reads of it: a power
 * of two, at least twice what it is known to have had. Null where the rate is not known.
 */
export function neededBuffer(
  { largestChunk, longestPauseNs, chunks }: Pick<
    AuxQueue,
    "largestChunk" | "longestPauseNs" | "chunks"
  >,
  bytesPerSecond: number | null,
): number | null {
  if (bytesPerSecond === null || longestPauseNs === null || chunks < 2) return null;
  const needed = Math.max(bytesPerSecond * longestPauseNs / 1e9, 2 * bufferOf({ largestChunk }));
  return Math.min(2 ** Math.ceil(Math.log2(needed)), 2 ** 52);
}

/** Rates that were observed for less time are not extrapolated. */
const LEAST_SECONDS = 0.01;

/** Whether a rate was observed for long enough to be extrapolated. */
export function isLongEnough(observedSeconds: number | null): boolean {
  return observedSeconds !== null && observedSeconds >= LEAST_SECONDS;
}

/** The rate of a queue that no two AUX records with times speak of. */
export const NO_RATE = { observedSeconds: null, bytesPerSecond: null };

/** How fast a queue filled, and over which time that was seen. */
export function rateOf(
  { announced: { spanNs, bytesAfterFirst } }: AuxQueue,
): { readonly observedSeconds: number | null; readonly bytesPerSecond: number | null } {
  if (spanNs === null || spanNs <= 0) return NO_RATE;
  const observedSeconds = spanNs / 1e9;
  return { observedSeconds, bytesPerSecond: bytesAfterFirst / observedSeconds };
}
