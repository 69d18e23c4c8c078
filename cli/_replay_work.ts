import { type ReplayOptions, type ReplayReport, replayReport } from "../auxtrace/mod.ts";
import { openInput } from "./_common.ts";
import { oneLine } from "./_failure.ts";

/** How recordings are replayed. Plain data. */
export type ReplayWork = Pick<ReplayOptions, "bits" | "perf" | "fromArch" | "maxFlagged">;

/** What came of a recording. Plain data. */
export type FileReplay =
  | { readonly path: string; readonly report: ReplayReport }
  | { readonly path: string; readonly error: string };

/** Replays a recording; what is wrong with it is part of the answer. */
export function replayFile(path: string, work: ReplayWork): FileReplay {
  try {
    using file = openInput(path);
    return { path, report: replayReport(file, work) };
  } catch (error) {
    const bug = `this is a bug, please report it: ${error}`;
    return { path: path.toWellFormed(), error: oneLine(error) ?? bug };
  }
}
