import { assertEquals } from "@std/assert";
import { bytesSource } from "./byte_source.ts";

Deno.test("bytesSource() fills as many bytes as there are, and leaves the others alone", () => {
  const source = bytesSource(Uint8Array.of(9, 1, 2, 3, 4).subarray(1));
  assertEquals(source.size, 4);
  const read = (offset: number, size: number) => {
    const into = new Uint8Array(size).fill(7);
    return [source.read(offset, into), ...into];
  };
  assertEquals(read(0, 2), [2, 1, 2]);
  assertEquals(read(1, 2), [2, 2, 3]);
  assertEquals(read(0, 4), [4, 1, 2, 3, 4]);
  assertEquals(read(2, 3), [2, 3, 4, 7]);
  assertEquals(read(3, 1), [1, 4]);
  assertEquals([read(4, 2), read(9, 2), read(0, 0)], [[0, 7, 7], [0, 7, 7], [0]]);
});
