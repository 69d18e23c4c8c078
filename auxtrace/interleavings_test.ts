import { assertEquals, assertThrows } from "@std/assert";
import {
  type HalfOrder,
  interleavings,
  type Run,
  scheduleLines,
  shortestRun,
} from "../testing/interleavings.ts";
import { type AuxPointers, compatAuxPointers, nativeAuxPointers } from "./accessors.ts";
import { ControlPage } from "./control_page.ts";

const HALF_ORDERS: readonly HalfOrder[] = ["low-high", "high-low"];

/**
 * Heads around both crossings of a multiple of 2^32, some of them exactly 2^32 apart.
 *
 * The bound of the proofs about `readHead()` is every rising choice of six of these. More stores
 * show nothing new: one attempt makes six loads, which see at most six heads, and no attempt
 * depends on the one before it.
 */
const HEADS = [
  0x0_0000_0001n,
  0x0_ffff_fff0n,
  0x0_ffff_ffffn,
  0x1_0000_0000n,
  0x1_0000_0001n,
  0x1_ffff_ffffn,
  0x2_0000_0000n,
  0x2_0000_0001n,
  0x2_ffff_fff0n,
];

/** The least step over a multiple of 2^32. */
const CROSSING = [0x0_ffff_ffffn, 0x1_0000_0000n];

/** Every choice of `count` of the values, in their order. */
function choicesOf(values: readonly bigint[], count: number): bigint[][] {
  if (count === 0) return [[]];
  return values.flatMap((value, i) =>
    choicesOf(values.slice(i + 1), count - 1).map((rest) => [value, ...rest])
  );
}

/** A head that is read in two halves without any check. */
function plainReadHead(page: ArrayBuffer): () => bigint {
  const halves = new Uint32Array(page, ControlPage.auxHead, 2);
  return () => {
    const low = Atomics.load(halves, 0);
    const high = Atomics.load(halves, 1);
    return BigInt(high) << 32n | BigInt(low);
  };
}

function readHeadOf(pointersOf: (page: ArrayBuffer) => AuxPointers) {
  return (page: ArrayBuffer): () => bigint => {
    const pointers = pointersOf(page);
    return () => pointers.readHead();
  };
}

function* readings(
  user: (page: ArrayBuffer) => () => bigint,
  heads: readonly bigint[],
  halfOrder: HalfOrder,
): Generator<Run<bigint>> {
  const [head = 0n, ...later] = heads;
  const kernel = later.map((storeHead) => ({ storeHead }));
  yield* interleavings({ head, tail: 0n, kernel, user }, halfOrder);
}

/** The readings that return a value that the head did not have while it was read. */
function tornReadings(
  user: (page: ArrayBuffer) => () => bigint,
  heads: readonly bigint[],
  halfOrder: HalfOrder,
): Run<bigint>[] {
  return [...readings(user, heads, halfOrder)].filter(({ result, accesses }) =>
    result !== heads[0] &&
    !accesses.some(({ what, value }) => what === "kernel stores head" && value === result)
  );
}

/** The stores of the second tail over the first in which the kernel loads neither of the two. */
function tornTails([before = 0n, after = 0n]: bigint[], halfOrder: HalfOrder): Run<boolean>[] {
  const user = (page: ArrayBuffer) => {
    const pointers = compatAuxPointers(page, { bits: 52 });
    return () => pointers.writeTail(after);
  };
  const kernel = ["load tail", "load tail"] as const;
  const runs = interleavings({ head: 0n, tail: before, kernel, user }, halfOrder);
  return [...runs].filter(({ accesses }) =>
    accesses.some(({ what, value }) =>
      what === "kernel loads tail" && value !== before && value !== after
    )
  );
}

function bothHalvesChange([before = 0n, after = 0n]: bigint[]): boolean {
  return before >> 32n !== after >> 32n &&
    BigInt.asUintN(32, before) !== BigInt.asUintN(32, after);
}

Deno.test("interleavings() places the kernel's accesses in every way, once each", () => {
  // Before the first and before the second of two loads: three stores go there, or fewer.
  const schedules = [...readings(plainReadHead, [1n, 2n, 3n, 4n], "low-high")].map((run) =>
    run.accesses.map(({ what }) => what.startsWith("kernel") ? "k" : "u").join("")
  );
  assertEquals(
    schedules.toSorted(),
    ["kkkuu", "kkuku", "kkuu", "kukku", "kuku", "kuu", "ukkku", "ukku", "uku", "uu"],
  );
});

Deno.test("interleavings() puts Atomics back", () => {
  const { load, store } = Atomics;
  const user = () => () => {
    throw new TypeError("Cannot go on");
  };
  const runs = interleavings({ head: 0n, tail: 0n, kernel: [], user }, "low-high");
  assertThrows(() => runs.next(), TypeError, "Cannot go on");
  assertEquals([Atomics.load === load, Atomics.store === store], [true, true]);
});

