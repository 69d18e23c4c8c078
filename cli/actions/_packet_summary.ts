import type {
  PacketCounts,
  PacketSummary,
  QueueName,
  QueueSummary,
  TimeSpan,
  UndecodedTrace,
} from "../../packets/mod.ts";
import { queueCells, textTable } from "../output/table.ts";
import { countText, formatTime } from "../../text/mod.ts";

/** The summary in the shape of `auxtail.packets/1`; `path` is of one of several recordings. */
export function summaryJson(
  path: string | null,
  { queues, totals }: PacketSummary,
  undecoded: readonly UndecodedTrace[],
): Record<string, unknown> {
  return {
    schema: "auxtail.packets/1",
    ...(path !== null && { input: { path } }),
    queues: queues.map((queue) => ({ ...queue, time: timeJson(queue.time) })),
    totals: { ...totals, time: timeJson(totals.time) },
    undecoded,
  };
}

/** Numbers that large are counts of a clock: decimal strings, as times are. */
function timeJson(time: TimeSpan | null): Record<string, string> | null {
  if (time === null) return null;
  const { unit, first, last } = time;
  return unit === "ns"
    ? { firstNs: `${first}`, lastNs: `${last}` }
    : { firstTicks: `${first}`, lastTicks: `${last}` };
}

/** The summary as tables: the queues, then the kinds of each. */
export function* summaryLines({ queues, totals }: PacketSummary): Generator<string> {
  yield* textTable(
    ["queue", "cpu", "tid", "bytes", "packets", "sync points", "damaged", "skipped", "time"],
    [
      ...queues.map((queue) => [...queueCells(queue), ...countCells(queue)]),
      ...(queues.length > 1 ? [["total", "", "", ...countCells(totals)]] : []),
    ],
  );
  for (const queue of queues) {
    yield "";
    yield queueTitle(queue, queue.type);
    yield* kindLines(queue);
  }
  if (queues.length > 1) {
    yield "";
    yield "total";
    yield* kindLines(totals);
  }
}

/** What stands above the packets of a queue. */
export function queueTitle({ idx, cpu, tid }: QueueName, type: string): string {
  return `queue ${idx ?? "-"}: cpu ${cpu ?? "-"}, tid ${tid ?? "-"}, ${type}`;
}

function countCells(counts: PacketCounts): string[] {
  const { bytes, packets, syncPoints, damagedBytes, skippedBytes, time } = counts;
  const numbers = [bytes, packets, syncPoints ?? "-", damagedBytes, skippedBytes];
  return [...numbers.map(String), timeText(time)];
}

function* kindLines(
  { byKind, bytesByKind, marks }: PacketCounts | QueueSummary,
): Generator<string> {
  const kinds = Object.entries(byKind).toSorted(([, a], [, b]) => b - a);
  if (kinds.length > 0) {
    yield* textTable(
      ["kind", "packets", "bytes"],
      kinds.map(([name, count]) => [name, `${count}`, `${bytesByKind[name]}`]),
    );
  }
  const losses = Object.entries(marks);
  if (losses.length > 0) {
    yield* textTable(
      ["mark", "times", "bytes"],
      losses.map((
        [name, { count, bytes }],
      ) => [name, `${count}`, bytes === null ? "-" : countText(bytes)]),
    );
  }
}

function timeText(time: TimeSpan | null): string {
  if (time === null) return "-";
  const { unit, first, last } = time;
  return unit === "ns"
    ? `${formatTime(first)} to ${formatTime(last)}`
    : `${first} to ${last} ticks`;
}
