import type { DataRingBytes, QueueReport, RecorderOutcome } from "../../auxtrace/mod.ts";
import { formatSeconds, ownerName, queueName } from "../../text/mod.ts";
import type { ReportData } from "../data.ts";
import { type Html, html, type HtmlValue } from "../html.ts";
import { seriesStyle } from "../series_style.ts";
import { bytes, count, duration, percent, position } from "../words.ts";
import { worstQueues } from "../worst_queues.ts";
import { htmlTable, section, swatch } from "./_parts.ts";

const RECORDERS: Readonly<Record<RecorderOutcome, string>> = {
  "stopped-by-limit": "stopped",
  "not-limited": "continued",
  "unknown": "-",
  "not-applicable": "-",
};

/** All queues: what the file holds of them, how full they are, and when they reach the limit. */
export function queuesSection({ replay, chart }: ReportData): Html {
  const { queues, limit, dataRings } = replay;
  if (queues.length === 0) return section("queues-section", "Queues", html`<p>None.</p>`);
  const drawn = worstQueues(chart.queues);
  const rows = queues.map((queue, index) => {
    const slot = drawn.indexOf(index);
    const silent = chart.queues[index]?.marks.some(({ kind }) => kind === "silent") ?? false;
    return { ...queue, index, slot: slot < 0 ? null : slot, silent };
  });
  return section("queues-section", "Queues", [
    htmlTable(
      "queues",
      "The queues: what the file holds, how full they are, and how long until the limit",
      [
        ["In chart", (row) => pick(queueName(row), row.slot), "plain"],
        ["Queue", (row) => [queueName(row), row.silent ? SILENT : null], "name"],
        ["Chunks", ({ chunks }) => count(chunks)],
        ["Announced", ({ announcedBytes }) => bytes(announcedBytes)],
        ["Present", ({ presentBytes }) => bytes(presentBytes)],
        ["Missing", ({ missingBytes }) => bytes(missingBytes)],
        ["Last tail", lastTailOf],
        ["Headroom", ({ headroomBytes }) => headroomOf(headroomBytes, Number(limit.maxTail) + 1)],
        ["Rate", rateOf],
        [
          "Time left",
          ({ secondsLeft }) => secondsLeft === null ? null : formatSeconds(secondsLeft),
        ],
        ["Flagged", ({ flaggedTails }) => count(flaggedTails)],
        ["Recorder", ({ recorder }) => RECORDERS[recorder], "plain"],
      ],
      rows,
      ({ index, idx, slot, flaggedTails }) => ({
        "data-queue": index,
        "data-idx": idx,
        "data-slot": slot === null ? null : seriesStyle(slot).colour,
        class: flaggedTails > 0 ? "over" : null,
      }),
    ),
    dataRingTable(dataRings.filter(({ over32Bits }) => over32Bits)),
  ]);
}

const SILENT = html`
  <br><small>silent after its last AUX record</small>
`;

function dataRingTable(rings: readonly DataRingBytes[]): Html | null {
  return rings.length === 0 ? null : htmlTable(
    "data-rings",
    "Data rings whose head passed 4 GiB: no perf refuses a tail there, and a 32-bit perf can read " +
      "a torn head",
    [["Data ring", ownerName, "name"], ["Records", (ring) => bytes(ring.bytes)]],
    rings,
  );
}

function pick(name: string, slot: number | null): Html {
  const checked = slot === null ? null : html`
    checked
  `;
  return html`
    <label
      class="pick"><input type="checkbox" aria-label="Show ${name} in the chart"${checked}>${swatch(
        slot,
      )}</label>
  `;
}

function lastTailOf({ lastTail, lastTailExact, lastTailWindow }: QueueReport): HtmlValue {
  if (lastTail === null) return null;
  const [from, to] = lastTailWindow?.map((end) => position(end, true)) ?? [];
  const range = from === undefined ? null : html`<br><small>${from} to ${to!}</small>`;
  return [position(lastTail, lastTailExact), range];
}

function headroomOf(headroom: number | null, limit: number): HtmlValue {
  return headroom === null
    ? null
    : html`${bytes(headroom)} <small>${percent(headroom, limit)}</small>`;
}

function rateOf({ bytesPerSecond, observedSeconds }: QueueReport): HtmlValue {
  if (bytesPerSecond === null || observedSeconds === null) return null;
  const seen = html`<br><small>seen over ${duration(observedSeconds)}</small>`;
  return [`${bytes(Math.round(bytesPerSecond))}/s`, seen];
}
