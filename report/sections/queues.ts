import { formatSeconds } from "../../auxtrace/conclusion.ts";
import type { QueueReport, Recorder } from "../../auxtrace/mod.ts";
import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { seriesStyle } from "../series_style.ts";
import { bytes, count, percent, position, queueName } from "../words.ts";
import { worstQueues } from "../worst_queues.ts";
import { figure, type Heading, section, swatch, table } from "./_parts.ts";

const HEADINGS: readonly Heading[] = [
  ["In chart"],
  ["Queue"],
  ["Chunks", "number"],
  ["Recorded", "number"],
  ["Last tail", "number"],
  ["Room to the limit", "number"],
  ["Rate", "number"],
  ["Limit after", "number"],
  ["Time left", "number"],
  ["Refused", "number"],
  ["Recorder"],
];

const RECORDERS: Readonly<Record<Recorder, string>> = {
  "stopped-by-limit": "stopped",
  "not-limited": "went on",
  "unknown": "-",
  "not-applicable": "-",
};

/** All queues: how full they are, and when they reach the limit. */
export function queuesSection(data: ReportData): Html {
  const { replay, chart } = data;
  const { queues } = replay;
  if (queues.length === 0) return section("queues-section", "Queues", html`<p>None.</p>`);
  const drawn = worstQueues(chart.queues);
  return section(
    "queues-section",
    "Queues",
    table(
      "queues",
      "Rings of the recording: how full, how fast, how long until the limit",
      HEADINGS,
      queues.map((queue, index) => row(queue, index, drawn.indexOf(index), data)),
    ),
  );
}

function row(queue: QueueReport, index: number, slot: number, data: ReportData): Html {
  const { chunks, auxBytes, lastTail, lastTailExact, lastTailWindow, headroomBytes } = queue;
  const { bytesPerSecond, secondsToLimit, secondsLeft, flaggedTails, recorder } = queue;
  const name = queueName(queue);
  const window = lastTailWindow === null
    ? null
    : html`<br><small>${position(lastTailWindow[0], true)} to ${
      position(lastTailWindow[1], true)
    }</small>`;
  const room = headroomBytes === null
    ? null
    : html`${bytes(headroomBytes)} <small>${
      percent(headroomBytes, Number(data.replay.limit.maxTail) + 1)
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
        `}>${swatch(slot < 0 ? null : slot)}</label></td><th scope="row">${name}</th>${figure(
          count(chunks),
        )}${figure(bytes(auxBytes))}${figure(
          lastTail === null ? null : html`${position(lastTail, lastTailExact)}${window}`,
        )}${figure(room)}${figure(
          bytesPerSecond === null ? null : `${bytes(Math.round(bytesPerSecond))}/s`,
        )}${figure(secondsToLimit === null ? null : formatSeconds(secondsToLimit))}${figure(
          secondsLeft === null ? null : formatSeconds(secondsLeft),
        )}${figure(count(flaggedTails))}<td>${RECORDERS[recorder]}</td></tr>
  `;
}
