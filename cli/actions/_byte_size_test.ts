import { ValidationError } from "@cliffy/command";
import { assertEquals, assertThrows } from "@std/assert";
import { parseByteSize } from "./_byte_size.ts";

Deno.test("parseByteSize() knows B, K, M and G in either case, up to 2^53 - 1 bytes", () => {
  const sizes = ["0", "7", "7b", "64K", "64k", "3M", "2g", "9007199254740991", "8388607G"];
  assertEquals(sizes.map((text) => parseByteSize(text, "-s")), [
    ...[0, 7, 7, 65536, 65536, 3 << 20, 2 ** 31, 2 ** 53 - 1, 2 ** 53 - 2 ** 30],
  ]);
  for (const text of ["", "K", "1.5K", "-1", "1T", "1 K", "64KB"]) {
    const { message } = assertThrows(() => parseByteSize(text, "-s"), ValidationError);
    assertEquals(message, `Option "-s" takes bytes such as 64K or 2G, got "${text}"`);
  }
  for (const text of ["9007199254740992", "8388608G"]) {
    const { message } = assertThrows(() => parseByteSize(text, "-s"), ValidationError);
    assertEquals(message, `Option "-s": ${text} is more than there can be`);
  }
});
