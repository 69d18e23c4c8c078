import { containerWords, mayFit, traceWords } from "../../auxtrace/internal.ts";
import type {
  DamagedPlace,
  FlaggedTail,
  QueueReport,
  ReplayReport,
  Verdict,
} from "../../auxtrace/mod.ts";
import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { bytes, counted, duration, position, sinceStart } from "../words.ts";
import { formatSeconds, formatTime, hex, queueName } from "../../text/mod.ts";
import { type Figure, figures } from "./_parts.ts";

/** The word of each verdict, and the path of its icon. */
const BADGES: Readonly<Record<Verdict, readonly [word: string, icon: string]>> = {
  "fits": ["Fits", "M3 8.5L6.5 12L13 4.5"],
  "exceeds": ["Exceeds", "M4 4L12 12M4 12L12 4"],
  "incomplete": ["Not proven", "M8 3V9.5M8 12V13"],
  "not-applicable": ["No limit", "M3 8H13"],
  "no-aux": ["No AUX data", "M3 8H13"],
};

/** The answer: in a sentence, in the words of the replay, in figures, and who refuses and why. */
export function verdictSection(data: ReportData): Html {
  const { replay } = data;
  const { verdict, conclusion, advice, notes, totals } = replay;
  const tone = verdict === "fits" && totals.presentBytes === 0 ? "incomplete" : verdict;
  return html`
    <section id="answer" class="${tone}" aria-labelledby="verdict">
    <h2 id="verdict" tabindex="-1" data-verdict="${verdict}"><span class="badge"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${BADGES[
      tone
    ][1]}"/></svg>${badge(replay)}</span> <span>${headline(replay)}</span></h2>
    <p id="conclusion">${conclusion}</p>
    ${advice === null ? null : html`<p class="advice">${advice}</p>`}
    ${figures(answerFigures(data))}
    ${judgementList(replay)}
    ${notes.length === 0
      ? null
      : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    </section>
  `;
}

function badge({ verdict, totals }: ReplayReport): string {
  if (verdict !== "fits") return BADGES[verdict][0];
  if (totals.presentBytes === 0) return "No data";
  return totals.flaggedTails > 0 ? "Not refused" : BADGES.fits[0];
}

function headline(replay: ReplayReport): string {
  const { verdict, limit: { bits, maxTail }, queues, totals, input, judgement } = replay;
  const { flaggedTails, missingBytes, presentBytes } = totals;
  const { silent } = replay.lossCounts;
  const them = flaggedTails === 1 ? "it" : "them";
  const needs = `${counted(flaggedTails, "tail needs", "tails need")} more than ${bits} bits`;
  switch (verdict) {
    case "fits":
      if (flaggedTails > 0) {
        return judgement.released.refuses === null
          ? `${needs}; whether ${perfName(replay)} refuses ${them} is not known.`
          : `${needs}; ${perfName(replay)} stores ${them}.`;
      }
      if (presentBytes === 0) return "This file holds none of the trace data.";
      if (missingBytes > 0) {
        return `What this file holds is within ${bits} bits; ${bytes(missingBytes)} are missing.`;
      }
      return silent > 0
        ? `Within ${bits} bits, but the kernel stopped ${counted(silent, "queue")} on the way.`
        : `This recording is within ${bits} bits.`;
    case "exceeds":
      if (queues.some(({ recorder }) => recorder === "stopped-by-limit")) {
        return `The limit of ${bits} bits stopped this recording.`;
      }
      if (queues.every((queue) => queue.firstFlagged === null || mayFit(queue, maxTail))) {
        return `This recording may need more than ${bits} bits.`;
      }
      return queues.some(({ recorder }) => recorder === "not-limited")
        ? `${needs}: ${perfName(replay)} refuses ${them}, the one that made this recording did not.`
        : `${needs}: ${perfName(replay)} refuses ${them}.`;
    case "incomplete":
      if (input.cut === null) return "A position of this recording is damaged: nothing is proven.";
      return flaggedTails > 0
        ? `${needs}, and the recording is ${cutWord(input.cut)}.`
        : `Within ${bits} bits as far as it goes, but the recording is ${cutWord(input.cut)}.`;
    case "not-applicable":
      return "This recording stores no tails, so it has no limit.";
    case "no-aux":
      return "There is nothing to judge.";
  }
}

