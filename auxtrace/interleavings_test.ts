import { assertEquals, assertThrows } from "@std/assert";
import {
  type HalfOrder,
  interleavings,
  type Run,
  scheduleLines,
  shortestRun,
} from "../testing/interleavings.ts";
import {
  type AuxPointers,
  type AuxPointersChoice,
  auxPointersFor,
  compatAuxPointers,
} from "./accessors.ts";
import { judge, type JudgementFacts } from "./judgement.ts";

const HALF_ORDERS: readonly HalfOrder[] = ["low-high", "high-low"];

type PointersOf = (page: ArrayBuffer) => AuxPointers;

/** What a 64-bit perf uses, and a 32-bit one on three machines. */
const ACCESSORS = {
  native: auxPointersFor(64, "x86_64").pointersOf,
  compat: auxPointersFor(32, "x86_64").pointersOf,
  arm: auxPointersFor(32, "aarch64").pointersOf,
  plain: auxPointersFor(32, "armv8l").pointersOf,
} satisfies Record<AuxPointersChoice["kind"], PointersOf>;

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

function* readings(
  pointersOf: PointersOf,
  heads: readonly bigint[],
  halfOrder: HalfOrder,
): Generator<Run<bigint>> {
  const [head = 0n, ...later] = heads;
  const user = (page: ArrayBuffer) => {
    const pointers = pointersOf(page);
    return () => pointers.readHead();
  };
  const kernel = later.map((storeHead) => ({ storeHead }));
  yield* interleavings({ head, tail: 0n, kernel, user }, halfOrder);
}

/** The readings that return a value that the head did not have while it was read. */
function tornReadings(
  pointersOf: PointersOf,
  heads: readonly bigint[],
  halfOrder: HalfOrder,
): Run<bigint>[] {
  return [...readings(pointersOf, heads, halfOrder)].filter(({ result, accesses }) =>
    result !== heads[0] &&
    !accesses.some(({ what, value }) => what === "kernel stores head" && value === result)
  );
}

