import type { ReportData } from "../../report/mod.ts";

/** Most flagged tails that are shown. */
const FLAGGED = 200;

/** Leaves out most flagged tails: a thousand rows take 100 MB of memory in Chromium. */
export function shortened(data: ReportData): ReportData {
  const { replay } = data;
  return { ...data, replay: { ...replay, flagged: replay.flagged.slice(0, FLAGGED) } };
}
