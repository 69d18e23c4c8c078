import type { ChartData, ChartMark } from "../../report/data.ts";
import { MARK_STYLES } from "../../report/mark_kinds.ts";
import { bytes, count, hex, queueName } from "../../report/words.ts";
import type { Pyramid } from "./pyramid.ts";
import type { Pointed } from "./tail_chart.ts";
import { exactPlace } from "./ticks.ts";

const MOST_MARKS = 4;

/** Says what is at a place of the chart: the tail of the queue, its distance to the limit, marks. */
export function reading(
  { x, queue, reach }: Pointed,
  chart: ChartData,
  pyramids: readonly Pyramid[],
): string {
  const place = exactPlace(chart.axis.kind, x);
  if (queue === null) return `${place}: before the first tail`;
  const owner = chart.queues[queue]!;
  const name = `${place}, ${queueName(owner)}`;
  const tail = pyramids[queue]!.at(x);
  if (tail === null) return `${name}: before its first tail`;
  const { low, high } = tail;
  const value = low === high
    ? `${approximate(high)} (${bytes(high)})`
    : `${approximate(low)} to ${approximate(high)} (${bytes(high)})`;
  const marks = owner.marks.filter(({ from, to }) => from <= x + reach && to >= x - reach)
    .slice(0, MOST_MARKS).map(markText);
  return [`${name}: ${value}, ${distance(high, chart.limit)}`, ...marks].join("; ");
}

function distance(tail: number, limit: number): string {
  return tail < limit ? `${bytes(limit - tail)} to the limit` : `${bytes(tail - limit)} over it`;
}

function markText({ kind, count: times, position }: ChartMark): string {
  const at = position === null ? "" : ` at ${approximate(position)}`;
  return `${MARK_STYLES[kind].name}${at}${times > 1 ? ` (${count(times)} times)` : ""}`;
}

/** A position as far as a number holds it. */
function approximate(position: number): string {
  return `${Number.isSafeInteger(position) ? "" : "~"}${hex(BigInt(Math.round(position)))}`;
}
