import { assertEquals, assertThrows } from "@std/assert";
import { alignSpan, auxSpan } from "./span.ts";

/** Byte `at` of the ring holds `at`. */
function numbered(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at);
}

Deno.test("auxSpan() takes the right bytes at every position of small rings, as two views at most", () => {
  for (const length of [1, 7, 8, 12, 16]) {
    const ring = numbered(length);
    for (const lap of [0n, 1n, 2n ** 32n - 1n, 2n ** 55n]) {
      for (let start = 0; start < length; start++) {
        for (let size = 0; size <= length; size++) {
          const offset = lap * BigInt(length) + BigInt(start);
          const span = auxSpan(ring, offset, offset + BigInt(size));
          const expected = Array.from({ length: size }, (_, at) => (start + at) % length);
          assertEquals([...span.first, ...span.second], expected);
          assertEquals([span.offset, span.size], [offset, size]);
          assertEquals(span.second.length, Math.max(0, start + size - length));
        }
      }
    }
  }
});

Deno.test("auxSpan() lends the ring's own memory", () => {
  const ring = new Uint8Array(8);
  const { first, second } = auxSpan(ring, 6n, 10n);
  ring.fill(7);
  assertEquals([[...first], [...second]], [[7, 7], [7, 7]]);
});

Deno.test("auxSpan() rejects runs that no ring of that size can hold", () => {
  const ring = new Uint8Array(8);
  for (
    const [offset, end] of [[0n, 9n], [8n, 17n], [5n, 4n], [-1n, 3n], [0n, 2n ** 64n]] as const
  ) {
    assertThrows(() => auxSpan(ring, offset, end), RangeError, "Cannot take bytes");
  }
  assertThrows(() => auxSpan(new Uint8Array(0), 0n, 1n), RangeError);
  assertEquals(auxSpan(new Uint8Array(0), 3n, 3n).size, 0);
});

Deno.test("alignSpan() drops from the end of the first view alone", () => {
  const ring = numbered(64);
  // 40 bytes up to the end of the ring: one record of 24, 16 bytes over; then 24 from the start.
  const span = alignSpan(auxSpan(ring, 24n, 88n), 24);
  assertEquals([span.offset, span.size], [24n, 48]);
  assertEquals([...span.first], [...ring.subarray(24, 48)]);
  assertEquals([...span.second], [...ring.subarray(0, 24)]);

  const rest = auxSpan(ring, 0n, 23n);
  assertEquals([alignSpan(rest, 24).size, alignSpan(rest, 1)], [0, rest]);
});
