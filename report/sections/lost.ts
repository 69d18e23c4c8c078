import { remedyFor } from "../../auxtrace/internal.ts";
import type { LossKind, LossReport } from "../../auxtrace/mod.ts";
import type { AuxtraceType } from "../../parsers/perf/mod.ts";
import type { ChartMarkKind, ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { MARK_KINDS, MARK_STYLES } from "../mark_kinds.ts";
import { bytes, count, counted, hex, queueName } from "../words.ts";
import {
  figure,
  figures,
  type Heading,
  markCount,
  markIcon,
  section,
  table,
  timeOf,
} from "./_parts.ts";

/** Losses of one kind that are listed. */
const LISTED = 50;
/** Remedies of one kind that are shown: they differ in the size of the AUX buffer. */
const REMEDIES = 3;

const HEADINGS: readonly Heading[] = [
  ["Queue"],
  ["Kind"],
  ["In the file", "number"],
  ["From", "number"],
  ["To", "number"],
  ["Size", "number"],
  ["Time", "number"],
];

/** The ledger of `auxtail replay`: bytes that are missing, losses by kind, and what to do. */
export function lostSection(data: ReportData): Html {
  const { totals, recording, lossCounts } = data.replay;
  const kinds = MARK_KINDS.toReversed().filter((kind): kind is LossKind =>
    lossCounts[kind as LossKind] > 0
  );
  const others = otherLosses(data);
  const nothing = recording.mode === "none"
    ? "There is no AUX data that could be lost."
    : "Nothing, as far as the recording tells.";
  return section("lost", "What was lost", [
    recording.mode === "full"
      ? figures([
        ["Announced", bytes(totals.announcedBytes), "by AUX records"],
        ["Present", bytes(totals.presentBytes), "in this file, padding included"],
        ["Missing", bytes(totals.missingBytes), "announced, but not in this file"],
      ])
      : null,
    kinds.length > 0 ? [kindTable(kinds, data), lossTable(kinds, data)] : null,
    others.length > 0 ? html`<ul class="losses">${others}</ul>` : null,
    kinds.length + others.length === 0 && totals.missingBytes === 0
      ? html`<p>${nothing}</p>`
      : null,
  ]);
}

function kindTable(kinds: readonly LossKind[], { replay }: ReportData): Html {
  const { basis, lossCounts, losses, totals, recording } = replay;
  const type = recording.auxtraceType as AuxtraceType | null;
  return table(
    "loss-kinds",
    "What happened, and what to do",
    [["Kind"], ["Times", "number"], ["What to do"]],
    kinds.map((kind) => {
      const remedies = new Set(
        losses.filter((loss) => loss.kind === kind).map(({ remedy }) => remedy),
      );
      if (remedies.size === 0) {
        remedies.add(remedyFor({ kind, queue: null }, { basis, type }));
      }
      const events = kind === "lost"
        ? html`<br><small>${counted(totals.lostEvents, "event")}</small>`
        : null;
      return html`
        <tr
          data-loss="${kind}"><th scope="row">${markIcon(kind)} ${MARK_STYLES[kind]
            .name}</th>${figure([count(lossCounts[kind]), events])}<td class="text">${[...remedies]
            .slice(0, REMEDIES).map((remedy) => html`<p>${remedy}</p>`)}</td></tr>
      `;
    }),
  );
}

function lossTable(kinds: readonly LossKind[], data: ReportData): Html {
  const { lossCounts, losses, queues } = data.replay;
  const places = queues.flatMap(({ idx, cpu, tid, gaps }) =>
    gaps.map((gap) => ({ queue: idx, cpu, tid, ...gap }))
  ).sort((a, b) => a.fileOffset - b.fileOffset);
  const rows = kinds.flatMap((kind) => {
    const ofKind = (loss: Place) => loss.kind === kind;
    const found: readonly Place[] = places.some(ofKind) ? places : losses;
    return found.filter(ofKind).slice(0, LISTED);
  });
  const all = kinds.reduce((so, kind) => so + lossCounts[kind], 0);
  const shown = rows.length < all ? ` (${count(rows.length)} of ${count(all)})` : "";
  return table(
    "losses",
    `Where and when${shown}`,
    HEADINGS,
    rows.map((loss) => lossRow(loss, data.chart.axis.startNs)),
  );
}

type Place = Omit<LossReport, "remedy">;

function lossRow(
  { queue: idx, cpu, tid, kind, fileOffset, from, to, timeNs }: Place,
  startNs: bigint | null,
): Html {
  const name = idx === null && cpu === null && tid === null ? "-" : queueName({ idx, cpu, tid });
  return html`<tr><td>${name}</td><td>${markIcon(kind)} ${MARK_STYLES[kind].name}</td>${
    figure(hex(fileOffset))
  }${figure(from === null ? null : hex(from))}${figure(to === null ? null : hex(to))}${
    figure(from === null || to === null ? null : bytes(Math.abs(Number(to - from))))
  }${figure(timeOf(timeNs, startNs))}</tr>`;
}

/** What no record tells of as a loss. */
function otherLosses(data: ReportData): Html[] {
  const { packets, replay: { totals, input, queues, verdict } } = data;
  const stopped = queues.some(({ recorder }) => recorder === "stopped-by-limit");
  const one = (value: number, single: string, many: string) => value === 1 ? single : many;
  const places = [["Cut", input.cut], ["Damage", input.damage]] as const;
  const counts: readonly (readonly [ChartMarkKind | null, number, string])[] = [
    [
      "flagged",
      verdict === "exceeds" ? totals.bytesAfterLimit : 0,
      stopped
        ? "bytes are present after the first flagged tail; what came later was not recorded"
        : "bytes or more follow the first flagged tail: a perf that refuses it does not get them",
    ],
    [
      "overflow",
      markCount(data, "overflow"),
      "packets say that the PMU lost some of the trace (overflow)",
    ],
    [
      null,
      totals.tornReadWindows,
      `${one(totals.tornReadWindows, "chunk", "chunks")} crossed a multiple of 4 GiB, where a ` +
      "plain 32-bit read of the head could be torn",
    ],
    [null, packets?.totals.damagedBytes ?? 0, "bytes of the payload are no packets, or cut ones"],
    [
      null,
      packets?.totals.skippedBytes ?? 0,
      "bytes of the payload come before a place where a decoder can start",
    ],
    [null, input.trailingBytes, "bytes after the last record are no records"],
  ];
  return [
    ...places.flatMap(([name, place]) =>
      place === null ? [] : [item(null, name, `at ${hex(place.fileOffset)}: ${place.reason}`)]
    ),
    ...counts.filter(([, times]) => times > 0)
      .map(([kind, times, text]) => item(kind, count(times), text)),
  ];
}

function item(kind: ChartMarkKind | null, strong: string, text: string): Html {
  const icon = kind === null ? html`<span class="mark"></span>` : markIcon(kind);
  return html`<li>${icon} <span><strong>${strong}</strong> ${text}</span></li>`;
}
