import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type AuxPointers, compatAuxPointers, nativeAuxPointers } from "../auxtrace/accessors.ts";
import { ControlPage } from "../auxtrace/control_page.ts";
import type { AuxSpan } from "../auxtrace/span.ts";
import { checkWords, pause, SimulatedRing, type WriterReport } from "../testing/simulated_ring.ts";
import { AuxRing, AuxTailOverflow } from "./aux_ring.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const LIMIT = 2n ** 32n;

/** Reads `size` bytes of a writer at full speed, and checks each word. */
async function readAll(
  pointersOf: (page: ArrayBuffer) => AuxPointers,
  { start, size }: { start: bigint; size: number },
): Promise<WriterReport> {
  using simulated = new SimulatedRing(MIB, start);
  using ring = new AuxRing(simulated.auxMemory(pointersOf));
  const { report } = await simulated.start({ kind: "words", size });
  while (ring.bytesRead < size) {
    if (ring.drain(checkWords) === 0) pause();
  }
  assertEquals([ring.tail, ring.head, ring.overflow], [start + BigInt(size), ring.tail, null]);
  assertEquals(simulated.memory.positions()[1], ring.tail);
  return await report;
}

Deno.test("AuxRing.drain() reads 1 GiB of a writer at full speed through 2^32, natively", async () => {
  const { written, badTails } = await readAll(nativeAuxPointers, {
    start: LIMIT - BigInt(GIB / 2),
    size: GIB,
  });
  assertEquals([written, badTails], [GIB, 0]);
});

Deno.test("AuxRing.drain() reads 1 GiB of a writer at full speed by halves, below 2^32", async () => {
  const { written, badTails } = await readAll(compatAuxPointers, {
    start: LIMIT - BigInt(GIB + 8),
    size: GIB,
  });
  assertEquals([written, badTails], [GIB, 0]);
});

Deno.test("AuxRing.drain() by halves delivers every byte up to the refused tail, then stops", async () => {
  const start = LIMIT - BigInt(16 * MIB);
  using simulated = new SimulatedRing(MIB, start);
  using ring = new AuxRing(simulated.auxMemory(compatAuxPointers));
  const { report } = await simulated.start({ kind: "words", size: 32 * MIB });
  const overflow: AuxTailOverflow = assertThrows(() => {
    for (;;) if (ring.drain(checkWords) === 0) pause();
  }, AuxTailOverflow);
  assert(overflow.tail >= LIMIT && overflow.tail < LIMIT + BigInt(MIB));
  assertEquals(overflow.limit, LIMIT - 1n);
  assertEquals(BigInt(overflow.bytesRead), overflow.tail - start);
  assertEquals([ring.tail, ring.bytesRead], [overflow.tail, overflow.bytesRead]);
  assertStrictEquals(ring.overflow, overflow);

  const storedTail = simulated.memory.positions()[1]!;
  assert(storedTail < LIMIT && storedTail >= LIMIT - BigInt(MIB));
  for (let turn = 0; turn < 3; turn++) assertEquals(ring.drain(() => assert(false)), 0);
  assertEquals(simulated.memory.positions()[1], storedTail);

  ring[Symbol.dispose]();
  const { written, badTails } = await report;
  assert(start + BigInt(written) < storedTail + BigInt(MIB), "the writer passed the tail");
  assertEquals(badTails, 0);
});

for (const pointersOf of [nativeAuxPointers, compatAuxPointers]) {
  Deno.test(`${pointersOf.name}() read no torn head of a writer at full speed`, async () => {
    using simulated = new SimulatedRing(4096);
    const { readHead } = pointersOf(simulated.memory.page);
    const { report } = await simulated.start({ kind: "heads" });
    let last = 0n;
    let changes = 0;
    for (let turn = 0; turn < 2e5 || changes < 1000; turn++) {
      const head = readHead();
      if (head >> 32n !== (head & 0xffff_ffffn) || head < last) {
        throw new Error(`Torn head 0x${head.toString(16)} after 0x${last.toString(16)}`);
      }
      if (head !== last) changes++;
      last = head;
    }
    simulated[Symbol.dispose]();
    const { written } = await report;
    assert(BigInt(written) >= (last & 0xffff_ffffn), `${written} written, ${last} read`);
  });
}

