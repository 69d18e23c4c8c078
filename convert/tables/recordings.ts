import type { ReplayReport } from "../../auxtrace/mod.ts";
import type { PerfFile } from "../../parsers/perf/mod.ts";
import { TableRows } from "../_rows.ts";
import type { TableSource } from "../_table_source.ts";
import { type RowBatch, tableOf, type TableOptions } from "../table.ts";

/** One row: the conclusions of `auxtail replay`. */
export const recordingTable: TableSource = {
  table: tableOf(
    "recordings",
    "name:text path:text? container:text? finalised:bool? hostname:text? arch:text? " +
      "kernel_is_64_bit:bool? os_release:text? perf_version:text? cmdline:text? " +
      "auxtrace_type:text? mode:text? basis:text? verdict:text? conclusion:text? bits:u32 " +
      "generic_refuses:bool? released_accessor:text? released_refuses:bool? queues:u64? " +
      "chunks:u64? aux_bytes:u64? announced_bytes:u64? present_bytes:u64? missing_bytes:u64? " +
      "aux_records:u64? flagged_tails:u64? bytes_after_limit:u64? torn_read_windows:u64? " +
      "gaps:u64? truncated_records:u64? partial_records:u64? collision_records:u64? " +
      "lost_records:u64? lost_events:u64? error_records:u64? first_flagged_tail:u64? " +
      "first_flagged_time_ns:u64? last_tail:u64? seconds_to_limit:f64? error:text?",
  ),
  fill(file, options) {
    const rows = new TableRows<object>(this.table);
    return { rows, finish: (report) => rows.add(recordingValues(file, report, options)) };
  },
};

/** The row of a recording that could not be read. */
export function failedRecording(
  { name, path, bits = 32 }: TableOptions,
  error: string,
): Generator<RowBatch> {
  const rows = new TableRows<object>(recordingTable.table);
  rows.add({ name, path, bits, error });
  return rows.take(0);
}

/** The values of the row, by the names of the columns in camel case. */
function recordingValues(
  file: PerfFile,
  { input, recording, totals, limit, queues, flagged, judgement, ...report }: ReplayReport,
  { name, path }: TableOptions,
): Readonly<Record<string, unknown>> {
  const tails = queues.flatMap(({ lastTail }) => lastTail ?? []);
  const seconds = queues.flatMap(({ secondsToLimit }) => secondsToLimit ?? []);
  const { verdict, conclusion, basis } = report;
  return {
    ...recording,
    ...totals,
    name,
    path,
    container: input.container,
    finalised: input.finalised,
    osRelease: file.features().values.osrelease,
    cmdline: recording.cmdline?.join(" "),
    basis,
    verdict,
    conclusion,
    bits: limit.bits,
    genericRefuses: judgement.generic.refuses,
    releasedAccessor: judgement.released.accessor,
    releasedRefuses: judgement.released.refuses,
    firstFlaggedTail: flagged[0]?.tail,
    firstFlaggedTimeNs: flagged[0]?.timeNs,
    lastTail: tails.length === 0 ? null : tails.reduce((a, b) => a > b ? a : b),
    secondsToLimit: seconds.length === 0 ? null : Math.min(...seconds),
    error: (input.cut ?? input.damage ?? input.secondRecording)?.reason,
  };
}
