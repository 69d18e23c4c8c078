import { assertEquals } from "@std/assert";
import { countOf, textTable, wrap } from "./table.ts";

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

Deno.test("textTable() lays out more rows than a function takes arguments", () => {
  const lines = textTable(
    ["name", "size"],
    Array.from({ length: 200_000 }, (_, n) => ["f", `${n}`]),
  );
  assertEquals([lines.length, lines[1], lines.at(-1)], [200_001, "f          0", "f     199999"]);
});
