import { assert, assertEquals, assertThrows } from "@std/assert";
import type { AttrSpec } from "../encoders/internal.ts";
import { SampleType } from "../parsers/perf/abi.ts";
import { SimulatedDataRing } from "../testing/simulated_data_ring.ts";
import { pageSize } from "./_system.ts";

const SIZE = pageSize();
const [COMM, LOST, LOST_SAMPLES] = [3, 2, 13];
const FORWARD: AttrSpec = { type: 1, sampleType: SampleType.Tid };
const BACKWARD: AttrSpec = { ...FORWARD, flags: ["writeBackward"] };
/** Where rings start: at 0, just before the end of the ring, and across 2^32 and 2^53 / 2. */
const STARTS = [0n, BigInt(SIZE - 8), 2n ** 32n - 16n, 2n ** 52n - 8n];

/** A record of words of 8 bytes; the first ones are `words`, the others `type`. */
function record(type: number, size: number, words: readonly number[] = []): number[] {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, type, true);
  view.setUint16(6, size, true);
  for (let at = 8; at + 8 <= size; at += 8) {
    view.setBigUint64(at, BigInt(words[at / 8 - 1] ?? type), true);
  }
  return [...new Uint8Array(view.buffer)];
}

/** Types and sizes of the records that are there. */
function drained({ ring }: SimulatedDataRing): [number, number][] {
  const found: [number, number][] = [];
  ring.drain(({ type, size }) => found.push([type, size]));
  return found;
}

Deno.test("DataRing reads an empty ring, a full one and every wrap between", () => {
  for (const start of STARTS) {
    using simulated = new SimulatedDataRing(FORWARD, start);
    assertEquals([start, drained(simulated)], [start, []]);
    for (const sizes of [[SIZE], [SIZE - 8, 8], [8, SIZE - 8], [24, 40, 16], [SIZE - 16]]) {
      const written = sizes.map((size, index) => record(index === 0 ? 63 : COMM, size));
      simulated.write(...written);
      assertEquals(simulated.ring.head - simulated.ring.tail, BigInt(written.flat().length));
      assertEquals([start, drained(simulated)], [
        start,
        sizes.map((size, index) => [index === 0 ? 63 : COMM, size]),
      ]);
      const [head, tail] = simulated.positions();
      assertEquals([start, tail, simulated.ring.tail], [start, head, head]);
    }
  }
});

Deno.test("DataRing reads the bytes of a record that wraps at each of its words", () => {
  const body = [7, 11];
  for (let before = 0; before <= 24; before += 8) {
    using simulated = new SimulatedDataRing(FORWARD, BigInt(3 * SIZE - before));
    simulated.write(record(LOST, 24, body), record(LOST, 24, [7, 5]));
    const lost = [...simulated.ring.records()].map((record) =>
      record.type === "lost" && [record.id, record.lost]
    );
    assertEquals([before, lost], [before, [[7n, 11n], [7n, 5n]]]);
  }
});

Deno.test("DataRing adds up what LOST and LOST_SAMPLES records say", () => {
  using simulated = new SimulatedDataRing(FORWARD, 0n);
  // struct { header; u64 id; u64 lost; } and struct { header; u64 lost; }: perf_event.h
  simulated.write(record(LOST, 24, [900, 3]), record(LOST_SAMPLES, 16, [40]), record(COMM, 16));
  simulated.ring.drain(() => {});
  assertEquals([simulated.ring.lostRecords, simulated.ring.lostEvents], [2, 43]);
  simulated.write(record(LOST_SAMPLES, 24, [500, 6000]), record(LOST, 32, [7, 20, 8]));
  simulated.ring.drain(() => {});
  assertEquals([simulated.ring.lostRecords, simulated.ring.lostEvents], [4, 563]);
});

Deno.test("DataRing tells of each AUX record marked TRUNCATED that it decodes, and of no other", () => {
  const AUX = 11;
  using simulated = new SimulatedDataRing(FORWARD, BigInt(SIZE - 40));
  let told = 0;
  simulated.ring.onTruncated = () => void told++;
  // offset, size, flags: TRUNCATED is 1
  const flags = [1, 0, 2, 9, 12, 8, 3];
  simulated.write(...flags.map((flag) => record(AUX, 48, [0, 64, flag])), record(COMM, 40));
  const before: number[] = [];
  simulated.ring.drain(() => before.push(told));
  assertEquals(before, [1, 1, 1, 2, 2, 2, 3, 3]);
});

