import { assertEquals } from "@std/assert";
import { RingTally } from "./_ring_tally.ts";

/** A record of 8-byte words after its header. */
function record(type: number, ...words: readonly number[]): number[] {
  const bytes = new DataView(new ArrayBuffer(8 + 8 * words.length));
  bytes.setUint32(0, type, true);
  bytes.setUint16(6, bytes.byteLength, true);
  words.forEach((word, index) => bytes.setBigUint64(8 + 8 * index, BigInt(word), true));
  return [...new Uint8Array(bytes.buffer)];
}

const sample = (timeNs: number) => record(9, 0xabcd, timeNs);

Deno.test("RingTally counts the same wherever the ring wraps", () => {
  const records = Uint8Array.from([
    ...sample(70),
    ...record(2, 1, 12),
    ...record(13, 5),
    ...record(11, 0, 4096, 1),
    ...record(11, 4096, 4096, 2),
    ...sample(90),
    ...record(3, 1),
  ]);
  for (let cut = 0; cut <= records.length; cut += 8) {
    const tally = new RingTally(16);
    tally.add(records.subarray(0, cut), records.subarray(cut));
    const { records: count, samples, lostEvents, truncated, firstTime, lastTime } = tally;
    assertEquals([count, samples, lostEvents, truncated], [7, 2, 17, 1]);
    assertEquals([firstTime, lastTime], [70n, 90n]);
  }
});

Deno.test("RingTally keeps the earliest and the latest time of several rings", () => {
  const tally = new RingTally(16);
  for (const times of [[50, 60], [20, 55], [58, 59]]) {
    tally.add(Uint8Array.from(times.flatMap(sample)), new Uint8Array());
  }
  assertEquals([tally.firstTime, tally.lastTime, tally.samples], [20n, 60n, 6]);
});

Deno.test("RingTally stops at what is not a record", () => {
  const tally = new RingTally(-1);
  tally.add(Uint8Array.from([...record(3, 1), ...new Array(16).fill(0)]), new Uint8Array());
  assertEquals([tally.records, tally.firstTime], [1, 0n]);
});

Deno.test("RingTally adds up what was lost over several rings and passes", () => {
  const tally = new RingTally(-1);
  const empty = new Uint8Array();
  // LOST: id, count; LOST_SAMPLES: count
  tally.add(Uint8Array.from([...record(2, 900, 3), ...record(13, 40, 700)]), empty);
  tally.add(Uint8Array.from([...record(13, 500), ...record(2, 800, 6000, 9)]), empty);
  tally.add(empty, empty);
  assertEquals([tally.lostEvents, tally.records, tally.samples], [6543, 4, 0]);
});

Deno.test("RingTally takes the flag TRUNCATED alone for a truncated record", () => {
  const flags = [0, 1, 2, 4, 8, 3, 9];
  const tally = new RingTally(-1);
  const records = flags.flatMap((flag) => record(11, 1, 1, flag, 1));
  tally.add(Uint8Array.from(records), new Uint8Array());
  assertEquals([tally.truncated, tally.records], [3, flags.length]);
});

Deno.test("RingTally knows the time of the newest AUX record, wherever the ring wraps", () => {
  // offset, size, flags; trailer: pid and tid, time, id. The time is 16 bytes before the end.
  const auxAt = (timeNs: number) => record(11, 0, 8, 0, 77, timeNs, 1);
  const records = Uint8Array.from([
    ...auxAt(50),
    ...sample(60),
    ...auxAt(70),
    ...record(3, 1, 80, 2),
  ]);
  for (let cut = 0; cut <= records.length; cut += 8) {
    const tally = new RingTally(16, 16);
    assertEquals(tally.auxTime, 0n);
    tally.add(records.subarray(0, cut), records.subarray(cut));
    assertEquals([cut, tally.auxTime], [cut, 70n]);
    tally.add(Uint8Array.from(sample(90)), new Uint8Array());
    assertEquals(tally.auxTime, 70n);
  }
});
