import { assertEquals } from "@std/assert";
import { FileTail } from "./file_tail.ts";

Deno.test("FileTail reads what arrives bit by bit, into one buffer", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => i);
  const buffers = new Set<ArrayBufferLike>();
  let arrived = 8;
  const source = {
    size: Infinity,
    read(offset: number, into: Uint8Array) {
      buffers.add(into.buffer);
      const part = bytes.subarray(offset, arrived);
      into.set(part);
      return part.length > 0 ? part.length : arrived < bytes.length ? -1 : 0;
    },
  };
  let ends = 0;
  const tail = new FileTail(source, 8, { maxSize: 24, onEnd: () => ends++ });
  while (!tail.take()) arrived++;
  assertEquals([arrived, ends, buffers.size], [40, 1, 1]);
  const held = new Uint8Array(40);
  assertEquals([tail.start, tail.end, tail.read(8, held)], [8, 32, 24]);
  assertEquals(held.subarray(0, 24), bytes.subarray(8, 32));
  assertEquals([tail.read(7, held), tail.read(30, held), tail.read(32, held)], [0, 2, 0]);
});
