import { assert, assertEquals } from "@std/assert";
import { coarser, TailCollector, xOfPosition } from "./tail_buckets.ts";

/** Numbers that go up and down, the same in each run. */
function saw(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, (_, i) => {
    state = (state * 48271) % 0x7fffffff;
    return i * 1000 + state % 5000;
  });
}

function collected(tails: readonly number[], most: number) {
  const collector = new TailCollector();
  for (const [i, tail] of tails.entries()) {
    collector.add(tail, { time: i / 8, place: i * 48, most });
  }
  return collector.finish({ kind: "time", origin: 0 }, most);
}

for (const count of [1, 2, 3, 7, 8, 9, 100, 1023, 1024, 1025]) {
  for (const most of [2, 3, 8, 64]) {
    Deno.test(`TailCollector keeps lowest and highest of ${count} tails in ${most} buckets`, () => {
      const tails = saw(count);
      const { stride, first, last, min, max } = collected(tails, most);
      assert(first.length <= most);
      assertEquals(first.length, Math.ceil(count / stride));
      for (let i = 0; i < first.length; i++) {
        const inBucket = tails.slice(i * stride, (i + 1) * stride);
        assertEquals(min[i], Math.min(...inBucket));
        assertEquals(max[i], Math.max(...inBucket));
        assertEquals(first[i], i * stride / 8);
        assertEquals(last[i], (Math.min((i + 1) * stride, count) - 1) / 8);
      }
    });
  }
}

Deno.test("TailCollector gives tails without a time the one before, and the first ones 0", () => {
  const collector = new TailCollector();
  for (const [i, time] of [NaN, NaN, 3, NaN, 5].entries()) {
    collector.add(i, { time, place: i, most: 8 });
  }
  const time = { kind: "time", origin: 1 } as const;
  assertEquals([...collector.finish(time, 8).first], [0, 0, 2, 2, 4]);
  assertEquals([...collector.finish({ kind: "file", origin: 0 }, 8).first], [0, 1, 2, 3, 4]);
  const { first, last } = collector.finish(time, 3);
  assertEquals([[...first], [...last]], [[0, 2, 4], [0, 2, 4]]);
});

Deno.test("coarser() halves the buckets and keeps the extremes", () => {
  const tails = saw(11);
  const { stride, first, last, min, max } = coarser(collected(tails, 64));
  assertEquals([stride, first.length], [2, 6]);
  assertEquals([...min], [0, 1, 2, 3, 4, 5].map((i) => Math.min(...tails.slice(i * 2, i * 2 + 2))));
  assertEquals([...max], [0, 1, 2, 3, 4, 5].map((i) => Math.max(...tails.slice(i * 2, i * 2 + 2))));
  assertEquals([first[5], last[0], last[5]], [10 / 8, 1 / 8, 10 / 8]);
});

Deno.test("xOfPosition() interpolates between tails", () => {
  const tails = collected([100, 300, 300, 700], 8);
  assertEquals(xOfPosition(tails, 50), 0);
  assertEquals(xOfPosition(tails, 200), 0.5 / 8);
  assertEquals(xOfPosition(tails, 500), 2.5 / 8);
  assertEquals(xOfPosition(tails, 900), 3 / 8);
  assertEquals(xOfPosition(collected([], 8), 900), 0);
});

Deno.test("xOfPosition() is exact at tails, between buckets, and where tails stand still", () => {
  const x = (...xs: number[]) => Float64Array.from(xs);
  // 10..20 from 0 to 1, 30..40 from 2 to 3, then 40 again.
  const tails = {
    stride: 2,
    first: x(0, 2, 4),
    last: x(1, 3, 5),
    min: x(10, 30, 40),
    max: x(20, 40, 40),
  };
  const at = [9, 10, 19, 20, 25, 30, 35, 40, 41].map((position) => xOfPosition(tails, position));
  assertEquals(at, [0, 0, 0, 1, 1.5, 2, 2.5, 3, 5]);
  const still = { stride: 1, first: x(0, 1), last: x(0, 1), min: x(5, 5), max: x(5, 5) };
  assertEquals([4, 5, 6].map((position) => xOfPosition(still, position)), [0, 0, 1]);
});

Deno.test("coarser() keeps the last bucket of an odd number as it is", () => {
  const tails = collected([5, 3, 9], 8);
  const { first, last, min, max } = coarser(tails);
  assertEquals([[...first], [...last]], [[0, 2 / 8], [1 / 8, 2 / 8]]);
  assertEquals([[...min], [...max]], [[3, 9], [5, 9]]);
});

Deno.test("TailCollector fills the last bucket after it merged, before it begins another", () => {
  // 2 buckets: strides double at the third, fifth and ninth tail.
  const strides = [1, 2, 3, 4, 5, 8, 9].map((count) => collected(saw(count), 2).stride);
  assertEquals(strides, [1, 1, 2, 2, 4, 4, 8]);
});
