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

/** Ranges of 5 bytes, 10 apart, the first at 10: record `n` announces the one at `10 * n`. */
function small(count: number): MissingRanges {
  const ranges = new MissingRanges();
  for (let n = 1; n <= count; n++) announce(ranges, 10 * n, 10 * n + 5, n);
  return ranges;
}

Deno.test("MissingRanges keeps 64 ranges apart that one record announces again, not 65", () => {
  for (const [from, fileOffset] of [[10, 2], [9, 1000]] as const) {
    const ranges = small(32);
    // 32 small ranges, the 31 spaces between them, and 5 bytes after them; or one before them, too.
    announce(ranges, from, 330, 1000);
    ranges.cover(0, 0, 20);
    const [first] = ranges.list();
    assertEquals([from, ranges.bytes, first?.from], [from, 310, 20n]);
    assertEquals([from, first?.fileOffset], [from, fileOffset]);
  }
});

Deno.test("MissingRanges gives up the lower half of more than 16,384 open ranges", () => {
  const kept = small(16_384);
  assertEquals([kept.isExact, kept.list().length, kept.bytes], [true, 16_384, 5 * 16_384]);
  const given = small(16_385);
  assertEquals([given.isExact, given.bytes], [false, 5 * 16_385]);
  // 8,192 are given up, of which 1,000 are listed.
  assertEquals(given.list().length, 1000 + 16_385 - 8192);
  given.cover(0, 0, 10 * 8192 + 5);
  assertEquals(given.bytes, 5 * 16_385); // what is given up stays missing
  given.cover(0, 10 * 8193, 5);
  assertEquals(given.bytes, 5 * 16_384);
});

Deno.test("MissingRanges takes the lower half of more than 16,384 covered ranges for one", () => {
  for (const [count, isExact, missing] of [[16_384, true, 5], [16_385, false, 0]] as const) {
    const ranges = new MissingRanges();
    for (let n = 0; n < count; n++) ranges.cover(0, 10 * n, 5);
    announce(ranges, 0, 10); // the space after the first range
    assertEquals([count, ranges.isExact, ranges.bytes], [count, isExact, missing]);
    announce(ranges, 10 * 8191, 10 * 8192); // after the last of the lower half
    assertEquals([count, ranges.bytes], [count, missing + 5]);
  }
});

Deno.test("MissingRanges adds up to 2^53 - 1", () => {
  const ranges = new MissingRanges();
  for (const from of [0, 2 ** 53]) announce(ranges, from, from + 2 ** 53 - 2);
  assertEquals(ranges.bytes, Number.MAX_SAFE_INTEGER);
});

Deno.test("MissingRanges makes one of covered ranges that touch, from whichever side they come", () => {
  // Above them all stands one more, so that each of the others comes out of order.
  for (const step of [8, -8]) {
    const ranges = new MissingRanges();
    ranges.cover(0, 1 << 30, 8);
    const start = step > 0 ? 0 : 1 << 20;
    for (let n = 0; n < 16_500; n++) ranges.cover(0, start + step * n, 8);
    assertEquals([step, ranges.isExact], [step, true]);
    const lowest = Math.min(start, start + step * 16_499);
    announce(ranges, lowest, lowest + 8 * 16_500 + 4);
    assertEquals(ranges.bytes, 4);
  }
});

Deno.test("MissingRanges counts positions from the first one, and halves as 64 bits", () => {
  const origin = { timeHigh: 1, timeLow: 2 };
  const ranges = new MissingRanges();
  ranges.announce({ low: 0xffff_fff0, size: 64, fileOffset: 5, origin }, 0xfff_fffe);
  ranges.cover(0xfff_ffff, 16, 16);
  const none = { timeHigh: 0, timeLow: 0 };
  ranges.announce({ low: 8, size: 8, fileOffset: 6, origin: none }, 0xfff_fffd);
  const timeNs = 0x1_0000_0002n;
  assertEquals(ranges.list(), [
    { from: 0x0fff_fffd_0000_0008n, to: 0x0fff_fffd_0000_0010n, fileOffset: 6, timeNs: null },
    { from: 0x0fff_fffe_ffff_fff0n, to: 0x0fff_ffff_0000_0010n, fileOffset: 5, timeNs },
    { from: 0x0fff_ffff_0000_0020n, to: 0x0fff_ffff_0000_0030n, fileOffset: 5, timeNs },
  ]);
});

Deno.test("MissingRanges cuts at 0 and at 2^64 what is not exact", () => {
  const origin = { timeHigh: 0, timeLow: 0 };
  const ranges = new MissingRanges();
  const size = 2 ** 53 - 1;
  ranges.announce({ low: 0xffff_ffff, size, fileOffset: 5, origin }, 0xffff_ffff);
  ranges.announce({ low: 0, size, fileOffset: 6, origin }, 0);
  const ends = ranges.list().map(({ from, to }) => [from, to]);
  const top = (1n << 64n) - 1n;
  assertEquals([ends[0]?.[0], ends.at(-1)], [0n, [top, top]]);
});