function cutWord({ fault }: DamagedPlace): string {
  return fault === "truncated" ? "cut" : "damaged";
}

/** The perf that the verdict is about. */
function perfName(
  { perf, limit: { bits }, judgement: { released: { arch } } }: ReplayReport,
): string {
  if (bits !== 32) return `an accessor of ${bits} bits`;
  if (perf === "generic") return "a 32-bit perf with the v4 patch";
  return `a released 32-bit perf${arch === null ? "" : ` on ${arch}`}`;
}

/** Who refuses a tail of the recording, and why. */
function judgementList(
  { judgement: { generic, released }, perf, recording, verdict }: ReplayReport,
): Html {
  const on = released.arch === null ? "" : ` on ${released.arch}`;
  const mayRefuse = recording.mode === "full" || verdict === "incomplete";
  const rows = [
    ["generic", "32-bit perf with the v4 patch", generic],
    ["released", `Released 32-bit perf (5.15 or later)${on}`, released],
  ] as const;
  return html`<dl id="judgement" class="judgement">${
    rows.map(([key, name, { refuses, why }]) =>
      html`
        <div data-perf="${key}">
          <dt>${name}${key === perf
            ? html`
              <small>the verdict is about this one</small>
            `
            : null}</dt>
          <dd><strong>${refuses === null
            ? mayRefuse ? "Not known." : "Nothing to refuse."
            : refuses
            ? "Refuses."
            : "Refuses nothing."}</strong> ${why}</dd>
        </div>
      `
    )
  }</dl>`;
}

function answerFigures(data: ReportData): Figure[] {
  const { flagged, totals, queues } = data.replay;
  const [first] = flagged;
  const parts = first === undefined ? headroomFigures(queues) : flaggedFigures(data, first);
  if (totals.queues > 0) {
    parts.push(["AUX data", bytes(totals.presentBytes), `in ${counted(totals.queues, "queue")}`]);
  }
  if (totals.missingBytes > 0) {
    parts.push(["Missing", bytes(totals.missingBytes), "announced, not in this file"]);
  }
  return parts;
}

function flaggedFigures({ replay, chart }: ReportData, first: FlaggedTail): Figure[] {
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
    ["First flagged tail", position(first.tail, first.tailExact), ""],
    ["Where", queue === undefined ? "" : queueName(queue), `file ${hex(first.fileOffset)}`],
    ...when,
    ["Flagged", counted(flaggedTails, "tail"), ""],
    ["Present after that", bytes(bytesAfterLimit), "in queues over the limit"],
  ];
}

const MAX = Number.MAX_VALUE;

/** Of the queue that reaches the limit first; where no time is known, of the fullest. */
function headroomFigures(queues: readonly QueueReport[]): Figure[] {
  const [first] = queues.filter(({ headroomBytes }) => headroomBytes !== null).toSorted((a, b) =>
    (a.secondsLeft ?? MAX) - (b.secondsLeft ?? MAX) || a.headroomBytes! - b.headroomBytes!
  );
  if (first === undefined) return [];
  const { lastTail, lastTailExact, headroomBytes, secondsLeft, observedSeconds } = first;
  return [
    ["Last tail", position(lastTail!, lastTailExact), queueName(first)],
    ["Headroom", bytes(headroomBytes!), ""],
    ...(secondsLeft === null ? [] : [
      [
        "Time left",
        formatSeconds(secondsLeft),
        `at the rate seen over ${duration(observedSeconds!)}`,
      ] as const,
    ]),
  ];
}

/** What the recording is, in one line under its name. */
export function recordingLine({ replay, size }: ReportData): string {
  const { input, recording } = replay;
  return [
    ...traceWords(recording),
    ...(recording.arch === null ? [] : [recording.arch]),
    ...(recording.hostname === null ? [] : [recording.hostname]),
    ...containerWords(input),
    bytes(size),
  ].join(" \u00b7 ");
}
