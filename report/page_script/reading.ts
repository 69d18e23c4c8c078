import type { ChartData, ChartMark } from "../data.ts";
import { MARK_STYLES } from "../mark_kinds.ts";
import { bytes, count } from "../words.ts";
import { hex, queueName } from "../../text/mod.ts";
import type { Pyramids } from "./pyramid.ts";
import type { Pointed } from "./tail_chart.ts";
import { exactPlace } from "./ticks.ts";

const MOST_MARKS = 4;

/** Says what is at a place of the chart: tail and head of the queue, its headroom, marks. */
export function reading(
  { x, queue, reach }: Pointed,
  chart: ChartData,
  pyramids: Pyramids,
): string {
  const place = exactPlace(chart.axis.kind, x);
  if (queue === null) return `${place}: before the first tail`;
  const owner = chart.queues[queue]!;
  const name = `${place}, ${queueName(owner)}`;
  const tail = pyramids.tails[queue]!.at(x);
  const head = pyramids.heads[queue]!.at(x)?.high ?? null;
  if (tail === null) {
    return `${name}: before its first tail${head === null ? "" : `, head ${approximate(head)}`}`;
  }
  const { low, high } = tail;
  const value = low === high
    ? `${approximate(high)} (${bytes(high)})`
    : `${approximate(low)} to ${approximate(high)} (${bytes(high)})`;
  const marks = owner.marks.filter(({ from, to }) => from <= x + reach && to >= x - reach)
    .slice(0, MOST_MARKS).map(markText);
  const ahead = head === null || head <= high
    ? []
    : [`head ${approximate(head)}: ${bytes(head - high)} in the AUX buffer`];
  return [`${name}: ${value}, ${distance(high, chart.limit)}`, ...ahead, ...marks].join("; ");
}

function distance(tail: number, limit: number): string {
  return tail < limit ? `headroom ${bytes(limit - tail)}` : `${bytes(tail - limit)} over the limit`;
}

function markText({ kind, count: times, position }: ChartMark): string {
  const at = position === null ? "" : ` at ${approximate(position)}`;
  return `${MARK_STYLES[kind].name}${at}${times > 1 ? ` (${count(times)} times)` : ""}`;
}

/** A position as far as a number holds it. */
function approximate(position: number): string {
  return `${Number.isSafeInteger(position) ? "" : "~"}${hex(BigInt(Math.round(position)))}`;
}
