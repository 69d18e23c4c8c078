import type { DataRingBytes, QueueReport, RecorderOutcome } from "../../auxtrace/mod.ts";
import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { seriesStyle } from "../series_style.ts";
import { bytes, count, duration, percent, position, queueName } from "../words.ts";
import { worstQueues } from "../worst_queues.ts";
import { formatSeconds, ownerName } from "../../text/mod.ts";
import { figure, type Heading, section, swatch, table } from "./_parts.ts";

const HEADINGS: readonly Heading[] = [
  ["In chart"],
  ["Queue"],
  ["Chunks", "number"],
  ["Announced", "number"],
  ["Present", "number"],
  ["Missing", "number"],
  ["Last tail", "number"],
  ["Headroom", "number"],
  ["Rate", "number"],
  ["Time left", "number"],
  ["Flagged", "number"],
  ["RecorderOutcome"],
];

const RECORDERS: Readonly<Record<RecorderOutcome, string>> = {
  "stopped-by-limit": "stopped",
  "not-limited": "continued",
  "unknown": "-",
  "not-applicable": "-",
};

/** All queues: what the file holds of them, how full they are, and when they reach the limit. */
export function queuesSection(data: ReportData): Html {
  const { queues } = data.replay;
  if (queues.length === 0) return section("queues-section", "Queues", html`<p>None.</p>`);
  const drawn = worstQueues(data.chart.queues);
  return section("queues-section", "Queues", [
    table(
      "queues",
      "The queues: what the file holds, how full they are, and how long until the limit",
      HEADINGS,
      queues.map((queue, index) => row(queue, index, drawn.indexOf(index), data)),
    ),
    dataRingTable(data.replay.dataRings.filter(({ over32Bits }) => over32Bits)),
  ]);
}

function dataRingTable(rings: readonly DataRingBytes[]): Html | null {
  return rings.length === 0 ? null : table(
    "data-rings",
    "Data rings whose head passed 4 GiB: no perf refuses a tail there, and a 32-bit perf can read " +
      "a torn head",
    [["Data ring"], ["Records", "number"]],
    rings.map((ring) =>
      html`<tr><th scope="row">${ownerName(ring)}</th>${figure(bytes(ring.bytes))}</tr>`
    ),
  );
}

function row(queue: QueueReport, index: number, slot: number, data: ReportData): Html {
  const { chunks, announcedBytes, presentBytes, missingBytes, lastTail, lastTailExact } = queue;
  const { lastTailWindow, headroomBytes, bytesPerSecond, observedSeconds, secondsLeft } = queue;
  const { flaggedTails, recorder } = queue;
  const name = queueName(queue);
  const isSilent = data.chart.queues[index]?.marks.some(({ kind }) => kind === "silent");
  const window = lastTailWindow === null
    ? null
    : html`<br><small>${position(lastTailWindow[0], true)} to ${
      position(lastTailWindow[1], true)
    }</small>`;
  const headroom = headroomBytes === null
    ? null
    : html`${bytes(headroomBytes)} <small>${
      percent(headroomBytes, Number(data.replay.limit.maxTail) + 1)
    }</small>`;
  const rate = bytesPerSecond === null || observedSeconds === null
    ? null
    : html`${bytes(Math.round(bytesPerSecond))}/s<br><small>seen over ${
      duration(observedSeconds)
    }</small>`;
  return html`
    <tr data-queue="${index}"
      ${queue.idx === null ? null : html`
        data-idx="${queue.idx}"
      `}${slot < 0 ? null : html`
        data-slot="${seriesStyle(slot).colour}"
      `}${flaggedTails > 0
        ? html`
          class="over"
        `
        : null}><td><label class="pick"><input type="checkbox" aria-label="Show ${name} in the chart"${slot <
          0
        ? null
        : html`
          checked
        `}>${swatch(slot < 0 ? null : slot)}</label></td><th scope="row">${name}${isSilent
        ? html`
          <br><small>silent after its last AUX record</small>
        `
        : null}</th>${figure(count(chunks))}${figure(bytes(announcedBytes))}${figure(
          bytes(presentBytes),
        )}${figure(bytes(missingBytes))}${figure(
          lastTail === null ? null : html`${position(lastTail, lastTailExact)}${window}`,
        )}${figure(headroom)}${figure(rate)}${figure(
          secondsLeft === null ? null : formatSeconds(secondsLeft),
        )}${figure(count(flaggedTails))}<td>${RECORDERS[recorder]}</td></tr>
  `;
}
