import { errorWords, remedyFor } from "../../auxtrace/internal.ts";
import type { LossKind, LossReport } from "../../auxtrace/mod.ts";
import type { AuxtraceType } from "../../parsers/perf/mod.ts";
import type { ChartMarkKind, ReportData } from "../data.ts";
import { type Html, html, type HtmlValue } from "../html.ts";
import { MARK_KINDS, MARK_STYLES } from "../mark_kinds.ts";
import { bytes, count, counted } from "../words.ts";
import { hex, queueName } from "../../text/mod.ts";
import { figures, htmlTable, markCount, markIcon, section, timeOf } from "./_parts.ts";

/** Losses of one kind that are listed. */
const LISTED = 50;
/** Remedies of one kind that are shown: they differ in the size of the AUX buffer. */
const REMEDIES = 3;

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
  const remediesOf = (kind: LossKind) => {
    const known = losses.filter((loss) => loss.kind === kind).map(({ remedy }) => remedy);
    if (known.length === 0) known.push(remedyFor({ kind, queue: null }, { basis, type }));
    return [...new Set(known)].slice(0, REMEDIES);
  };
  const events = html`<br><small>${counted(totals.lostEvents, "event")}</small>`;
  return htmlTable(
    "loss-kinds",
    "What happened, and what to do",
    [
      ["Kind", markName, "name"],
      ["Times", (kind) => [count(lossCounts[kind]), kind === "lost" ? events : null]],
      ["What to do", (kind) => remediesOf(kind).map((remedy) => html`<p>${remedy}</p>`), "text"],
    ],
    kinds,
    (kind) => ({ "data-loss": kind }),
  );
}

function lossTable(kinds: readonly LossKind[], { replay, chart: { axis } }: ReportData): Html {
  const { lossCounts, losses, queues } = replay;
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
  return htmlTable(
    "losses",
    `Where and when${shown}`,
    [
      ["Queue", ownerOf, "plain"],
      ["Kind", ({ kind }) => markName(kind), "plain"],
      ["In the file", ({ fileOffset }) => hex(fileOffset)],
      ["From", ({ from }) => from === null ? null : hex(from)],
      ["To", ({ to }) => to === null ? null : hex(to)],
      [
        "Size",
        ({ from, to }) => from === null || to === null ? null : bytes(Math.abs(Number(to - from))),
      ],
      ["Time", ({ timeNs }) => timeOf(timeNs, axis.startNs)],
      ...(kinds.includes("error")
        ? [
          ["perf says", ({ kind, error }: Place) =>
            kind === "error" ? errorWords(error ?? null) : null, "text"] as const,
        ]
        : []),
    ],
    rows,
  );
}

type Place = Omit<LossReport, "remedy" | "error"> & Partial<Pick<LossReport, "error">>;

function ownerOf({ queue: idx, cpu, tid }: Place): string {
  return idx === null && cpu === null && tid === null ? "-" : queueName({ idx, cpu, tid });
}

function markName(kind: ChartMarkKind): HtmlValue {
  return [markIcon(kind), " ", MARK_STYLES[kind].name];
}

/** What no record tells of as a loss. */
function otherLosses(data: ReportData): Html[] {
  const { packets, replay: { totals, input, queues, verdict } } = data;
  const stopped = queues.some(({ recorder }) => recorder === "stopped-by-limit");
  const one = (value: number, single: string, many: string) => value === 1 ? single : many;
  const places = [
    ["Cut", input.cut],
    ["Damage", input.damage],
    ["Another recording", input.secondRecording],
  ] as const;
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
      seekBytes(packets),
      "bytes of the payload come before a place where a decoder can start" +
      (packets?.type === "cs_etm" ? ", or before a trace ID" : ""),
    ],
    [null, input.trailingBytes, "bytes after the last record are no records"],
  ];
  return [
    ...places.flatMap(([name, place]) =>
      place === null
        ? []
        : [item(null, name, `at ${hex(place.fileOffset)}: ${place.reason}; ${place.cure}`)]
    ),
    ...counts.filter(([, times]) => times > 0)
      .map(([kind, times, text]) => item(kind, count(times), text)),
  ];
}

/** Bytes that are skipped in search of a sync point, rather than for want of a decoder. */
function seekBytes(packets: ReportData["packets"]): number {
  if (packets === null) return 0;
  return packets.undecoded.reduce((so, { bytes }) => so - bytes, packets.totals.skippedBytes);
}

function item(kind: ChartMarkKind | null, strong: string, text: string): Html {
  const icon = kind === null ? html`<span class="mark"></span>` : markIcon(kind);
  return html`<li>${icon} <span><strong>${strong}</strong> ${text}</span></li>`;
}
