import { assertEquals } from "@std/assert";
import { jsonText } from "./json_text.ts";

const MAX = Number.MAX_SAFE_INTEGER;

Deno.test("jsonText() writes an object of simple values as it does beside others", () => {
  for (
    const value of [
      {},
      { a: 1, b: -0.5, c: null, d: true, e: "text" },
      { ip: 0xffff_ffff_8100_0000n, timeNs: 2n ** 63n, size: 2n ** 53n, count: 7n, low: -1n },
      { size: MAX },
      { fileOffset: 16 },
      { rest: NaN, more: Infinity, none: undefined },
      { text: 'a"b\\c\n\u0000\u007f\u202e\u{1f600}', 'k"\u2028': "x" },
      { "2": 1, "1": 2, a: 3 },
      new Uint8Array([1, 255]),
      [1n, 2n],
    ]
  ) {
    // With indentation it takes the general way.
    const general = JSON.stringify(JSON.parse(jsonText(value, 1)));
    const quick = jsonText(value);
    assertEquals(JSON.stringify(JSON.parse(quick)), general);
    assertEquals(/[\p{Cc}\u2028\u202e]/u.test(quick), false);
  }
});
