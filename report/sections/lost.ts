import type { ChartMarkKind, ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { bytes, count, counted, hex, queueName } from "../words.ts";
import { figure, markCount, markIcon, section, table } from "./_parts.ts";

const LISTED_GAPS = 1000;

type Loss = readonly [kind: ChartMarkKind | null, count: number, text: string];

/** What the recording says is missing. */
export function lostSection(data: ReportData): Html {
  const found = losses(data).filter(([, count]) => count > 0);
  const { input } = data.replay;
  const { totals, recording } = data.replay;
  const list = found.map(([kind, times, text]) =>
    html`<li>${kind === null ? html`<span class="mark"></span>` : markIcon(kind)} <span><strong>${
      count(times)
    }</strong> ${text}</span></li>`
  );
  if (input.cut !== null) {
    list.unshift(
      html`<li><span class="mark"></span> <span><strong>Cut</strong> at ${
        hex(input.cut.fileOffset)
      }: ${input.cut.reason}</span></li>`,
    );
  }
  const nothing = recording.mode === "none" && totals.lostRecords === 0
    ? "There is no AUX data that could be lost."
    : "Nothing, as far as the recording tells.";
  return section(
    "lost",
    "What was lost",
    html`${list.length === 0 ? html`<p>${nothing}</p>` : html`<ul class="losses">${list}</ul>`}
${gapTable(data)}`,
  );
}

function losses(data: ReportData): Loss[] {
  const { totals, input, queues } = data.replay;
  const { packets } = data;
  const stopped = queues.some(({ recorder }) => recorder === "stopped-by-limit");
  const one = (value: number, single: string, many: string) => value === 1 ? single : many;
  const records = (value: number) => one(value, "AUX record is", "AUX records are");
  return [
    [
      "flagged",
      totals.bytesAfterLimit,
      stopped
        ? "bytes were still recorded after the first refused tail; all that came later is missing"
        : "bytes or more were recorded after the first refused tail: a perf with this limit does " +
          "not get them",
    ],
    [
      "truncated",
      totals.truncatedRecords,
      `${
        records(totals.truncatedRecords)
      } TRUNCATED: the ring was full, bytes are missing after it`,
    ],
    [
      "partial",
      totals.partialRecords,
      `${records(totals.partialRecords)} PARTIAL: the trace has holes`,
    ],
    [
      "collision",
      totals.collisionRecords,
      `${records(totals.collisionRecords)} COLLISION: samples collided, or a buffer wrapped`,
    ],
    [
      "lost",
      totals.lostRecords,
      `LOST ${one(totals.lostRecords, "record", "records")}, for ${
        counted(totals.lostEvents, "event")
      } that the data ring had no room for`,
    ],
    [
      "overflow",
      markCount(data, "overflow"),
      "packets say that the PMU lost some of the trace (overflow)",
    ],
    [
      "gap",
      totals.gaps,
      `${one(totals.gaps, "place", "places")} where positions do not follow on each other`,
    ],
    [
      null,
      totals.tornReadWindows,
      `${
        one(totals.tornReadWindows, "chunk", "chunks")
      } crossed a multiple of 4 GiB, where a plain ` +
      "32-bit read of the head could be torn",
    ],
    [
      null,
      packets?.totals.damagedBytes ?? 0,
      "bytes of the payload are no packets, or cut ones",
    ],
    [
      null,
      packets?.totals.skippedBytes ?? 0,
      "bytes of the payload come before a place where a decoder can start",
    ],
    [null, input.trailingBytes, "bytes behind the last record are no records"],
  ];
}

function gapTable({ replay }: ReportData): Html | null {
  const gaps = replay.queues.flatMap((queue) => queue.gaps.map((gap) => ({ queue, gap })));
  if (gaps.length === 0) return null;
  const shown = gaps.slice(0, LISTED_GAPS);
  const more = shown.length < replay.totals.gaps ? ` (the first ${count(shown.length)})` : "";
  return table(
    "gaps",
    `Places where positions do not follow on each other${more}`,
    [["Queue"], ["Kind"], ["From", "number"], ["To", "number"], ["Size", "number"]],
    shown.map(({ queue, gap: { kind, from, to } }) =>
      html`
        <tr><td>${queueName(queue)}</td><td>${markIcon(kind)} ${kind}</td>${figure(
          hex(from),
        )}${figure(hex(to))}${figure(bytes(Math.abs(Number(to - from))))}</tr>
      `
    ),
  );
}
