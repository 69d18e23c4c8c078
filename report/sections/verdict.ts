import { formatSeconds, formatTime, mayFit } from "../../auxtrace/conclusion.ts";
import type { FlaggedTail, QueueReport, ReplayReport, Verdict } from "../../auxtrace/mod.ts";
import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { bytes, counted, hex, position, queueName, sinceStart } from "../words.ts";

const BADGES: Readonly<Record<Verdict, string>> = {
  "fits": "Fits",
  "exceeds": "Exceeds",
  "incomplete": "Not proven",
  "not-applicable": "No limit",
  "no-aux": "No AUX data",
};

const ICONS: Readonly<Record<Verdict, string>> = {
  "fits": "M3 8.5L6.5 12L13 4.5",
  "exceeds": "M4 4L12 12M4 12L12 4",
  "incomplete": "M8 3V9.5M8 12V13",
  "not-applicable": "M3 8H13",
  "no-aux": "M3 8H13",
};

/** The answer: in a sentence, in the words of the replay, and in a few figures. */
export function verdictSection(data: ReportData): Html {
  const { replay } = data;
  const { verdict, conclusion, advice, notes } = replay;
  return html`
    <section id="answer" class="${verdict}" aria-labelledby="verdict">
    <h2 id="verdict" tabindex="-1" data-verdict="${verdict}"><span class="badge"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${ICONS[
      verdict
    ]}"/></svg>${BADGES[verdict]}</span> <span>${headline(replay)}</span></h2>
    <p id="conclusion">${conclusion}</p>
    ${advice === null ? null : html`<p class="advice">${advice}</p>`}
    ${figures(data)}
    ${notes.length === 0
      ? null
      : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    </section>
  `;
}

function headline({ verdict, limit, queues, totals }: ReplayReport): string {
  const { bits, maxTail } = limit;
  switch (verdict) {
    case "fits":
      return queues.some(({ lastTail }) => lastTail !== null && lastTail > maxTail)
        ? "No tail of this recording is refused."
        : `This recording is within ${bits} bits.`;
    case "exceeds":
      if (queues.some(({ recorder }) => recorder === "stopped-by-limit")) {
        return `The limit of ${bits} bits stopped this recording.`;
      }
      if (queues.every((queue) => queue.firstFlagged === null || mayFit(queue, maxTail))) {
        return `This recording may need more than ${bits} bits.`;
      }
      return bits === 32
        ? "A 32-bit perf could not have made this recording."
        : `This recording goes beyond ${bits} bits.`;
    case "incomplete":
      return `Within ${bits} bits as far as it goes, but the recording is cut.`;
    case "not-applicable":
      return "This recording stores no tails, so it has no limit.";
    case "no-aux":
      return totals.auxRecords > 0 ? "No AUX bytes were recorded." : "There is nothing to judge.";
  }
}

function figures(data: ReportData): Html {
  const { replay } = data;
  const first = replay.flagged[0];
  const parts = first === undefined ? headroomFigures(replay) : stopFigures(data, first);
  const { queues, auxBytes } = replay.totals;
  if (queues > 0) parts.push(["AUX data", bytes(auxBytes), `in ${counted(queues, "queue")}`]);
  return html`<dl class="figures">${
    parts.map(([name, value, more]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}${more === "" ? null : html`
            <small>${more}</small>
          `}</dd>
        </div>
      `
    )
  }</dl>`;
}

type Figure = [name: string, value: string, more: string];

function stopFigures({ replay, chart }: ReportData, first: FlaggedTail): Figure[] {
  const queue = replay.queues.find(({ idx, firstFlagged }) =>
    idx === first.queue && firstFlagged?.fileOffset === first.fileOffset
  );
  const { startNs } = chart.axis;
  const when: Figure[] = first.timeNs === null ? [] : [[
    "When",
    startNs === null ? `${formatTime(first.timeNs)}\u00a0s` : sinceStart(first.timeNs, startNs),
    startNs === null ? "by its clock" : "after its start",
  ]];
  const { flaggedTails, bytesAfterLimit } = replay.totals;
  return [
    ["It stops at the tail", position(first.tail, first.tailExact), ""],
    ["Where", queue === undefined ? "" : queueName(queue), `file ${hex(first.fileOffset)}`],
    ...when,
    ["Refused", counted(flaggedTails, "tail"), ""],
    ["Recorded after that", bytes(bytesAfterLimit), "in queues over the limit"],
  ];
}

function headroomFigures({ queues }: ReplayReport): Figure[] {
  const withTail = queues.filter(({ headroomBytes }) => headroomBytes !== null);
  const [one, ...others] = withTail;
  if (one === undefined) return [];
  const fullest = others.reduce(
    (a: QueueReport, b) => b.headroomBytes! < a.headroomBytes! ? b : a,
    one,
  );
  const { lastTail, lastTailExact, headroomBytes, secondsLeft } = fullest;
  return [
    ["Highest tail", position(lastTail!, lastTailExact), queueName(fullest)],
    ["Room to the limit", bytes(headroomBytes!), ""],
    ...(secondsLeft === null
      ? []
      : [["Time to the limit", formatSeconds(secondsLeft), "at its rate"] as Figure]),
  ];
}

/** What the recording is, in one line under its name. */
export function recordingLine({ replay, size }: ReportData): string {
  const { input, recording } = replay;
  return [
    ...(recording.auxtraceType === null ? [] : [recording.auxtraceType]),
    recording.mode === "none" ? "no AUX data" : `${recording.mode} mode`,
    ...(recording.arch === null ? [] : [recording.arch]),
    ...(recording.hostname === null ? [] : [recording.hostname]),
    input.finalised || input.container === "pipe"
      ? input.container
      : `${input.container}, not finalised`,
    ...(Number.isFinite(size) ? [bytes(size)] : []),
  ].join(" \u00b7 ");
}
