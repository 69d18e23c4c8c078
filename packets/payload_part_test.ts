import { assertEquals } from "@std/assert";
import { payloadBytes } from "../testing/printed_packets.ts";
import { payloadPart } from "./payload_part.ts";

Deno.test("payloadPart() reads its own bytes and none after them", () => {
  const whole = payloadBytes(Uint8Array.of(1, 2, 3, 4, 5, 6), { auxOffset: 10n, fileOffset: 100 });
  const part = payloadPart(whole, { from: 1, size: 3 });
  assertEquals([part.auxOffset, part.size, part.fileOffset], [11n, 3, 101]);
  const read = (at: number, size: number) => {
    const into = new Uint8Array(size).fill(9);
    return [part.read(at, into), ...into];
  };
  assertEquals(read(0, 2), [2, 2, 3]);
  assertEquals(read(0, 5), [3, 2, 3, 4, 9, 9]);
  assertEquals(read(2, 5), [1, 4, 9, 9, 9, 9]);
  assertEquals([read(3, 2), read(4, 2)], [[0, 9, 9], [0, 9, 9]]);
});
