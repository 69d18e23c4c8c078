import { assertEquals } from "@std/assert";
import { printable } from "../../text/mod.ts";
import { countOf, textTable, wrap } from "./table.ts";

/** Ranges of characters that could move the cursor, hide text or turn its direction around. */
const UNPRINTABLE: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x1f], // C0
  [0x7f, 0x9f], // DEL, C1
  [0x61c, 0x61c], // Arabic letter mark
  [0x200e, 0x200f], // left-to-right and right-to-left mark
  [0x2028, 0x2029], // line and paragraph separator
  [0x202a, 0x202e], // embeddings and overrides
  [0x2066, 0x2069], // isolates
];

Deno.test("printable() escapes controls and marks of direction, and nothing else of 16 bits", () => {
  const wanted = (code: number) => UNPRINTABLE.some(([from, to]) => code >= from && code <= to);
  const escaped = (code: number) => printable(String.fromCharCode(code)).startsWith("\\");
  const differing = Array.from({ length: 0x10000 }, (_, code) => code)
    .filter((code) => code !== 0x5c && wanted(code) !== escaped(code));
  assertEquals(differing, []);
});

Deno.test("printable() writes two digits below 256, four above, each time", () => {
  assertEquals(printable("\x00\x1b[31m\x7f\x80\x9f\xa0"), "\\x00\\x1b[31m\\x7f\\x80\\x9f\xa0");
  assertEquals(printable("\x05\n"), "\\x05\\x0a");
  assertEquals(printable("\u061c\u200e\u202e"), "\\u061c\\u200e\\u202e");
  assertEquals(printable("a\u2066b\u2067c\u2068d\u2069e"), "a\\u2066b\\u2067c\\u2068d\\u2069e");
  assertEquals(printable("é 漢 😀 \\x1b"), "é 漢 😀 \\x1b");
});

Deno.test("textTable() puts columns of numbers to the right, all others to the left", () => {
  const rows = [["a", "1", "~0x2", "-", ""], ["long", "100", "<1 s", ".5", "7"]];
  assertEquals(textTable(["name", "n", "tail", "x", "y"], rows), [
    "name    n  tail   x  y",
    "a       1  ~0x2   -",
    "long  100  <1 s  .5  7",
  ]);
  assertEquals(textTable(["name", "n"], [["a", "1"], ["b", "none"]]), [
    "name  n",
    "a     1",
    "b     none",
  ]);
  assertEquals(textTable(["name", "n"], []), ["name  n"]);
});

Deno.test("textTable() draws columns together where it would pass 80 columns", () => {
  for (const [width, gap] of [[76, 2], [77, 1]] as const) {
    const [heading, row] = textTable(["a", "b", "c"], [["x".repeat(width - 2), "y", "z"]]);
    assertEquals(row, ["x".repeat(width - 2), "y", "z"].join(" ".repeat(gap)));
    assertEquals(heading!.length, width - 2 + 2 + 2 * gap);
  }
});

Deno.test("wrap() fills lines up to the width, and leaves longer words whole", () => {
  assertEquals(wrap("aaa bbb cc", 7), ["aaa bbb", "cc"]);
  assertEquals(wrap("aaa bbb cc", 6), ["aaa", "bbb cc"]);
  assertEquals(wrap("a bbbbbbbb c", 4), ["a", "bbbbbbbb", "c"]);
  assertEquals(wrap("bbbbbbbb c", 4), ["bbbbbbbb", "c"]);
  assertEquals(wrap(""), [""]);
  assertEquals(wrap(`${"a".repeat(79)} b`), ["a".repeat(79), "b"]);
  assertEquals(wrap(`${"a".repeat(78)} b`), [`${"a".repeat(78)} b`]);
});

Deno.test("countOf() uses the singular for one only", () => {
  assertEquals([0, 1, 2].map((n) => countOf(n, "tail")), ["0 tails", "1 tail", "2 tails"]);
});
