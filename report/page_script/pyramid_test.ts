import { assert, assertEquals } from "@std/assert";
import type { TailBuckets } from "../data.ts";
import { Pyramid, visible } from "./pyramid.ts";

const COUNT = 10_000;

/** Tails at x = 0, 1, 2, …; one in the middle sticks out in each direction. */
function tails(): TailBuckets {
  const x = Float64Array.from({ length: COUNT }, (_, index) => index);
  const y = x.map((value) => value * 10);
  y[4321] = 1e9;
  y[4322] = -5;
  return { stride: 1, first: x, last: x, min: y, max: y };
}

Deno.test("Pyramid.level() has few buckets, and loses no extreme", () => {
  const pyramid = new Pyramid(tails());
  for (const wanted of [300, 700, 2000, 5000, 20_000]) {
    const { min, max, stride } = pyramid.level(0, COUNT, wanted);
    assert(max.length <= wanted, `${wanted}`);
    assertEquals([Math.max(...max), Math.min(...min)], [1e9, -5]);
    assertEquals(stride, 2 ** Math.max(0, Math.ceil(Math.log2(COUNT / wanted))));
  }
});

Deno.test("Pyramid.level() gets finer as the range gets smaller, until every tail is there", () => {
  const pyramid = new Pyramid(tails());
  const strides = [10_000, 4000, 1000, 400].map((width) => pyramid.level(0, width, 500).stride);
  assertEquals(strides, [32, 16, 4, 1]);
});

Deno.test("Pyramid.at() tells the tail that held at a place", () => {
  const pyramid = new Pyramid(tails());
  assertEquals(pyramid.at(-0.5), null);
  assertEquals(pyramid.at(0), { low: 0, high: 0 });
  assertEquals(pyramid.at(4321.9), { low: 1e9, high: 1e9 });
  assertEquals(pyramid.at(1e9), { low: 99_990, high: 99_990 });
});

Deno.test("Pyramid.extent() takes in a neighbour on both sides", () => {
  const pyramid = new Pyramid(tails());
  assertEquals(pyramid.extent(10.2, 12.8), { low: 100, high: 130 });
  assertEquals(pyramid.extent(4322.5, 4323), { low: -5, high: 43240 });
});

Deno.test("visible() is empty for no buckets, and never leaves them", () => {
  const none = new Float64Array();
  assertEquals(visible({ stride: 1, first: none, last: none, min: none, max: none }, 0, 1), [0, 0]);
  assertEquals(visible(tails(), -5, -1), [0, 1]);
  assertEquals(visible(tails(), 1e6, 1e7), [COUNT - 1, COUNT]);
});

/** Buckets of one tail at each x. */
function at(...xs: number[]): TailBuckets {
  const x = Float64Array.from(xs);
  return { stride: 1, first: x, last: x, min: x, max: x };
}

Deno.test("visible() has one bucket more on each side of those that the range touches", () => {
  const five = at(0, 1, 2, 3, 4);
  assertEquals(visible(five, 2, 2), [1, 4]);
  assertEquals(visible(five, 1, 3), [0, 5]);
  assertEquals(visible(five, 1.1, 2.9), [1, 4]);
  assertEquals(visible(five, 1.2, 1.8), [1, 3]);
  assertEquals(visible(five, 0, 0), [0, 2]);
  assertEquals(visible(five, 4, 4), [3, 5]);
});

Deno.test("Pyramid.indexAt() is the last bucket that starts at or before a place", () => {
  const pyramid = new Pyramid(at(1, 2, 2, 5));
  assertEquals([0.9, 1, 1.9, 2, 4.9, 5, 9].map((x) => pyramid.indexAt(x)), [-1, 0, 0, 2, 2, 3, 3]);
});

Deno.test("Pyramid.level() halves only what is more than enough, and stops at 256 buckets", () => {
  const strideOf = (count: number, buckets: number) => {
    const all = at(...Array.from({ length: count }, (_, i) => i));
    return new Pyramid(all).level(0, count, buckets).stride;
  };
  assertEquals([strideOf(512, 512), strideOf(512, 511), strideOf(512, 256)], [1, 2, 2]);
  assertEquals([strideOf(256, 1), strideOf(257, 1), strideOf(1024, 0)], [1, 2, 4]);
});

Deno.test("Pyramid.level() takes no buckets for one, and extent() knows where there is nothing", () => {
  const pyramid = new Pyramid(at(...Array.from({ length: 4096 }, (_, i) => i)));
  // A place and its neighbours are three buckets: two halvings.
  assertEquals([0, 1, 2, 3].map((count) => pyramid.level(5, 5, count).stride), [4, 4, 2, 1]);
  assertEquals(new Pyramid(at()).extent(0, 1), null);
  assertEquals(new Pyramid(at(3)).extent(0, 1), { low: 3, high: 3 });
});
