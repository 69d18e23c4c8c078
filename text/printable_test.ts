import { assertEquals } from "@std/assert";
import { printable, printableJson } from "./printable.ts";

/** Text, and how it is printed. */
const CASES = [
  ["plain \u00e4 \u65e5\u672c \u{1f600} ~", "plain \u00e4 \u65e5\u672c \u{1f600} ~"],
  ["a\x1b[31mb\x07\r\n\t\0", "a\\x1b[31mb\\x07\\x0d\\x0a\\x09\\x00"],
  ["\x7f\x80\x9b\xad", "\\x7f\\x80\\x9b\\xad"],
  [
    "\u200b\u200d\u2060\ufeff\u180e\u3164\u115f",
    "\\u200b\\u200d\\u2060\\ufeff\\u180e\\u3164\\u115f",
  ],
  [
    "\u202e\u2066\u2069\u200f\u061c\u2028\u2029",
    "\\u202e\\u2066\\u2069\\u200f\\u061c\\u2028\\u2029",
  ],
  ["\u{e0041}\u{1d173}", "\\u{e0041}\\u{1d173}"],
  // Bytes of names that are not UTF-8, and other halves of characters.
  ["a\udcffb\udc80", "a\\xffb\\x80"],
  ["\ud800x\udffd", "\\ud800x\ufffd"],
] as const;

Deno.test("printable() escapes what is not seen, and what a terminal acts on", () => {
  for (const [text, expected] of CASES) assertEquals(printable(text), expected);
  for (const [, expected] of CASES) assertEquals(printable(expected), expected);
});

Deno.test("printableJson() hides nothing, and keeps what the JSON says", () => {
  for (const [text] of CASES) {
    for (const space of [0, 2]) {
      const json = printableJson(JSON.stringify({ text }, null, space));
      assertEquals(JSON.parse(json), { text });
      assertEquals(printable(json).replaceAll("\\x0a", "\n"), json);
    }
  }
});
