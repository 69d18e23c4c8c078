import { assertEquals } from "@std/assert";
import { FixedSizeCursor, Mark } from "./internal.ts";

/** Packets of four bytes, each of the kind that its first byte says. */
class Fours extends FixedSizeCursor {
  protected override packetSize(): number {
    return 4;
  }

  protected override packetKind(at: number): number {
    return this.view.getUint8(at);
  }
}

/** Kind, offset, size and first byte of what comes next; null at the end. */
function step(cursor: Fours): number[] | null {
  if (!cursor.next()) return null;
  return [cursor.kind, cursor.offset, cursor.size, cursor.bytes[cursor.start]!];
}

Deno.test("A cursor over pieces stands at no byte before its first packet", () => {
  for (const cursor of [new Fours(), new Fours(new Uint8Array(8))]) {
    assertEquals([cursor.kind, cursor.offset, cursor.size, cursor.start, cursor.rest], [
      Mark.Bad,
      0,
      0,
      0,
      0,
    ]);
  }
  assertEquals([new Fours().next(), new Fours().bytes.length], [false, 0]);
});

Deno.test("A cursor over pieces counts positions on over several of them", () => {
  // The bytes lie after three others in their buffer.
  const stream = new Uint8Array([0, 0, 0, 5, 1, 1, 1, 6, 1, 1, 1, 7, 1, 1, 1, 8, 1, 1]).subarray(3);
  const cursor = new Fours(stream.subarray(0, 3));
  assertEquals([step(cursor), cursor.rest], [null, 3]);
  cursor.refill(stream.subarray(0, 9));
  assertEquals([step(cursor), step(cursor), step(cursor)], [[5, 0, 4, 5], [6, 4, 4, 6], null]);
  assertEquals(cursor.rest, 1);
  cursor.refill(stream.subarray(8, 12));
  assertEquals([step(cursor), step(cursor), cursor.rest], [[7, 8, 4, 7], null, 0]);
  cursor.refill(stream.subarray(12));
  assertEquals([step(cursor), cursor.rest], [null, 3]);
  cursor.end();
  assertEquals([step(cursor), step(cursor), cursor.rest], [[Mark.Cut, 12, 3, 8], null, 0]);
});

Deno.test("A cursor over pieces ends with a mark only where bytes are left", () => {
  for (const [size, cut] of [[0, null], [1, [2, 0, 1, 9]], [3, [2, 0, 3, 9]]] as const) {
    const cursor = new Fours(new Uint8Array(size).fill(9));
    cursor.end();
    assertEquals([step(cursor), step(cursor)], [cut, null]);
  }
  const whole = new Fours(new Uint8Array(4).fill(9));
  whole.end();
  assertEquals([step(whole), step(whole)], [[9, 0, 4, 9], null]);
});
