import type { Verdict } from "../../auxtrace/mod.ts";
import type { FileReplay } from "../_replay_work.ts";

/** Sums over recordings. */
export interface ReplayTotals {
  /** Recordings, those with an error included. */
  readonly recordings: number;
  /** How many could not be read. */
  readonly errors: number;
  /** How many have each verdict. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly queues: number;
  readonly chunks: number;
  readonly auxBytes: number;
  readonly missingBytes: number;
  readonly flaggedTails: number;
  readonly bytesAfterLimit: number;
}

/** The totals of no recordings. */
export const NO_TOTALS: ReplayTotals = {
  recordings: 0,
  errors: 0,
  verdicts: { "exceeds": 0, "incomplete": 0, "fits": 0, "not-applicable": 0, "no-aux": 0 },
  queues: 0,
  chunks: 0,
  auxBytes: 0,
  missingBytes: 0,
  flaggedTails: 0,
  bytesAfterLimit: 0,
};

/** Adds a recording. */
export function addReplay(totals: ReplayTotals, answer: FileReplay): ReplayTotals {
  const recordings = totals.recordings + 1;
  if ("error" in answer) return { ...totals, recordings, errors: totals.errors + 1 };
  const { verdict, totals: its } = answer.report;
  return {
    ...totals,
    recordings,
    verdicts: { ...totals.verdicts, [verdict]: totals.verdicts[verdict] + 1 },
    queues: totals.queues + its.queues,
    chunks: totals.chunks + its.chunks,
    auxBytes: totals.auxBytes + its.auxBytes,
    missingBytes: totals.missingBytes + its.missingBytes,
    flaggedTails: totals.flaggedTails + its.flaggedTails,
    bytesAfterLimit: totals.bytesAfterLimit + its.bytesAfterLimit,
  };
}

/**
 * The worst answer: `exceeds` where one recording does, `incomplete` where one is cut or could not
 * be read, `fits` where what has tails fits.
 */
export function worstVerdict({ errors, verdicts }: ReplayTotals): Verdict {
  if (verdicts.exceeds > 0) return "exceeds";
  if (errors + verdicts.incomplete > 0) return "incomplete";
  if (verdicts.fits > 0) return "fits";
  return verdicts["not-applicable"] > 0 ? "not-applicable" : "no-aux";
}
