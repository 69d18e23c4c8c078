import type { PacketCounts, UndecodedTrace } from "../../packets/mod.ts";
import { undecodedText } from "../../parsers/internal.ts";
import type { PacketQueue, PacketTimeline, ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { bytes, count, percent } from "../words.ts";
import { queueName } from "../../text/mod.ts";
import { htmlTable, section, type TableColumn } from "./_parts.ts";

/** Options of {@linkcode reportBody}. */
export interface BodyOptions {
  /** Whether to leave a place, `#packet-browser`, for looking at packets one by one. */
  readonly packetBrowser?: boolean;
}

/** What was traced: kinds of packets, in all, by queue, and over time. */
export function packetsSection({ packets, replay }: ReportData, options: BodyOptions): Html {
  const browser = options.packetBrowser ? html`<div id="packet-browser"></div>` : null;
  if (packets === null || packets.queues.length === 0) {
    const why = replay.totals.presentBytes > 0 && packets === null
      ? "The payload was not decoded."
      : "There is no payload in this recording.";
    return section("packets", "Packets", html`<p id="packet-none">${why}</p>${browser}`);
  }
  return section("packets", "Packets", [
    undecodedList(packets.undecoded),
    packets.totals.packets > 0 ? overTime(packets) : null,
    kindTable(packets),
    byQueue(packets),
    browser,
  ]);
}

/** What there is no decoder for. */
function undecodedList(traces: readonly UndecodedTrace[]): Html | null {
  if (traces.length === 0) return null;
  const items = traces.map((trace) => {
    return html`<p>${undecodedText(trace)}: ${bytes(trace.bytes)}</p>`;
  });
  return html`
    <div id="packet-undecoded">
      <p>Not all of the payload is decoded:</p>
      ${items}
    </div>
  `;
}

function overTime({ queues, type }: PacketTimeline): Html {
  return html`
    <figure id="packet-chart" aria-labelledby="packet-chart-caption" hidden>
      <p><label>Packets of <select id="packet-queue">${queues.map((queue, index) =>
        html`<option value="${index}">${queueName(queue)}</option>`
      )}</select></label><span id="packet-queue-name" class="on-paper">Packets of ${queueName(
        queues[0]!,
      )}</span></p>
      <div id="packet-plot" role="group"
        aria-label="Parts of the payload: left and right arrow keys go from one to the next"></div>
      <p id="packet-readout" role="status" aria-live="polite"></p>
      <ul id="packet-legend"></ul>
      <figcaption
        id="packet-chart-caption">Packets (${type}) in the order of the payload. Each bar is a part of the payload; all are about the same size. The tables below have the sums.</figcaption>
    </figure>
  `;
}

function kindTable({ totals, kinds, queues, type }: PacketTimeline): Html {
  const rows = kinds.map((kind, index) => ({ kind, index, packets: totals.byKind[kind] ?? null }));
  return html`${
    htmlTable("packet-kinds", `Kinds of packets of all queues (${type})`, [
      ["Kind", ({ kind }) => kind, "name"],
      ["Packets", ({ packets, index }) => count(packets ?? piecesOf(queues, index))],
      ["Share", ({ packets }) => packets === null ? null : percent(packets, totals.packets)],
      ["Bytes", ({ packets, kind }) => packets === null ? null : count(totals.bytesByKind[kind]!)],
    ], rows)
  }<p class="sums">${sums(totals)}</p>`;
}

/** How many pieces of damage there are of a kind. */
function piecesOf(queues: PacketTimeline["queues"], kind: number): number {
  return queues.reduce(
    (so, { bins }) => bins.reduce((sum, { counts }) => sum + (counts[kind] ?? 0), so),
    0,
  );
}

function sums(
  { packets, bytes: size, syncPoints, damagedBytes, skippedBytes }: PacketCounts,
): string {
  return [
    `${count(packets)} packets in ${bytes(size)} of payload`,
    ...(syncPoints === null ? [] : [`${count(syncPoints)} places where a decoder can start`]),
    ...(damagedBytes === 0 ? [] : [`${count(damagedBytes)} bytes that are no packets`]),
    ...(skippedBytes === 0 ? [] : [`${count(skippedBytes)} bytes skipped`]),
  ].join(", ") + ".";
}

function byQueue({ queues, kinds, totals }: PacketTimeline): Html | null {
  if (queues.length < 2) return null;
  const columns = kinds.filter((kind) => Object.hasOwn(totals.byKind, kind));
  return htmlTable("packet-queues", "Packets by queue and kind", [
    ["Queue", queueName, "name"],
    ["Payload", ({ counts }) => bytes(counts.bytes)],
    ["Packets", ({ counts }) => count(counts.packets)],
    ...columns.map((kind): TableColumn<PacketQueue> => [
      kind,
      ({ counts }) => count(counts.byKind[kind] ?? 0),
    ]),
  ], queues);
}