Deno.test("compat readHead() makes three readings of two halves", () => {
  const [run] = readings(readHeadOf(compatAuxPointers), [0x1_0000_0002n], "low-high");
  const reading = ["user loads head low: 0x2", "user loads head high: 0x1"];
  assertEquals(run && scheduleLines(run), [...reading, ...reading, ...reading]);
});

Deno.test("compat readHead() reads again until the high half holds still", () => {
  const runs = [...readings(readHeadOf(compatAuxPointers), CROSSING, "low-high")];
  // Seven places for one store: before each of the six loads, or not at all. Only a store after
  // the first high half and before the last one makes the two disagree.
  assertEquals(runs.map(({ accesses }) => accesses.length).toSorted((a, b) => a - b), [
    6,
    7,
    7,
    13,
    13,
    13,
    13,
  ]);
});

Deno.test("native accessors make one access of 64 bits", () => {
  const user = (page: ArrayBuffer) => {
    const pointers = nativeAuxPointers(page);
    return () => [pointers.readHead(), pointers.writeTail(0x1_0000_0000n)];
  };
  const [run] = interleavings({ head: 5n, tail: 0n, kernel: [], user }, "high-low");
  assertEquals(run && scheduleLines(run), [
    "user loads head: 0x5",
    "user stores tail: 0x100000000",
  ]);
});

for (const halfOrder of HALF_ORDERS) {
  Deno.test(`compat readHead() returns only heads of its time, halves ${halfOrder}`, () => {
    for (const heads of choicesOf(HEADS, 6)) {
      const torn = tornReadings(readHeadOf(compatAuxPointers), heads, halfOrder);
      assertEquals(torn.map(scheduleLines), []);
    }
  });

  Deno.test(`native readHead() returns only heads of its time, halves ${halfOrder}`, () => {
    for (const heads of choicesOf(HEADS, 6)) {
      const torn = tornReadings(readHeadOf(nativeAuxPointers), heads, halfOrder);
      assertEquals(torn.map(scheduleLines), []);
    }
  });

  Deno.test(`a plain read of two halves is torn if both change, halves ${halfOrder}`, () => {
    for (const heads of choicesOf(HEADS, 2)) {
      const isTorn = tornReadings(plainReadHead, heads, halfOrder).length > 0;
      assertEquals([heads, isTorn], [heads, bothHalvesChange(heads)]);
    }
  });

  Deno.test(`a compat tail above 32 bits is torn if both halves change, ${halfOrder}`, () => {
    for (const tails of choicesOf(HEADS, 2)) {
      const isTorn = tornTails(tails, halfOrder).length > 0;
      assertEquals([tails, isTorn], [tails, bothHalvesChange(tails)]);
    }
  });
}

Deno.test("a plain read with the low half first is torn to 4 GiB too much", () => {
  const run = shortestRun(tornReadings(plainReadHead, CROSSING, "low-high"));
  assertEquals(run?.result, 0x1_ffff_ffffn);
  assertEquals(run && scheduleLines(run), [
    "user loads head low: 0xffffffff",
    "kernel stores head: 0x100000000",
    "user loads head high: 0x1",
  ]);
});

Deno.test("a plain read with the high half first is torn to 4 GiB too little", () => {
  const run = shortestRun(tornReadings(plainReadHead, CROSSING, "high-low"));
  assertEquals(run?.result, 0n);
  assertEquals(run && scheduleLines(run), [
    "user loads head high: 0x0",
    "kernel stores head: 0x100000000",
    "user loads head low: 0x0",
  ]);
});

Deno.test("a compat tail whose halves both change is torn, the low half first", () => {
  const run = shortestRun(tornTails(CROSSING, "low-high"));
  assertEquals(run && scheduleLines(run), [
    "user stores tail low: 0x0",
    "kernel loads tail: 0x0",
    "user stores tail high: 0x1",
  ]);
});

Deno.test("a compat tail whose halves both change is torn, the high half first", () => {
  const run = shortestRun(tornTails(CROSSING, "high-low"));
  assertEquals(run && scheduleLines(run), [
    "user stores tail high: 0x1",
    "kernel loads tail: 0x1ffffffff",
    "user stores tail low: 0x0",
  ]);
});

Deno.test("compat readHead() is torn by a high half that comes back, after 2^64 bytes", () => {
  // Positions are modulo 2^64: the third head is 2^64 + 9, read with a high half of 0 again.
  const heads = [0x0_0000_0005n, 0x1_0000_0007n, 0x0_0000_0009n];
  const run = shortestRun(tornReadings(readHeadOf(compatAuxPointers), heads, "low-high"));
  assertEquals(run?.result, 0x1_0000_0005n);
  assertEquals(run && scheduleLines(run), [
    "user loads head low: 0x5",
    "user loads head high: 0x0",
    "user loads head low: 0x5",
    "kernel stores head: 0x100000007",
    "user loads head high: 0x1",
    "user loads head low: 0x7",
    "kernel stores head: 0x9",
    "user loads head high: 0x0",
  ]);
});
