import type { Verdict } from "../../auxtrace/mod.ts";
import type { FileReplay } from "../_replay_work.ts";

/** What is summed over recordings. */
const SUMMED = [
  "queues",
  "chunks",
  "auxBytes",
  "missingBytes",
  "flaggedTails",
  "bytesAfterLimit",
] as const;

/** Sums over recordings. */
export interface ReplayTotals extends Readonly<Record<typeof SUMMED[number], number>> {
  /** Recordings, those with an error included. */
  readonly recordings: number;
  /** How many could not be read. */
  readonly errors: number;
  /** How many have each verdict. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
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
  const { verdict, totals: own } = answer.report;
  return {
    ...totals,
    recordings,
    verdicts: { ...totals.verdicts, [verdict]: totals.verdicts[verdict] + 1 },
    ...Object.fromEntries(SUMMED.map((name) => [name, totals[name] + own[name]])),
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
