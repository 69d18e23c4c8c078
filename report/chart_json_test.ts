import { assertEquals } from "@std/assert";
import { decodeChart, encodeChart } from "./chart_json.ts";
import type { ChartData, TailBuckets } from "./data.ts";

function buckets(stride: number, columns: readonly number[][]): TailBuckets {
  const [first, last, min, max] = columns.map((column) => Float64Array.from(column));
  return { stride, first: first!, last: last!, min: min!, max: max! };
}

/** IEEE 754: 1 is 0x3ff0…, 2 is 0x4000…; little endian, in base64. */

const ONE_TWO = "AAAAAAAA8D8AAAAAAAAAQA==";

function chartOf(tails: TailBuckets, heads: TailBuckets, startNs: bigint | null): ChartData {
  return {
    axis: { kind: startNs === null ? "file" : "time", from: 0, to: 2, startNs },
    limit: 2 ** 32,
    queues: [{
      idx: null,
      cpu: 0,
      tid: 7,
      tails,
      heads,
      marks: [
        { kind: "gap", from: 0, to: 1, count: 3, position: null },
        { kind: "flagged", from: 2, to: 2, count: 1, position: 2 ** 32 },
      ],
    }],
  };
}

Deno.test("encodeChart() writes two columns where each bucket is a tail, else four", () => {
  const single = buckets(1, [[1], [1], [2], [2]]);
  const pairs = buckets(2, [[1], [2], [1], [2]]);
  const json = JSON.parse(encodeChart({ chart: chartOf(single, pairs, 5n), packets: null }));
  assertEquals(json.axis.startNs, "5");
  const [{ marks, ...queue }] = json.queues;
  assertEquals(queue, {
    idx: null,
    cpu: 0,
    tid: 7,
    stride: 1,
    tails: ONE_TWO,
    headStride: 2,
    // 1, 2, 1, 2
    heads: "AAAAAAAA8D8AAAAAAAAAQAAAAAAAAPA/AAAAAAAAAEA=",
  });
  assertEquals(marks, [["gap", 0, 1, 3, null], ["flagged", 2, 2, 1, 2 ** 32]]);
});

Deno.test("decodeChart() gives back every number, at the edges of doubles too", () => {
  const numbers = [0, -0, 5e-324, 2 ** 53 - 1, 2 ** 64, Number.MAX_VALUE];
  const single = buckets(1, [numbers, numbers, numbers.toReversed(), numbers.toReversed()]);
  const four = buckets(4, [numbers, numbers.toReversed(), numbers, numbers.toReversed()]);
  const none = buckets(1, [[], [], [], []]);
  for (const [tails, heads] of [[single, four], [four, none], [none, single]] as const) {
    for (const startNs of [null, 0n, 2n ** 64n - 1n]) {
      const chart = chartOf(tails, heads, startNs);
      assertEquals(decodeChart(encodeChart({ chart, packets: null })), { chart, packets: null });
    }
  }
});

Deno.test("encodeChart() of packets has what is drawn, and nothing that ends a script", () => {
  const bin = { from: 0, to: 1, counts: [2] };
  const queue = { idx: 0, cpu: 1, tid: null, bins: [bin] };
  const packets = { type: "</script>", kinds: ["<!--"], queues: [{ ...queue, counts: "unused" }] };
  const chart = {
    axis: chartOf(buckets(1, [[1], [1], [1], [1]]), buckets(1, [[], [], [], []]), null).axis,
    limit: 1,
    queues: [],
  };
  const text = encodeChart({ chart, packets });
  assertEquals(text.includes("<"), false);
  assertEquals(decodeChart(text).packets, { ...packets, queues: [queue] });
});