/** The stores of the second tail over the first in which the kernel loads neither of the two. */
function tornTails(
  pointersOf: PointersOf,
  [before = 0n, after = 0n]: readonly bigint[],
  halfOrder: HalfOrder,
): Run<boolean>[] {
  const user = (page: ArrayBuffer) => {
    const pointers = pointersOf(page);
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
  const schedules = [...readings(ACCESSORS.plain, [1n, 2n, 3n, 4n], "low-high")].map((run) =>
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
  const [run] = readings(ACCESSORS.compat, [0x1_0000_0002n], "low-high");
  const reading = ["user loads head low: 0x2", "user loads head high: 0x1"];
  assertEquals(run && scheduleLines(run), [...reading, ...reading, ...reading]);
});

Deno.test("compat readHead() reads again until the high half holds still", () => {
  const runs = [...readings(ACCESSORS.compat, CROSSING, "low-high")];
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

/** Reads the head 5 and stores the tail 0x1_0000_0002, while the kernel does nothing. */
function quietRound(pointersOf: PointersOf): string[] | undefined {
  const user = (page: ArrayBuffer) => {
    const pointers = pointersOf(page);
    return () => [pointers.readHead(), pointers.writeTail(0x1_0000_0002n)];
  };
  const [run] = interleavings({ head: 5n, tail: 0n, kernel: [], user }, "high-low");
  return run && scheduleLines(run);
}

for (const kind of ["native", "arm"] as const) {
  Deno.test(`${kind} accessors make one access of 64 bits`, () => {
    assertEquals(quietRound(ACCESSORS[kind]), [
      "user loads head: 0x5",
      "user stores tail: 0x100000002",
    ]);
  });
}

Deno.test("plain accessors make two accesses of 32 bits", () => {
  assertEquals(quietRound(ACCESSORS.plain), [
    "user loads head high: 0x0",
    "user loads head low: 0x5",
    "user stores tail high: 0x1",
    "user stores tail low: 0x2",
  ]);
});

for (const halfOrder of HALF_ORDERS) {
  for (const kind of ["native", "compat", "arm"] as const) {
    Deno.test(`${kind} readHead() returns only heads of its time, halves ${halfOrder}`, () => {
      for (const heads of choicesOf(HEADS, 6)) {
        const torn = tornReadings(ACCESSORS[kind], heads, halfOrder);
        assertEquals(torn.map(scheduleLines), []);
      }
    });

    Deno.test(`${kind} writeTail() shows the kernel only whole tails, halves ${halfOrder}`, () => {
      for (const tails of choicesOf(HEADS, 2)) {
        const torn = tornTails(ACCESSORS[kind], tails, halfOrder);
        assertEquals(torn.map(scheduleLines), []);
      }
    });
  }

  Deno.test(`plain accesses are torn if both halves change, halves ${halfOrder}`, () => {
    for (const positions of choicesOf(HEADS, 2)) {
      const isTorn = bothHalvesChange(positions);
      const heads = tornReadings(ACCESSORS.plain, positions, halfOrder);
      const tails = tornTails(ACCESSORS.plain, positions, halfOrder);
      assertEquals([positions, heads.length > 0], [positions, isTorn]);
      assertEquals([positions, tails.length > 0], [positions, isTorn]);
    }
  });

  Deno.test(`plain accesses are whole where the kernel counts in 32 bits, ${halfOrder}`, () => {
    // Such a kernel begins again at 0 after 4 GiB.
    const wrapping = [0xffff_fff0n, 0xffff_ffffn, 0n, 1n, 0x8000_0000n];
    for (const positions of choicesOf(wrapping, 3)) {
      assertEquals(tornReadings(ACCESSORS.plain, positions, halfOrder), []);
      assertEquals(tornTails(ACCESSORS.plain, positions.slice(1), halfOrder), []);
    }
  });

  Deno.test(`a compat tail above 32 bits is torn if both halves change, ${halfOrder}`, () => {
    const pointersOf = (page: ArrayBuffer) => compatAuxPointers(page, { bits: 52 });
    for (const tails of choicesOf(HEADS, 2)) {
      const isTorn = tornTails(pointersOf, tails, halfOrder).length > 0;
      assertEquals([tails, isTorn], [tails, bothHalvesChange(tails)]);
    }
  });
}

// Every schedule of three accesses that tears a plain access, by hand. Less than three cannot: the
// kernel has to come between the two halves.
const TORN_HEADS: Record<HalfOrder, readonly [torn: bigint, schedule: readonly string[]]> = {
  "low-high": [0x1_ffff_ffffn, [
    "user loads head low: 0xffffffff",
    "kernel stores head: 0x100000000",
    "user loads head high: 0x1",
  ]],
  "high-low": [0n, [
    "user loads head high: 0x0",
    "kernel stores head: 0x100000000",
    "user loads head low: 0x0",
  ]],
};
const TORN_TAILS: Record<HalfOrder, readonly string[]> = {
  "low-high": [
    "user stores tail low: 0x0",
    "kernel loads tail: 0x0",
    "user stores tail high: 0x1",
  ],
  "high-low": [
    "user stores tail high: 0x1",
    "kernel loads tail: 0x1ffffffff",
    "user stores tail low: 0x0",
  ],
};

for (const halfOrder of HALF_ORDERS) {
  Deno.test(`the shortest torn schedules of plain accesses take three, ${halfOrder}`, () => {
    const [torn, schedule] = TORN_HEADS[halfOrder];
    const head = shortestRun(tornReadings(ACCESSORS.plain, CROSSING, halfOrder));
    assertEquals([head?.result, head && scheduleLines(head)], [torn, schedule]);
    const tail = shortestRun(tornTails(ACCESSORS.plain, CROSSING, halfOrder));
    assertEquals(tail && scheduleLines(tail), TORN_TAILS[halfOrder]);
  });

  Deno.test(`above 4 GiB, too, no torn schedule is shorter, ${halfOrder}`, () => {
    const above = HEADS.filter((head) => head >= 2n ** 32n);
    const found = choicesOf(above, 2).flatMap((positions) => [
      ...tornReadings(ACCESSORS.plain, positions, halfOrder),
      ...tornTails(ACCESSORS.plain, positions, halfOrder),
    ]);
    assertEquals(shortestRun<unknown>(found)?.accesses.length, 3);
  });
}

Deno.test("a plain head is torn above 4 GiB at the next multiple of 2^32", () => {
  const positions = [0x1_ffff_ffffn, 0x2_0000_0000n];
  const run = shortestRun(tornReadings(ACCESSORS.plain, positions, "low-high"));
  assertEquals(run?.result, 0x2_ffff_ffffn);
  assertEquals(run && scheduleLines(run), [
    "user loads head low: 0xffffffff",
    "kernel stores head: 0x200000000",
    "user loads head high: 0x2",
  ]);
});

/** A reader's round and its next look, while the kernel asks for room before and after a head. */
function rounds(pointersOf: PointersOf): Run<boolean>[] {
  const [before = 0n, after = 0n] = CROSSING;
  const user = (page: ArrayBuffer) => {
    const pointers = pointersOf(page);
    return () => {
      const stores = pointers.writeTail(pointers.readHead());
      pointers.readHead();
      return stores;
    };
  };
  const kernel = ["load tail", { storeHead: after }, "load tail"] as const;
  return [...interleavings({ head: before, tail: 0xffff_f000n, kernel, user }, "low-high")];
}

Deno.test("plain accesses can go through the interleavings of the patch, and tear both", () => {
  const patch = [
    "user loads head low: 0xffffffff",
    "kernel loads tail: 0xfffff000",
    "kernel stores head: 0x100000000",
    "user loads head high: 0x1", // 0x1_ffff_ffff, which was never a head
    "user stores tail low: 0xffffffff",
    "kernel loads tail: 0xffffffff", // the old high half
    "user stores tail high: 0x1",
  ];
  const found = rounds(ACCESSORS.plain).map((run) =>
    scheduleLines(run).slice(0, patch.length).join()
  );
  assertEquals(found.filter((round) => round === patch.join()).length, 1);
});

Deno.test("the other accessors show neither side half of a position in a round", () => {
  for (const kind of ["native", "compat", "arm"] as const) {
    const runs = rounds(ACCESSORS[kind]);
    const tails = runs.flatMap(({ accesses }) =>
      accesses.filter(({ what }) => what === "kernel loads tail").map(({ value }) => value)
    );
    const whole = [0xffff_f000n, 0xffff_ffffn, ...(kind === "compat" ? [] : [0x1_0000_0000n])];
    assertEquals([kind, [...new Set(tails)].toSorted()], [kind, whole.toSorted()]);
    // The reader of the second head cannot store it with compat accessors alone.
    assertEquals([kind, runs.some(({ result }) => !result)], [kind, kind === "compat"]);
  }
});

Deno.test("compat readHead() is torn by a high half that comes back, after 2^64 bytes", () => {
  // Positions are modulo 2^64: the third head is 2^64 + 9, read with a high half of 0 again.
  const heads = [0x0_0000_0005n, 0x1_0000_0007n, 0x0_0000_0009n];
  const run = shortestRun(tornReadings(ACCESSORS.compat, heads, "low-high"));
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

/** What the interleavings show of an accessor. */
function findings(pointersOf: PointersOf) {
  const canTear = (torn: typeof tornReadings | typeof tornTails) =>
    HALF_ORDERS.some((halfOrder) =>
      choicesOf(HEADS, 2).some((positions) => torn(pointersOf, positions, halfOrder).length > 0)
    );
  return {
    tornHead: canTear(tornReadings),
    tornTail: canTear(tornTails),
    refuses: quietRound(pointersOf)?.some((line) => line.includes("stores tail")) === false,
  };
}

/** A recording with a tail that needs more than 32 bits. */
const CROSSED: JudgementFacts = {
  arch: null,
  auxtraceType: null,
  storesTails: true,
  hasMore: false,
  flaggedTails: 1,
  bits: 32,
  stoppedByLimit: false,
  crosses4GiB: true,
};

Deno.test("judge() says of released perfs what the interleavings of their accessors show", () => {
  for (const arch of ["x86_64", "riscv64", "aarch64", "armv8l", "i686", "ppc64", "loongarch64"]) {
    const { kind, pointersOf } = auxPointersFor(32, arch);
    const { tornHead, tornTail, refuses } = findings(pointersOf);
    const { released } = judge({ ...CROSSED, arch });
    assertEquals(
      { arch, accessor: released.accessor, refuses: released.refuses, torn: released.tornReads },
      { arch, accessor: kind, refuses, torn: tornHead || tornTail },
    );
  }
});

Deno.test("judge() says of the v4 patch what the interleavings of its accessors show", () => {
  assertEquals(judge(CROSSED).generic.refuses, findings(compatAuxPointers).refuses);
});

const guide = Deno.readTextFileSync(new URL("../docs/accessors.md", import.meta.url));

/** Cells of the table in the guide that has this heading, row by row, without code marks. */
function guideTable(heading: string): string[][] {
  const [, section = ""] = guide.split(`\n| ${heading}`);
  const lines = section.split("\n\n")[0]!.split("\n").slice(2);
  return lines.map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.replaceAll("`", "").trim())
  );
}

Deno.test("docs/accessors.md shows the shortest torn schedules", () => {
  const rows = HALF_ORDERS.flatMap((halfOrder) => {
    const [before = 0n, after = 0n] = CROSSING;
    const order = halfOrder === "low-high" ? "low half first" : "high half first";
    const head = shortestRun(tornReadings(ACCESSORS.plain, [before, after], halfOrder))!;
    const tail = shortestRun(tornTails(ACCESSORS.plain, [before, after], halfOrder))!;
    const seen = tail.accesses.find(({ what }) => what === "kernel loads tail")!.value;
    return [
      ["head", order, ...scheduleLines(head), `0x${head.result.toString(16)}`],
      ["tail", order, ...scheduleLines(tail), `0x${seen.toString(16)}`],
    ];
  });
  assertEquals(guideTable("torn ").toSorted(), rows.toSorted());
});

Deno.test("docs/accessors.md says of each accessor what the interleavings show", () => {
  const yesNo = (is: boolean) => is ? "possible" : "no";
  assertEquals(
    guideTable("accessor | machine").map(([kind, , ...cells]) => [kind, ...cells]),
    Object.entries(ACCESSORS).map(([kind, pointersOf]) => {
      const { tornHead, tornTail, refuses } = findings(pointersOf);
      return [kind, yesNo(tornHead), yesNo(tornTail), refuses ? "refused" : "stored"];
    }),
  );
});

Deno.test("docs/accessors.md names machines that have the accessor", () => {
  for (const [kind, machines] of guideTable("accessor | machine").slice(1)) {
    for (const machine of machines!.split(", ")) {
      assertEquals([machine, auxPointersFor(32, machine).kind], [machine, kind]);
    }
  }
});

Deno.test("docs/accessors.md says what judge() says of each accessor", () => {
  const machines = { compat: "x86_64", arm: "aarch64", plain: "armv8l" };
  assertEquals(
    guideTable("accessor of"),
    Object.entries(machines).map(([kind, arch]) => {
      const { generic, released } = judge({ ...CROSSED, arch });
      return [kind, generic.refuses, released.refuses, released.tornReads].map(String);
    }),
  );
});
