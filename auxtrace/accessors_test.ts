import { assertEquals, assertThrows } from "@std/assert";
import {
  type AuxPointers,
  auxPointersFor,
  compatAuxPointers,
  kernelIs64Bit,
  nativeAuxPointers,
  plainAuxPointers,
} from "./accessors.ts";
import { CONTROL_PAGE_SIZE } from "./control_page.ts";

// As in perf_event.h, not by way of ControlPage.
const AUX_HEAD = 1056;
const AUX_TAIL = 1064;

const POSITIONS = [
  0n,
  1n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x0123_4567_89ab_cdefn,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A page with other bytes around the positions, to see that they stay. */
function filledPage({ head = 0n, tail = 0n }: { head?: bigint; tail?: bigint }): ArrayBuffer {
  const page = new ArrayBuffer(4096);
  new Uint8Array(page).fill(0xa5);
  new DataView(page).setBigUint64(AUX_HEAD, head, true);
  new DataView(page).setBigUint64(AUX_TAIL, tail, true);
  return page;
}

const KINDS: Record<string, (page: ArrayBuffer) => AuxPointers> = {
  native: nativeAuxPointers,
  compat: compatAuxPointers,
  plain: plainAuxPointers,
};

for (const [kind, pointersOf] of Object.entries(KINDS)) {
  Deno.test(`${kind} readHead() returns every head exactly and changes nothing`, () => {
    for (const head of POSITIONS) {
      const page = filledPage({ head });
      assertEquals(pointersOf(page).readHead(), head);
      assertEquals(page, filledPage({ head }));
    }
  });

  Deno.test(`${kind} readHead() sees later heads through the same view`, () => {
    const page = new ArrayBuffer(CONTROL_PAGE_SIZE);
    const pointers = pointersOf(page);
    for (const head of POSITIONS) {
      new DataView(page).setBigUint64(AUX_HEAD, head, true);
      assertEquals(pointers.readHead(), head);
    }
  });

  Deno.test(`${kind} writeTail() stores tails up to 2^32 - 1 and nothing else`, () => {
    for (const tail of [0n, 1n, 0x8000_0000n, 0xffff_ffffn]) {
      const page = filledPage({ head: 7n, tail: 5n });
      assertEquals(pointersOf(page).writeTail(tail), true);
      assertEquals(page, filledPage({ head: 7n, tail }));
    }
  });

  Deno.test(`${kind} writeTail() takes tails modulo 2^64`, () => {
    const page = filledPage({ tail: 5n });
    assertEquals(pointersOf(page).writeTail(2n ** 64n + 6n), true);
    assertEquals(page, filledPage({ tail: 6n }));
    assertEquals(pointersOf(page).writeTail(-1n), kind !== "compat");
  });

  Deno.test(`${kind}AuxPointers() rejects a page that ends before aux_tail does`, () => {
    assertThrows(() => pointersOf(new ArrayBuffer(1071)), RangeError);
    assertEquals(pointersOf(new ArrayBuffer(1072)).readHead(), 0n);
  });

  Deno.test(`${kind} accessors fail on a page that is gone`, () => {
    const page = new ArrayBuffer(CONTROL_PAGE_SIZE);
    const pointers = pointersOf(page);
    page.transfer(0);
    assertThrows(() => pointers.readHead());
    assertThrows(() => pointers.writeTail(0n));
  });
}

Deno.test("native writeTail() stores tails above 4 GiB", () => {
  for (const tail of POSITIONS) {
    const page = filledPage({ head: 7n, tail: 5n });
    assertEquals(nativeAuxPointers(page).writeTail(tail), true);
    assertEquals(page, filledPage({ head: 7n, tail }));
  }
});

Deno.test("compat writeTail() refuses every bit above the low half and leaves the page alone", () => {
  for (let bit = 32n; bit < 64n; bit++) {
    for (const tail of [1n << bit, (1n << bit) + 1n, 2n ** 64n - (1n << bit)]) {
      const page = filledPage({ head: 7n, tail: 5n });
      assertEquals([tail, compatAuxPointers(page).writeTail(tail)], [tail, false]);
      assertEquals(page, filledPage({ head: 7n, tail: 5n }));
    }
  }
});

Deno.test("compat writeTail() has its limit at 2^bits", () => {
  for (let bits = 8; bits <= 52; bits++) {
    const page = filledPage({});
    const pointers = compatAuxPointers(page, { bits });
    const limit = 2n ** BigInt(bits);
    assertEquals([bits, pointers.writeTail(limit - 1n)], [bits, true]);
    assertEquals([bits, pointers.writeTail(limit)], [bits, false]);
    assertEquals([bits, pointers.writeTail(2n ** 64n - 1n)], [bits, false]);
    assertEquals(page, filledPage({ tail: limit - 1n }));
  }
});

Deno.test("compat readHead() is not limited by bits", () => {
  const page = filledPage({ head: 2n ** 64n - 1n });
  assertEquals(compatAuxPointers(page, { bits: 16 }).readHead(), 2n ** 64n - 1n);
});

Deno.test("compatAuxPointers() rejects bits outside 8 to 52 before it looks at the page", () => {
  for (const bits of [-32, 0, 7, 53, 64, 32.5, NaN, Infinity]) {
    assertThrows(
      () => compatAuxPointers(new ArrayBuffer(0), { bits }),
      RangeError,
      `Cannot limit tails to ${bits} bits: expected an integer from 8 to 52`,
    );
  }
});

// Names as uname -m gives them.
const LISTED = ["x86_64", "mips64", "parisc64", "riscv64", "s390x", "sparc64"];
const LISTED_ARM = ["aarch64", "aarch64_be", "arm64"];
const UNLISTED_ARM = ["armv7l", "armv8l", "arm"];
const UNLISTED = [
  "i686",
  "ppc64",
  "ppc64le",
  "loongarch64",
  "mips",
  "s390",
  "",
];

Deno.test("kernelIs64Bit() knows the machines of perf's list by prefix, and no others", () => {
  for (const machine of [...LISTED, ...LISTED_ARM]) {
    assertEquals([machine, kernelIs64Bit(machine)], [machine, true]);
  }
  for (const machine of [...UNLISTED, ...UNLISTED_ARM, "X86_64", " x86_64", "x86"]) {
    assertEquals([machine, kernelIs64Bit(machine)], [machine, false]);
  }
});

Deno.test("auxPointersFor() is native for a 64-bit process on any machine", () => {
  for (const machine of [...LISTED, ...LISTED_ARM, ...UNLISTED]) {
    assertEquals(auxPointersFor(64, machine).kind, "native");
  }
});

Deno.test("auxPointersFor() tells the three accessors of a 32-bit process apart", () => {
  const cases = [
    ["compat", compatAuxPointers, LISTED],
    ["arm", nativeAuxPointers, LISTED_ARM],
    ["plain", plainAuxPointers, [...UNLISTED, ...UNLISTED_ARM]],
  ] as const;
  for (const [kind, pointersOf, machines] of cases) {
    for (const machine of machines) {
      assertEquals([machine, auxPointersFor(32, machine)], [machine, { kind, pointersOf }]);
      assertEquals(auxPointersFor(64, machine), { kind: "native", pointersOf: nativeAuxPointers });
    }
  }
});

Deno.test("auxPointersFor() makes accessors of which compat alone refuses", () => {
  const cases = [
    [auxPointersFor(64, "x86_64"), true],
    [auxPointersFor(32, "aarch64"), true],
    [auxPointersFor(32, "armv8l"), true],
    [auxPointersFor(32, "ppc64"), true],
    [auxPointersFor(32, "x86_64"), false],
  ] as const;
  for (const [{ kind, pointersOf }, stores] of cases) {
    const page = filledPage({});
    assertEquals([kind, pointersOf(page).writeTail(0x1_0000_0000n)], [kind, stores]);
    assertEquals([kind, pointersOf(page, { bits: 16 }).writeTail(0x1_0000n)], [kind, stores]);
  }
});
