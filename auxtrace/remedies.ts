import type { AuxtraceType } from "../parsers/perf/mod.ts";
import { formatBytes, hex } from "../text/mod.ts";
import type { AuxBasis, AuxLoss, AuxQueue, TraceError } from "./aux_events.ts";
import { traitsOf } from "./payload_traits.ts";

const PAGE = 4096;
/** Rates that were observed for less time are not extrapolated. */
const LEAST_SECONDS = 0.01;

/** How fast a queue filled. */
export interface FillRate {
  /** Time from the first to the last AUX record; null without two that have times. */
  readonly observedSeconds: number | null;
  /** AUX bytes per second in that time. */
  readonly bytesPerSecond: number | null;
  /** The same if it was observed for long enough to be extrapolated; else null. */
  readonly reliable: number | null;
}

/** The rate of a queue of which nothing is known. */
export const NO_RATE: FillRate = { observedSeconds: null, bytesPerSecond: null, reliable: null };

/** How fast a queue filled, by its AUX records. */
export function rateOf({ announced: { spanNs, bytesAfterFirst } }: AuxQueue): FillRate {
  if (spanNs === null || spanNs <= 0) return NO_RATE;
  const observedSeconds = spanNs / 1e9;
  const bytesPerSecond = bytesAfterFirst / observedSeconds;
  const reliable = observedSeconds >= LEAST_SECONDS ? bytesPerSecond : null;
  return { observedSeconds, bytesPerSecond, reliable };
}

/** What the advice on a loss follows from. */
interface RemedyFacts {
  /** What the positions are known from. */
  readonly basis: AuxBasis;
  /** What kind of trace it is. */
  readonly type: AuxtraceType | null | undefined;
}

/** What to do about a loss: a sentence, or two. */
export function remedyFor(
  { kind, queue }: Pick<AuxLoss, "kind" | "queue">,
  { basis, type }: RemedyFacts,
): string {
  const buffer = bufferOption(queue);
  const { partial, collision } = traitsOf(type);
  switch (kind) {
    case "truncated":
      return `The AUX buffer was full. Record with a larger one (${buffer}), or trace less.`;
    case "partial":
      return partial?.(buffer) ?? "The trace has gaps here.";
    case "collision":
      return collision?.(buffer) ??
        "Samples collided, or a trace buffer wrapped. Record less, or with a lower sampling rate.";
    case "lost":
      return "The data buffer was full, so records are lacking. Record with a larger one (-m N).";
    case "silent":
      return "The kernel stopped tracing after a full AUX buffer and did not start again. Kernels " +
        "before 6.16 do so at times: use a newer one, or a larger AUX buffer " +
        `(${buffer}), so that it never gets full.`;
    case "error":
      return "perf could not decode the trace here when it wrote this file (perf inject). The trace " +
        "is in the recording that the file was made from: look there what is lost.";
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

/** What an AUXTRACE_ERROR record says, in words. */
export function errorWords(error: TraceError | null): string {
  if (error === null) return "a record that cannot be decoded";
  const { code, message, cpu, pid, tid, ip } = error;
  const where = [cpu === null ? null : `CPU ${cpu}`, `pid ${pid}`, `tid ${tid}`, `ip ${hex(ip)}`];
  return [`code ${code}, "${message}"`, ...where.filter((part) => part !== null)].join(", ");
}

/** The option of `perf record` for an AUX buffer that is large enough, as far as that is known. */
function bufferOption(queue: AuxQueue | null): string {
  if (queue === null || queue.largestChunk === 0) return "-m ,N with a larger N";
  const needed = neededBuffer(queue, rateOf(queue).reliable);
  return needed === null
    ? `-m ,N with N above ${formatBytes(bufferOf(queue))}, the least that the buffer had`
    : `-m ,${optionSize(needed)}`;
}

/** A size as perf's options take it, such as `4M`: a power of two of at least 8 KiB. */
function optionSize(bytes: number): string {
  const units = [[2 ** 30, "G"], [2 ** 20, "M"], [2 ** 10, "K"]] as const;
  const [size, name] = units.find(([size]) => bytes >= size)!;
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
  queue: Pick<AuxQueue, "largestChunk" | "longestPauseNs" | "chunks">,
  bytesPerSecond: number | null,
): number | null {
  const { longestPauseNs, chunks } = queue;
  if (bytesPerSecond === null || longestPauseNs === null || chunks < 2) return null;
  const needed = Math.max(bytesPerSecond * longestPauseNs / 1e9, 2 * bufferOf(queue));
  return Math.min(2 ** Math.ceil(Math.log2(needed)), 2 ** 52);
}
