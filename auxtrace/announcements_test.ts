import { assertEquals } from "@std/assert";
import { Announcements } from "./announcements.ts";
import { QueueBuilder } from "./aux_queue.ts";

/** Takes in an AUX record of `size` bytes that end at `end`; time 0 stands for none. */
function add(all: Announcements, end: bigint, timeNs: bigint, size = 64): void {
  const origin = {
    event: null,
    cpu: 0,
    pid: 1,
    tid: 1,
    timeHigh: Number(timeNs >> 32n),
    timeLow: Number(BigInt.asUintN(32, timeNs)),
  };
  const endHigh = Number(end >> 32n);
  all.add({ size, endHigh, endLow: Number(BigInt.asUintN(32, end)), origin });
}

Deno.test("Announcements.timeAt() is the time of the newest record that ends there or before", () => {
  const all = new Announcements();
  add(all, 100n, 11n);
  add(all, 0xffff_ffffn, 12n);
  add(all, 0x1_0000_0000n, 13n);
  add(all, 0x1_0000_0005n, 1n << 40n);
  const times = [
    [99n, null],
    [100n, 11n],
    [0xffff_fffen, 11n],
    [0xffff_ffffn, 12n],
    [0x1_0000_0000n, 13n],
    [0x1_0000_0004n, 13n],
    [0x1_0000_0005n, 1n << 40n],
    [0x2_0000_0000n, 1n << 40n],
  ] as const;
  for (const [tail, timeNs] of times) assertEquals([tail, all.timeAt(tail)], [tail, timeNs]);
  add(all, 0x2_0000_0000n, 0n);
  assertEquals(all.timeAt(0x2_0000_0000n), null); // the newest has no time
});

Deno.test("Announcements.onlyEndWithin() takes in both ends, and equal ends as one", () => {
  const all = new Announcements();
  add(all, 64n, 1n);
  add(all, 71n, 2n);
  assertEquals(all.onlyEndWithin(64n, 70n), 64n);
  assertEquals(all.onlyEndWithin(65n, 71n), 71n);
  assertEquals(all.onlyEndWithin(64n, 71n), null); // two
  assertEquals(all.onlyEndWithin(65n, 70n), null); // none
  add(all, 71n, 3n, 0); // the kernel writes TRUNCATED records of no bytes
  assertEquals(all.onlyEndWithin(65n, 78n), 71n);
  add(all, 0x1_0000_0000n + 71n, 4n);
  assertEquals(all.onlyEndWithin(65n, 78n), 71n);
});

Deno.test("Announcements keeps the newest of any number of records, and at least 2,048", () => {
  const all = new Announcements();
  for (let n = 1; n <= 10_000; n++) {
    add(all, BigInt(64 * n), BigInt(n));
    const oldest = Math.max(1, n <= 4096 ? 1 : n - 2047);
    for (const kept of [oldest, Math.max(1, n - 1), n]) {
      const end = BigInt(64 * kept);
      assertEquals([n, kept, all.timeAt(end)], [n, kept, BigInt(kept)]);
      if (n % 512 < 2) assertEquals([n, kept, all.onlyEndWithin(end, end)], [n, kept, end]);
    }
  }
  assertEquals([all.records, all.bytes, all.bytesAfterFirst], [10_000, 640_000, 639_936]);
  assertEquals(all.timeAt(64n), null); // given up
});

Deno.test("Announcements measures from the first time to the newest, and the bytes after the first record", () => {
  const all = new Announcements();
  assertEquals([all.spanNs, all.bytes, all.bytesAfterFirst], [null, 0, 0]);
  add(all, 10n, 0n, 10);
  assertEquals([all.spanNs, all.bytes, all.bytesAfterFirst], [null, 10, 0]);
  add(all, 30n, 0xffff_ffffn, 20);
  assertEquals([all.spanNs, all.bytes, all.bytesAfterFirst], [0, 30, 20]);
  add(all, 60n, 0x1_0000_0001n, 30);
  add(all, 61n, 0n, 1);
  assertEquals([all.spanNs, all.bytes, all.bytesAfterFirst], [2, 61, 51]);
  add(all, 62n, 9n, Number.MAX_SAFE_INTEGER);
  assertEquals([all.bytes, all.bytesAfterFirst], Array(2).fill(Number.MAX_SAFE_INTEGER));
});

Deno.test("QueueBuilder.notePause() keeps the longest time between two chunks", () => {
  const queue = new QueueBuilder({ idx: 0, cpu: 0, tid: null }, { wraps: false });
  const chunkAt = (timeNs: bigint | null) => {
    if (timeNs !== null) add(queue.announced, 64n, timeNs);
    queue.notePause();
    return queue.longestPauseNs;
  };
  assertEquals(chunkAt(null), null); // no time yet
  assertEquals(chunkAt(100n), null); // the first
  assertEquals(chunkAt(130n), 30);
  assertEquals(chunkAt(190n), 60);
  assertEquals(chunkAt(195n), 60);
  assertEquals(chunkAt(null), 60); // a chunk without AUX records of its own
  assertEquals(chunkAt(256n), 61);
});

Deno.test("QueueBuilder.hasData tells chunks, samples and cut chunks from AUX records alone", () => {
  const queue = () => new QueueBuilder({ idx: 0, cpu: 0, tid: null }, { wraps: false });
  const [empty, chunk, sample, cut] = [queue(), queue(), queue(), queue()];
  add(empty.announced, 64n, 1n);
  chunk.chunks = 1;
  sample.samples = 1;
  cut.addPresent(1);
  assertEquals([empty, chunk, sample, cut].map(({ hasData }) => hasData), [
    false,
    true,
    true,
    true,
  ]);
});
