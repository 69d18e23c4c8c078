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
export interface ReplayTotals extends Record<typeof SUMMED[number], number> {
  /** Recordings, those with an error included. */
  recordings: number;
  /** How many could not be read. */
  errors: number;
  /** How many have each verdict. */
  readonly verdicts: Record<Verdict, number>;
}

/** The totals of no recordings. */
export function noTotals(): ReplayTotals {
  return {
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
}

/** Adds a recording to the totals. */
export function addReplay(totals: ReplayTotals, { found }: Pick<FileReplay, "found">): void {
  totals.recordings++;
  if ("error" in found) {
    totals.errors++;
    return;
  }
  totals.verdicts[found.verdict]++;
  for (const name of SUMMED) totals[name] += found.totals[name];
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