Deno.test("DataRing counts a LOST record that is too short, not what would stand after it", () => {
  using simulated = new SimulatedDataRing(FORWARD, 0n);
  simulated.write(record(LOST, 16, [9]), record(COMM, 16, [1000]));
  try {
    simulated.ring.drain(() => {});
  } catch {
    // A record may be refused; only the sums are looked at.
  }
  assertEquals([simulated.ring.lostRecords, simulated.ring.lostEvents], [1, 0]);
});

Deno.test("DataRing.lend() lends all bytes as at most two views, and then stores the tail", () => {
  const cases: [start: number, size: number, first: number][] = [
    [0, SIZE, SIZE],
    [8, SIZE, SIZE - 8],
    [SIZE - 8, 8, 8],
    [SIZE - 8, 16, 8],
    [SIZE, 24, 24],
    [2 * SIZE - 16, SIZE, 16],
  ];
  for (const [start, size, firstSize] of cases) {
    using simulated = new SimulatedDataRing(FORWARD, BigInt(start));
    assertEquals(simulated.ring.lend(() => assert(false, "nothing to lend")), 0);
    const written = record(63, size, Array.from({ length: size / 8 }, (_, index) => index));
    simulated.write(written);
    const lent = simulated.ring.lend((first, second) => {
      assertEquals([start, first.length, second.length], [start, firstSize, size - firstSize]);
      assertEquals([...first, ...second], written);
      assertEquals(simulated.positions()[1], BigInt(start));
    });
    assertEquals([lent, simulated.positions()[1]], [size, BigInt(start + size)]);
  }
});

Deno.test("DataRing.lend() keeps the tail where its callback throws", () => {
  using simulated = new SimulatedDataRing(FORWARD, 0n);
  simulated.write(record(COMM, 16));
  const failing = () =>
    simulated.ring.lend(() => {
      throw new RangeError("of the caller");
    });
  assertThrows(failing, RangeError);
  assertEquals(simulated.positions()[1], 0n);
  assertEquals(simulated.ring.lend(() => {}), 16);
});

Deno.test("DataRing refuses more unread bytes than the ring holds: somebody else reads it", () => {
  for (const [more, isRefused] of [[0n, false], [8n, true]] as const) {
    for (const read of ["drain", "lend"] as const) {
      using simulated = new SimulatedDataRing(FORWARD, 0n);
      simulated.write(record(63, SIZE));
      simulated.positions()[0]! += more;
      const { ring } = simulated;
      const reading = () => read === "lend" ? ring.lend(() => {}) : ring.drain(() => {});
      if (isRefused) assertThrows(reading, TypeError, "another reader of the same event");
      else assertEquals(reading(), read === "lend" ? SIZE : 1);
    }
  }
});

/** Writes records downwards, the first one first, as the kernel does, from position 0. */
function writeBackward(simulated: SimulatedDataRing, ...records: readonly number[][]): void {
  for (const record of records) {
    const head = BigInt.asUintN(64, simulated.positions()[0]! - BigInt(record.length));
    simulated.put(head, record);
    simulated.positions()[0] = head;
  }
}

Deno.test("DataRing of a backward event reads what is new, oldest first, and stores no tail", () => {
  using simulated = new SimulatedDataRing(BACKWARD, 0n);
  assertEquals(drained(simulated), []);
  writeBackward(simulated, record(COMM, 16), record(63, 40));
  assertEquals(drained(simulated), [[COMM, 16], [63, 40]]);
  assertEquals(drained(simulated), []);
  writeBackward(simulated, record(COMM, 24));
  assertEquals(drained(simulated), [[COMM, 24]]);
  assertEquals([simulated.positions()[1], simulated.pauses], [
    0n,
    [true, false, true, false, true, false, true, false],
  ]);
});

Deno.test("DataRing of a backward event reads a full ring, and leaves out a record cut by the wrap", () => {
  for (const [first, expected] of [[SIZE - 48, 3], [SIZE - 40, 2]] as const) {
    using simulated = new SimulatedDataRing(BACKWARD, 0n);
    // The newest record of three may overwrite the start of the oldest one.
    writeBackward(simulated, record(63, first), record(COMM, 24), record(COMM, 24));
    assertEquals(drained(simulated).length, expected);
    writeBackward(simulated, record(63, SIZE - 8), record(COMM, 8));
    assertEquals(drained(simulated), [[63, SIZE - 8], [COMM, 8]]);
  }
});

Deno.test("DataRing of a backward event lets the kernel write again after an error", () => {
  using simulated = new SimulatedDataRing(BACKWARD, 0n);
  writeBackward(simulated, record(COMM, 16));
  const failing = () =>
    simulated.ring.lend(() => {
      throw new RangeError("of the caller");
    });
  assertThrows(failing, RangeError);
  assertEquals(simulated.pauses, [true, false]);
});
