import { assertEquals } from "@std/assert";
import { quotedText } from "./_quoted.ts";

Deno.test("quotedText() marks text of which only the start is known", () => {
  assertEquals(quotedText({ excerpt: "ab\n", size: 3 }), '"ab\\n"');
  assertEquals(quotedText({ excerpt: "ab", size: 3 }), '"ab" ...');
  assertEquals(quotedText({ excerpt: "\u00e9", size: 2 }), '"\u00e9"');
  // The first byte of two.
  assertEquals(quotedText({ excerpt: "a\ufffd", size: 3 }), '"a\ufffd" ...');
});
