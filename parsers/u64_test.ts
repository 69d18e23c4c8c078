import { assertEquals } from "@std/assert";
import { FormatError } from "./format_error.ts";
import { offsetText, sizeText } from "./u64.ts";

Deno.test("sizes and positions that numbers do not hold exactly are written as bounds", () => {
  const most = Number.MAX_SAFE_INTEGER;
  assertEquals([sizeText(most - 1), offsetText(most - 1)], [
    "9007199254740990",
    "0x1ffffffffffffe",
  ]);
  for (const value of [most, 2 ** 64]) {
    assertEquals(sizeText(value), "at least 9007199254740991");
    assertEquals(offsetText(value), "0x1fffffffffffff or beyond");
  }
});

Deno.test("a FormatError whose position no number holds says so", () => {
  const detail = { structure: "x", offset: 2 ** 64, expected: "a", actual: "b" };
  const message = "Cannot decode x at 0x1fffffffffffff or beyond: expected a, got b";
  assertEquals(new FormatError("corrupt", detail).message, message);
});
