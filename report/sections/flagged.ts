import type { FlaggedTail } from "../../auxtrace/mod.ts";
import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { bytes, count, hex, position, queueName } from "../words.ts";
import { figure, type Heading, markIcon, section, table, timeOf } from "./_parts.ts";

const HEADINGS: readonly Heading[] = [
  ["Queue"],
  ["Chunk", "number"],
  ["In the file", "number"],
  ["AUX offset", "number"],
  ["Size", "number"],
  ["Tail", "number"],
  ["Time", "number"],
];

/** The flagged tails. A row has the place of its tail in the chart. */
export function flaggedSection(data: ReportData): Html {
  const { flagged, totals, limit } = data.replay;
  if (flagged.length === 0) {
    return section("flagged-section", "Flagged tails", html`<p>None.</p>`);
  }
  const shown = flagged.length < totals.flaggedTails
    ? ` (the first ${count(flagged.length)} of ${count(totals.flaggedTails)})`
    : "";
  return section(
    "flagged-section",
    "Flagged tails",
    table(
      "flagged",
      html`${
        markIcon("flagged")
      } Tails that need more than ${limit.bits} bits${shown}. A click on a row, or Enter, shows it in the chart.`,
      HEADINGS,
      flagged.map((tail) => row(tail, data)),
    ),
  );
}

function row(tail: FlaggedTail, { replay, chart }: ReportData): Html {
  const { axis } = chart;
  const queue = replay.queues.findIndex(({ idx, firstFlagged }) =>
    idx === tail.queue && (idx !== null || firstFlagged?.fileOffset === tail.fileOffset)
  );
  const x = axis.kind === "file"
    ? tail.fileOffset
    : tail.timeNs === null || axis.startNs === null
    ? null
    : Number(tail.timeNs - axis.startNs) / 1e9;
  const name = queue < 0 ? `${tail.queue ?? "-"}` : queueName(replay.queues[queue]!);
  return html`
    <tr tabindex="0"
      ${queue < 0 ? null : html`
        data-queue="${queue}"
      `}${x === null ? null : html`
        data-x="${x}"
      `}><th scope="row">${name}</th>${figure(count(tail.chunk))}${figure(
        hex(tail.fileOffset),
      )}${figure(hex(tail.auxOffset))}${figure(bytes(tail.size))}${figure(
        position(tail.tail, tail.tailExact),
      )}${figure(timeOf(tail.timeNs, axis.startNs))}</tr>
  `;
}
