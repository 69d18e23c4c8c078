import { assertEquals } from "@std/assert";
import { sequentialSource } from "./sequential_source.ts";

const KIB = 1024;

/** Byte at a position of the stream: the bytes of any two near positions differ somewhere. */
function byteAt(offset: number): number {
  return (offset ^ offset >> 8 ^ offset >> 16) & 0xff;
}

/** A pipe of `size` bytes that gives at most `most` at a time, and then ends as `end` says. */
function pipe(size: number, most: number, end: null | 0 = null) {
  let given = 0;
  let isOver = false;
  const reads: number[] = [];
  const source = sequentialSource((into) => {
    assertEquals(isOver, false, "a pipe is not read after its end");
    assertEquals(into.length > 0, true);
    reads.push(into.length);
    const count = Math.min(most, into.length, size - given);
    for (let i = 0; i < count; i++) into[i] = byteAt(given + i);
    given += count;
    isOver = count === 0;
    return isOver ? end : count;
  });
  return { source, reads, given: () => given };
}

/** Reads `size` bytes at once; gives the bytes that came, and checks that no others were written. */
function readAt(source: ReturnType<typeof sequentialSource>, offset: number, size: number): number {
  const into = new Uint8Array(size).fill(0xee);
  const count = source.read(offset, into);
  for (let i = 0; i < size; i++) {
    const expected = i < count ? byteAt(offset + i) : 0xee;
    if (into[i] !== expected) assertEquals([offset, i, into[i]], [offset, i, expected]);
  }
  return count;
}

Deno.test("sequentialSource() reads a stream to its end, however few bytes come at once", () => {
  for (const end of [null, 0] as const) {
    for (
      const [size, most, piece] of [[0, 1, 8], [1, 1, 8], [40, 1, 8], [1001, 13, 100]] as const
    ) {
      const { source } = pipe(size, most, end);
      let at = 0;
      for (;;) {
        const count = readAt(source, at, piece);
        if (count === 0) break;
        assertEquals(source.size, Infinity);
        at += count;
      }
      assertEquals([at, source.size], [size, size]);
      assertEquals([readAt(source, size, 8), readAt(source, size + 5, 8)], [0, 0]);
    }
  }
});

Deno.test("sequentialSource() gives what it holds, and reads on only at its end", () => {
  const { source, given } = pipe(100, 10);
  assertEquals([readAt(source, 0, 4), given()], [4, 10]);
  assertEquals([readAt(source, 4, 100), given()], [6, 10]);
  assertEquals([readAt(source, 9, 1), given()], [1, 10]);
  assertEquals([readAt(source, 10, 3), given()], [3, 20]);
  assertEquals([readAt(source, 2, 18), given()], [18, 20]);
  assertEquals([readAt(source, 45, 18), given()], [5, 50]);
  assertEquals([readAt(source, 0, 50), given()], [50, 50]);
  assertEquals(readAt(source, 101, 1), 0);
  assertEquals([source.size, given()], [100, 100]);
  assertEquals([readAt(source, 99, 8), readAt(source, 0, 100), readAt(source, 100, 1)], [
    1,
    100,
    0,
  ]);
});

Deno.test("sequentialSource() goes back by what it holds: at most 128 KiB", () => {
  const { source, reads } = pipe(300 * KIB, 128 * KIB);
  assertEquals(readAt(source, 0, 8), 8);
  assertEquals(readAt(source, 128 * KIB - 1, 8), 1);
  assertEquals(readAt(source, 0, 128 * KIB), 128 * KIB);
  // Now it holds nothing of the first 128 KiB any more.
  assertEquals(readAt(source, 128 * KIB, 200 * KIB), 128 * KIB);
  assertEquals([readAt(source, 128 * KIB - 1, 8), readAt(source, 0, 8)], [0, 0]);
  assertEquals(readAt(source, 128 * KIB, 8), 8);
  assertEquals(readAt(source, 256 * KIB - 1, 8), 1);
  assertEquals(readAt(source, 256 * KIB, 1), 1);
  assertEquals([readAt(source, 256 * KIB - 1, 1), readAt(source, 256 * KIB, 1)], [0, 1]);
  assertEquals(readAt(source, 300 * KIB, 1), 0);
  assertEquals(reads, [128, 128, 128, 84].map((size) => size * KIB));
});

Deno.test("sequentialSource() uses its buffer again after 64 KiB that are skipped", () => {
  const { source, reads } = pipe(400 * KIB, 32 * KIB);
  assertEquals(readAt(source, 200 * KIB, 8), 8);
  // It holds 0, 32, then starts again at 64, 128 and 192 KiB.
  assertEquals(reads, [128, 96, 128, 96, 128, 96, 128].map((size) => size * KIB));
  assertEquals([readAt(source, 192 * KIB, 8), readAt(source, 192 * KIB - 1, 8)], [8, 0]);
  assertEquals(readAt(source, 192 * KIB, 100 * KIB), 32 * KIB);
  // Where nothing is skipped, it fills the buffer.
  reads.length = 0;
  for (let at = 224; at < 352; at += 32) assertEquals(readAt(source, at * KIB, 8), 8);
  assertEquals(reads, [96, 64, 32, 128].map((size) => size * KIB));
});
