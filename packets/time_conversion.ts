import type { TscTime } from "../parsers/internal.ts";
import { type PerfFile, RecordType } from "../parsers/perf/mod.ts";

const MAX_SHIFT = 63n;

/**
 * Finds how times of a recording follow from the ticks of its trace: in AUXTRACE_INFO, or in
 * PERF_RECORD_TIME_CONV before the first round of the rings' data.
 *
 * @returns Null if the recording does not say.
 */
export function findTimeConversion(file: PerfFile): TscTime | null {
  const info = file.auxtraceInfo;
  if (info !== null && "timeMult" in info && info.capUserTimeZero) return usable(info);
  const cursor = file.recordCursor();
  try {
    while (cursor.next() && cursor.type !== RecordType.FinishedRound) {
      if (cursor.type !== RecordType.TimeConv) continue;
      const record = cursor.record();
      if (record.type !== "time_conv") return null;
      return usable({ ...record, capUserTimeShort: record.capUserTimeShort ?? false });
    }
    return null;
  } finally {
    cursor.close();
  }
}

/** Keeps plain data only, and only what can be calculated with. */
function usable(time: TscTime): TscTime | null {
  const { timeShift, timeMult, timeZero, timeCycles, timeMask, capUserTimeShort } = time;
  if (timeMult === 0n || timeShift > MAX_SHIFT) return null;
  return {
    timeShift,
    timeMult,
    timeZero,
    timeCycles: timeCycles ?? null,
    timeMask: timeMask ?? null,
    capUserTimeShort: capUserTimeShort ?? false,
  };
}
