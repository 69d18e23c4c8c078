import { assertEquals } from "@std/assert";
import type { ChartData, ChartMark, TailBuckets } from "../data.ts";
import { Pyramid } from "./pyramid.ts";
import { reading } from "./reading.ts";

const LIMIT = 2 ** 32;

function tails(points: readonly (readonly [x: number, low: number, high: number])[]): TailBuckets {
  const x = Float64Array.from(points, ([x]) => x);
  const [min, max] = [1, 2].map((n) => Float64Array.from(points, (point) => point[n]!));
  return { stride: 1, first: x, last: x, min: min!, max: max! };
}

function readAt(
  x: number,
  { tail = [[1, LIMIT - 1, LIMIT - 1], [2, LIMIT, LIMIT], [3, 16, 32]], head = [], marks = [] }: {
    tail?: [number, number, number][];
    head?: [number, number, number][];
    marks?: ChartMark[];
  },
  reach = 0,
): string {
  const chart: ChartData = {
    axis: { kind: "time", from: 0, to: 4, startNs: 0n },
    limit: LIMIT,
    queues: [{ idx: 0, cpu: 1, tid: null, tails: tails(tail), heads: tails(head), marks }],
  };
  const [queue] = chart.queues;
  const pyramids = { tails: [new Pyramid(queue!.tails)], heads: [new Pyramid(queue!.heads)] };
  return reading({ x, queue: 0, reach }, chart, pyramids).replaceAll("\u00a0", " ");
}

Deno.test("reading() says how far a tail is from the limit, on both sides of it", () => {
  assertEquals(readAt(1, {}), "+1 s, queue 0 (CPU 1): 0xffffffff (4 GiB), headroom 1 B");
  assertEquals(readAt(2, {}), "+2 s, queue 0 (CPU 1): 0x100000000 (4 GiB), 0 B over the limit");
  assertEquals(
    readAt(3, {}),
    "+3 s, queue 0 (CPU 1): 0x10 to 0x20 (32 B), headroom 4 GiB",
  );
  assertEquals(readAt(0.5, {}), "+500 ms, queue 0 (CPU 1): before its first tail");
});

Deno.test("reading() says what is in the AUX buffer only where the head is after the tail", () => {
  const tail: [number, number, number][] = [[1, 64, 64]];
  const at = (head: number) => readAt(1, { tail, head: [[1, head, head]] }).split("; ")[1];
  assertEquals(at(63), undefined);
  assertEquals(at(64), undefined);
  assertEquals(at(65), "head 0x41: 1 B in the AUX buffer");
  assertEquals(
    readAt(0.5, { tail, head: [[0.5, 8, 8]] }),
    "+500 ms, queue 0 (CPU 1): before its first tail, head 0x8",
  );
});

Deno.test("reading() names the first four marks within reach, the edges of it included", () => {
  const mark = (from: number, to: number, count = 1): ChartMark => {
    return { kind: "gap", from, to, count, position: from };
  };
  const named = (marks: ChartMark[]) => readAt(2, { marks }, 0.5).split("; ").slice(1);
  assertEquals(named([mark(1, 1.49)]), []);
  assertEquals(named([mark(1, 1.5)]), ["Gap at 0x1"]);
  assertEquals(named([mark(2.5, 3)]).length, 1);
  assertEquals(named([mark(2.51, 3)]), []);
  assertEquals(named([mark(2, 2, 2)]), ["Gap at 0x2 (2 times)"]);
  for (const count of [3, 4, 5]) {
    assertEquals(named(Array.from({ length: count }, () => mark(2, 2))).length, Math.min(count, 4));
  }
});

Deno.test("reading() marks positions that a number does not hold exactly", () => {
  const at = (value: number) => readAt(1, { tail: [[1, value, value]] }).match(/: (\S+)/)![1];
  assertEquals(at(2 ** 53 - 1), "0x1fffffffffffff");
  assertEquals(at(2 ** 53), "~0x20000000000000");
});
