import { assert, assertEquals } from "@std/assert";
import { MissingRanges } from "./ranges.ts";

const SPACE = 256;

/** A small generator of numbers that gives the same ones in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor(state / 0x80000000 * below);
  };
}

function announce(ranges: MissingRanges, from: number, to: number, fileOffset = 0): void {
  const origin = { timeHigh: 0, timeLow: 0 };
  ranges.announce({ low: from, size: to - from, fileOffset, origin }, 0);
}

function found(ranges: MissingRanges): [number, number][] {
  return ranges.list().map(({ from, to }) => [Number(from), Number(to)]);
}

/** Starts and ends of the runs of bytes that are announced and not covered, byte by byte. */
function byBytes(isAnnounced: Uint8Array, isCovered: Uint8Array): [number, number][] {
  const runs: [number, number][] = [];
  for (let at = 0; at < SPACE; at++) {
    if (isAnnounced[at] === 0 || isCovered[at] === 1) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === at) last[1]++;
    else runs.push([at, at + 1]);
  }
  return runs;
}

Deno.test("MissingRanges is the announced bytes without the covered ones, in whatever order they come", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const next = numbers(seed);
    const ranges = new MissingRanges();
    const isAnnounced = new Uint8Array(SPACE);
    const isCovered = new Uint8Array(SPACE);
    for (let n = 0; n < 40; n++) {
      const from = next(SPACE);
      const to = Math.min(from + next(40), SPACE);
      if (next(2) === 0) {
        announce(ranges, from, to);
        isAnnounced.fill(1, from, to);
      } else {
        ranges.cover(0, from, to - from);
        isCovered.fill(1, from, to);
      }
    }
    const expected = byBytes(isAnnounced, isCovered);
    assertEquals([seed, found(ranges)], [seed, expected]);
    assertEquals(ranges.bytes, expected.reduce((so, [from, to]) => so + to - from, 0));
  }
});

Deno.test("MissingRanges keeps the record that announced the first byte of what is left", () => {
  const ranges = new MissingRanges();
  announce(ranges, 0, 100, 10);
  announce(ranges, 100, 200, 20);
  announce(ranges, 200, 300, 30);
  ranges.cover(0, 0, 150);
  ranges.cover(0, 250, 50);
  assertEquals(ranges.list().map(({ from, to, fileOffset }) => [from, to, fileOffset]), [
    [150n, 250n, 20],
  ]);
});

Deno.test("MissingRanges counts all bytes of more ranges than it keeps", () => {
  const ranges = new MissingRanges();
  const count = 100_000;
  for (let n = 0; n < count; n++) announce(ranges, 16 * n, 16 * n + 8);
  assertEquals(ranges.bytes, 8 * count);
  assert(ranges.list().length < 20_000);
  assertEquals(ranges.isExact, false);
  assertEquals(ranges.list()[0]?.from, 0n);
});

Deno.test("MissingRanges never counts covered bytes as missing, however many gaps there are", () => {
  const ranges = new MissingRanges();
  for (let n = 0; n < 50_000; n++) {
    ranges.cover(0, 16 * n, 8);
    announce(ranges, 16 * n, 16 * n + 8);
  }
  assertEquals(ranges.bytes, 0);
});

Deno.test("MissingRanges names no position outside of 64 bits, however far apart positions are", () => {
  const ranges = new MissingRanges();
  const origin = { timeHigh: 0, timeLow: 0 };
  const far = { fileOffset: 0, origin };
  ranges.announce({ ...far, low: 0xffff_ffff, size: 2 ** 53 - 1 }, 0xffff_ffff);
  ranges.announce({ ...far, low: 64, size: 64 }, 0);
  for (const { from, to } of ranges.list()) {
    assert(from >= 0n && to < 1n << 64n && from <= to);
  }
});

Deno.test("MissingRanges joins what 20,000 ranges that overlap, or fall, announce", () => {
  for (const step of [1, -1]) {
    const ranges = new MissingRanges();
    for (let n = 0; n < 20_000; n++) announce(ranges, 100_000 + step * n, 100_010 + step * n);
    assertEquals(ranges.bytes, 20_009);
  }
});