/** A ring with `size` bytes to read. */
async function filledRing(size: number): Promise<AuxRing> {
  const simulated = new SimulatedRing(4096);
  const { report } = await simulated.start({ kind: "words", size });
  await report;
  return new AuxRing(simulated.auxMemory(nativeAuxPointers));
}

function bytesOf({ first, second }: AuxSpan): Uint8Array[] {
  return [first, second];
}

Deno.test("AuxRing lends views that are empty, and not a crash, after it is closed", async () => {
  const ring = await filledRing(2048);
  const kept: Uint8Array[] = [];
  ring.drain((span) => void kept.push(...bytesOf(span)));
  assertEquals(kept.map(({ length }) => length), [2048, 0]);
  const later = kept.map((view) => view.subarray(0, 8));
  const words = new Float64Array(kept[0]!.buffer, 0, 8);
  assertEquals(words[1], 8);
  ring[Symbol.dispose]();
  assertEquals([...kept, ...later, words].map(({ length }) => length), [0, 0, 0, 0, 0]);
  assertEquals([kept[0]![0], words[1]], [undefined, undefined]);
  kept[0]![0] = 1;
  words[1] = 1;
  assertThrows(() => new Uint8Array(words.buffer, 0, 8));
});

Deno.test("AuxRing can be closed twice", async () => {
  const ring = await filledRing(8);
  ring[Symbol.dispose]();
  ring[Symbol.dispose]();
});

Deno.test("AuxRing.drain() of a closed ring throws a TypeError that says so", async () => {
  const ring = await filledRing(8);
  ring[Symbol.dispose]();
  const closed = "Cannot read an AUX ring that is closed";
  assertThrows(() => ring.drain(() => {}), TypeError, closed);
  assertThrows(() => ring.head, TypeError, closed);
  assertEquals([ring.tail, ring.bytesRead], [0n, 0]);
});

Deno.test("AuxRing.drain() lends the same bytes again after an exception", async () => {
  using ring = await filledRing(2048);
  assertThrows(
    () =>
      ring.drain(() => {
        throw new RangeError("of the caller");
      }),
    RangeError,
    "of the caller",
  );
  assertEquals([ring.tail, ring.bytesRead], [0n, 0]);
  assertEquals(ring.drain(checkWords), 2048);
  assertEquals([ring.tail, ring.drain(checkWords)], [2048n, 0]);
});

Deno.test("AuxRing.drain() rejects a call of itself in the callback, and works after it", async () => {
  using ring = await filledRing(2048);
  assertThrows(() => ring.drain(() => void ring.drain(() => {})), TypeError, "its own callback");
  assertEquals(ring.drain(checkWords), 2048);
});

Deno.test("AuxRing can be closed inside the callback of drain()", async () => {
  using ring = await filledRing(2048);
  const size = ring.drain(({ first }) => {
    ring[Symbol.dispose]();
    assertEquals(first.length, 0);
  });
  assertEquals(size, 2048);
});

Deno.test("AuxRing.drain() lends the last lap of a head that ran further than the ring", () => {
  const page = new ArrayBuffer(4096);
  const head = new BigUint64Array(page, ControlPage.auxHead, 1);
  using ring = new AuxRing({
    page,
    ring: Uint8Array.from(new Array(64).keys()),
    pointers: nativeAuxPointers(page),
    close() {},
  });
  const lent: unknown[] = [];
  for (const to of [40n, 40n + 64n, 40n + 64n * 4n, 40n + 64n * 9n + 30n]) {
    head[0] = to;
    const size = ring.drain(({ offset, first, second }) =>
      lent.push([offset, first[0], second.length])
    );
    lent.push([size, ring.tail === to]);
  }
  assertEquals(lent, [
    [0n, 0, 0],
    [40, true],
    [40n, 40, 40],
    [64, true],
    [40n + 64n * 3n, 40, 40],
    [64, true],
    [40n + 64n * 9n, 40, 6],
    [30, true],
  ]);
});
