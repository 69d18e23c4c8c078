import type { FlaggedTail } from "../../auxtrace/mod.ts";
import { hex, queueName } from "../../text/mod.ts";
import type { ChartAxis, ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { bytes, count, position } from "../words.ts";
import { htmlTable, markIcon, section, timeOf } from "./_parts.ts";

/** The flagged tails. A row has the place of its tail in the chart. */
export function flaggedSection({ replay, chart: { axis } }: ReportData): Html {
  const { flagged, totals, limit, queues } = replay;
  if (flagged.length === 0) {
    return section("flagged-section", "Flagged tails", html`<p>None.</p>`);
  }
  const shown = flagged.length < totals.flaggedTails
    ? ` (the first ${count(flagged.length)} of ${count(totals.flaggedTails)})`
    : "";
  const indexOf = (tail: FlaggedTail) =>
    queues.findIndex(({ idx, firstFlagged }) =>
      idx === tail.queue && (idx !== null || firstFlagged?.fileOffset === tail.fileOffset)
    );
  const rows = flagged.map((tail) => ({ ...tail, index: indexOf(tail) }));
  return section(
    "flagged-section",
    "Flagged tails",
    htmlTable(
      "flagged",
      html`${
        markIcon("flagged")
      } Tails that need more than ${limit.bits} bits${shown}. A click on a row, or Enter, shows it in the chart.`,
      [
        [
          "Queue",
          ({ queue, index }) => queues[index] ? queueName(queues[index]) : queue ?? "-",
          "name",
        ],
        ["Chunk", ({ chunk }) => count(chunk)],
        ["In the file", ({ fileOffset }) => hex(fileOffset)],
        ["AUX offset", ({ auxOffset }) => hex(auxOffset)],
        ["Size", ({ size }) => bytes(size)],
        ["Tail", ({ tail, tailExact }) => position(tail, tailExact)],
        ["Time", ({ timeNs }) => timeOf(timeNs, axis.startNs)],
      ],
      rows,
      (tail) => ({
        tabindex: 0,
        "data-queue": tail.index < 0 ? null : tail.index,
        "data-x": xOf(tail, axis),
      }),
    ),
  );
}

function xOf({ fileOffset, timeNs }: FlaggedTail, { kind, startNs }: ChartAxis): number | null {
  if (kind === "file") return fileOffset;
  return timeNs === null || startNs === null ? null : Number(timeNs - startNs) / 1e9;
}
