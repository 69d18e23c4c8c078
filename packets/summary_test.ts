import { assertEquals } from "@std/assert";
import { FACTS } from "../testing/parts_decoding.ts";
import { payloadBytes, payloadMark } from "../testing/printed_packets.ts";
import { ptPsb, ptTnt, ptTsc } from "../testing/pt_packets.ts";
import { filteredSummary } from "./filtered_summary.ts";
import { EVERYTHING } from "./packet_printer.ts";
import { payloadFormat } from "./payload_format.ts";
import type { PayloadItem } from "./payload_item.ts";
import type { PayloadQueue } from "./payload_recording.ts";
import { packetSummary, SummaryCounter } from "./summary.ts";

/** A tick is a nanosecond. */
const CLOCK = { timeShift: 0n, timeMult: 1n, timeZero: 0n };
const FORMAT = payloadFormat({ ...FACTS, type: "intel_pt", time: CLOCK });
const TICKS = payloadFormat({ ...FACTS, type: "intel_pt" });

function queueOf(...items: readonly PayloadItem[]): PayloadQueue {
  return { idx: 0, cpu: 0, tid: null, items: () => items.values() as Generator<PayloadItem> };
}

/** A stream with these readings of the clock, whose upper byte `reference` tells. */
function stream(reference: bigint, ...ticks: readonly bigint[]): PayloadItem {
  const bytes = [...ptPsb, ...ptTnt("T"), ...ticks.flatMap((tick) => ptTsc(tick))];
  return payloadBytes(Uint8Array.from(bytes), { reference });
}

/** By the scans, and by the cursor with a filter that lets everything through. */
const SUMMARIES = [
  packetSummary,
  (...[queues, format]: Parameters<typeof packetSummary>) =>
    filteredSummary(queues, format, EVERYTHING),
];
const TOP = 2n ** 56n;

Deno.test("packetSummary() takes no time of a stream into the next, which has another reference", () => {
  for (const summary of SUMMARIES) {
    const { queues } = summary({ queues: [queueOf(stream(TOP, 5n), stream(3n * TOP))] }, FORMAT);
    assertEquals(queues[0]!.time, { unit: "ns", first: TOP + 5n, last: TOP + 5n });
    const two = queueOf(stream(3n * TOP), stream(2n * TOP, 9n, 7n), stream(TOP, 5n, 6n));
    const { time } = summary({ queues: [two] }, FORMAT).totals;
    assertEquals(time, { unit: "ns", first: TOP + 5n, last: 2n * TOP + 9n });
  }
});

Deno.test("packetSummary() takes no time of a queue into the next, but all into the totals", () => {
  for (const summary of SUMMARIES) {
    const queues = [queueOf(stream(0n, 50n, 60n)), queueOf(stream(0n)), queueOf(stream(0n, 7n))];
    const counted = summary({ queues }, FORMAT);
    assertEquals(counted.queues.map(({ time }) => time), [
      { unit: "ns", first: 50n, last: 60n },
      null,
      { unit: "ns", first: 7n, last: 7n },
    ]);
    assertEquals(counted.totals.time, { unit: "ns", first: 7n, last: 60n });
    assertEquals(summary({ queues }, TICKS).totals.time, { unit: "ticks", first: 7n, last: 60n });
  }
});

Deno.test("packetSummary() sums up packets, bytes and marks of streams and queues", () => {
  const items = [
    stream(0n, 1n),
    payloadMark("gap", 25n, 5),
    payloadMark("gap", 30n, 7),
    payloadMark("gap", 37n),
    payloadMark("truncated", 37n),
    payloadBytes(Uint8Array.from([0xff, 1, 2])),
    stream(0n),
  ];
  for (const summary of SUMMARIES) {
    const { queues, totals } = summary({ queues: [queueOf(...items), queueOf(...items)] }, TICKS);
    const [first] = queues;
    assertEquals([first!.bytes, first!.packets, first!.syncPoints], [25 + 3 + 17, 5, 2]);
    assertEquals(first!.byKind, { TNT: 2, TSC: 1, PSB: 2 });
    assertEquals(first!.bytesByKind, { TNT: 2, TSC: 8, PSB: 32 });
    assertEquals([first!.damagedBytes, first!.skippedBytes], [0, 3]);
    assertEquals(first!.marks, {
      skipped: { count: 1, bytes: 3 },
      gap: { count: 3, bytes: 12 },
      truncated: { count: 1, bytes: null },
    });
    assertEquals([totals.bytes, totals.packets, totals.syncPoints], [90, 10, 4]);
    assertEquals(totals.byKind, { TNT: 4, TSC: 2, PSB: 4 });
    assertEquals(totals.marks, {
      skipped: { count: 2, bytes: 6 },
      gap: { count: 6, bytes: 24 },
      truncated: { count: 2, bytes: null },
    });
  }
});

Deno.test("packetSummary() tells bad bytes and cut packets from skipped ones", () => {
  const bytes = Uint8Array.from([...ptPsb, 0x05, 0xaa, 0xbb, ...ptPsb, 0x19, 1]);
  const [queue] = packetSummary({ queues: [queueOf(payloadBytes(bytes))] }, TICKS).queues;
  assertEquals([queue!.damagedBytes, queue!.skippedBytes], [1 + 2, 2]);
  assertEquals(queue!.marks, {
    bad: { count: 1, bytes: 1 },
    skipped: { count: 1, bytes: 2 },
    cut: { count: 1, bytes: 2 },
  });
});

Deno.test("SummaryCounter joins the times of pieces in the order of the stream", () => {
  const counter = new SummaryCounter(FORMAT);
  const none = new Float64Array(FORMAT.kindNames.length);
  const piece = (first: bigint | null, last: bigint | null, continues: boolean) => {
    const time = first === null || last === null ? null : { unit: "ns", first, last } as const;
    counter.add({ packets: none, bytes: none, time }, { continues });
    return counter.counts().time;
  };
  assertEquals(piece(10n, 20n, false), { unit: "ns", first: 10n, last: 20n });
  assertEquals(piece(null, null, true), { unit: "ns", first: 10n, last: 20n });
  assertEquals(piece(30n, 15n, true), { unit: "ns", first: 10n, last: 15n });
  assertEquals(piece(null, null, false), { unit: "ns", first: 10n, last: 15n });
  assertEquals(piece(3n, 4n, true), { unit: "ns", first: 3n, last: 15n });
});
