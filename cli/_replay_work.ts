import {
  type AuxMode,
  replayJson,
  type ReplayOptions,
  type ReplayReport,
  replayReport,
  type Verdict,
} from "../auxtrace/mod.ts";
import { jsonText } from "../text/mod.ts";
import { openInput } from "./_common.ts";
import { recordingError } from "./_failure.ts";

/** How each of many recordings is replayed. Plain data. */
export interface ReplayWork
  extends Pick<ReplayOptions, "bits" | "perf" | "fromArch" | "maxFlagged"> {
  /** Whether JSON is wanted: on a line, or indented. */
  readonly json: "line" | "indented" | null;
}

/** What came of one of many recordings. Plain data, and small: another thread may have made it. */
export interface FileReplay {
  readonly path: string;
  /** Size of the file; 0 where it is not known. */
  readonly size: number;
  /** Its JSON, where that is wanted. */
  readonly json: string | null;
  /** What was found, or why nothing was. */
  readonly found: ReplaySummary | { readonly error: string };
}

/** What an answer about many recordings says of each. */
export interface ReplaySummary {
  readonly verdict: Verdict;
  readonly mode: AuxMode;
  readonly totals: ReplayReport["totals"];
  /** Bytes that its fullest queue has left to the limit. */
  readonly headroomBytes: number | null;
  /** Whether the answer is about the first of several recordings in one file. */
  readonly isPartial: boolean;
}

/** Replays a recording; what is wrong with it is part of the answer, but not a signal. */
export function replayFile(path: string, work: ReplayWork): FileReplay {
  try {
    using file = openInput(path);
    const report = replayReport(file, work);
    const size = file.size === Infinity ? 0 : file.size;
    const json = textOf(() => replayJson(report, path), work);
    return { path, size, json, found: replaySummary(report) };
  } catch (error) {
    if (error instanceof Deno.errors.Interrupted) throw error;
    return failedReplay(path, recordingError(error), work);
  }
}

/** The answer for a recording that cannot be read. */
export function failedReplay(given: string, error: string, work: ReplayWork): FileReplay {
  const path = given.toWellFormed();
  const json = textOf(() => ({ input: { path }, error }), work);
  return { path, size: 0, json, found: { error } };
}

function textOf(value: () => unknown, { json }: ReplayWork): string | null {
  return json === null ? null : json === "line" ? jsonText(value()) : jsonText(value(), 2);
}

/** What is kept of a report. */
export function replaySummary(
  { verdict, recording, totals, queues, input }: ReplayReport,
): ReplaySummary {
  const known = queues.map(({ headroomBytes }) => headroomBytes).filter((bytes) => bytes !== null);
  return {
    verdict,
    mode: recording.mode,
    totals,
    headroomBytes: known.length === 0 ? null : known.reduce((a, b) => Math.min(a, b)),
    isPartial: verdict !== "incomplete" && input.secondRecording !== null,
  };
}
