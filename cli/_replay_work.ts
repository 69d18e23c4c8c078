import { type ReplayOptions, type ReplayReport, replayReport } from "../auxtrace/mod.ts";
import { openInput } from "./_common.ts";
import { recordingError } from "./_failure.ts";

/** How recordings are replayed. Plain data. */
export type ReplayWork = Pick<ReplayOptions, "bits" | "perf" | "fromArch" | "maxFlagged">;

/** What came of a recording. Plain data. */
export type FileReplay =
  | { readonly path: string; readonly report: ReplayReport }
  | { readonly path: string; readonly error: string };

/** Replays a recording; what is wrong with it is part of the answer, but not a signal. */
export function replayFile(path: string, work: ReplayWork): FileReplay {
  try {
    using file = openInput(path);
    return { path, report: replayReport(file, work) };
  } catch (error) {
    if (error instanceof Deno.errors.Interrupted) throw error;
    return { path: path.toWellFormed(), error: recordingError(error) };
  }
}
