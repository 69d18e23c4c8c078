import { assertEquals } from "@std/assert";
import type { PacketSummary } from "../../packets/mod.ts";
import { summaryJson, summaryLines } from "./_packet_summary.ts";

const COUNTS = {
  bytes: 20,
  packets: 3,
  byKind: { "PAD": 1, "TNT": 2 },
  bytesByKind: { "PAD": 4, "TNT": 16 },
  syncPoints: null,
  damagedBytes: 5,
  skippedBytes: 6,
  marks: {},
  time: null,
};

function summaryOf(...queues: readonly Record<string, unknown>[]): PacketSummary {
  return {
    queues: queues.map((queue, idx) => ({
      idx,
      cpu: idx,
      tid: null,
      type: "intel_pt",
      ...COUNTS,
      ...queue,
    })),
    totals: { ...COUNTS, packets: 33, syncPoints: 7 },
  } as unknown as PacketSummary;
}

const cells = (line: string) => line.trim().split(/ {1,}/);

Deno.test("summaryLines() has a line for a queue, and its kinds, the most frequent first", () => {
  const lines = [...summaryLines(summaryOf({}))];
  assertEquals(lines.slice(1).map(cells), [
    ["0", "0", "-", "20", "3", "-", "5", "6", "-"],
    [""],
    ["queue", "0:", "cpu", "0,", "tid", "-,", "intel_pt"],
    ["kind", "packets", "bytes"],
    ["TNT", "2", "16"],
    ["PAD", "1", "4"],
  ]);
});

Deno.test("summaryLines() has a total where there are several queues", () => {
  const lines = [...summaryLines(summaryOf({}, { idx: null, cpu: null, tid: 9 }))].map(cells);
  assertEquals(lines.slice(1, 4), [
    ["0", "0", "-", "20", "3", "-", "5", "6", "-"],
    ["-", "-", "9", "20", "3", "-", "5", "6", "-"],
    ["total", "20", "33", "7", "5", "6", "-"],
  ]);
  const titles = lines.filter(([first]) => first === "queue" || first === "total").slice(1);
  assertEquals(titles.map((title) => title.join(" ")), [
    "total 20 33 7 5 6 -",
    "queue 0: cpu 0, tid -, intel_pt",
    "queue -: cpu -, tid 9, intel_pt",
    "total",
  ]);
});

Deno.test("summaryLines() lists marks with their bytes where those are known, and no empty tables", () => {
  const marks = { gap: { count: 2, bytes: 30 }, overlap: { count: 1, bytes: null } };
  const lines = [...summaryLines(summaryOf({ byKind: {}, marks }))].map(cells);
  assertEquals(lines.slice(4), [["mark", "times", "bytes"], ["gap", "2", "30"], [
    "overlap",
    "1",
    "-",
  ]]);
  assertEquals([...summaryLines(summaryOf({ byKind: {} }))].length, 4);
});

Deno.test("summaryLines() and summaryJson() have times in seconds, and ticks as they are", () => {
  const ns = { unit: "ns", first: 1_000_000_001n, last: 2n ** 63n };
  const ticks = { unit: "ticks", first: 1n, last: 2n ** 64n - 1n };
  const times = (time: unknown) => cells([...summaryLines(summaryOf({ time }))][1]!).slice(8);
  assertEquals(times(ns), ["1.000000001", "to", "9223372036.854775808"]);
  assertEquals(times(ticks), ["1", "to", "18446744073709551615", "ticks"]);
  const json = (time: unknown) =>
    (summaryJson(null, summaryOf({ time }), [])["queues"] as { time: unknown }[])[0]!.time;
  assertEquals(json(ns), { firstNs: "1000000001", lastNs: "9223372036854775808" });
  assertEquals(json(ticks), { firstTicks: "1", lastTicks: "18446744073709551615" });
  assertEquals(json(null), null);
  assertEquals(summaryJson(null, summaryOf(), [])["schema"], "auxtail.packets/1");
});
