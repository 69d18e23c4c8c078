import { assertEquals } from "@std/assert";
import { applyEdit, findEdits, isParsed, type TypeScript } from "../testing/code_mutants/edits.ts";

const ts: TypeScript = (await import("typescript" as string)).default;

Deno.test("findEdits() changes one operator, constant or statement at a time", () => {
  const cases: [source: string, mutants: string[]][] = [
    ["if (a < b) c();", [
      "if (false) c();",
      "if (true) c();",
      "if (a <= b) c();",
      "if (a >= b) c();",
      "if (a < b) ;",
    ]],
    ["d = a === 1;", [";", "d = a !== 1;", "d = a === 2;", "d = a === 0;"]],
    ["this.x += 16n;", [
      ";",
      "this.x = 16n;",
      "this.x -= 16n;",
      "this.x += 17n;",
      "this.x += 15n;",
      "this.x += 0n;",
    ]],
    ["for (const a of b) continue;", ["for (const a of b) ;"]],
    ["function f() { if (a) return; return b; }", [
      "function f() { if (false) return; return b; }",
      "function f() { if (true) return; return b; }",
      "function f() { if (a) ; return b; }",
    ]],
    ["let a = b ?? c;", ["let a = b || c;", "let a = b;"]],
    ["let a = b?.c;", ["let a = b.c;"]],
    ["let a = !b;", ["let a = b;"]],
    ["let a = b.subarray(c, d);", ["let a = b.subarray(c, undefined);"]],
    ["let a = b.toSorted().shift();", ["let a = b.toSorted().pop();", "let a = b.shift();"]],
    ["let a = Math.min(b, c);", ["let a = Math.max(b, c);"]],
    ['switch (a) { case "b": c; }', ['switch (a) { case "b?": c; }', 'switch (a) { case "b": ; }']],
  ];
  for (const [source, mutants] of cases) {
    assertEquals(findEdits(ts, source).map((edit) => applyEdit(source, edit)), mutants);
  }
});

Deno.test("findEdits() leaves types, imports, comments, texts and messages as they are", () => {
  const source = `
    import { a } from "./1.ts"; // 1 < 2
    export * from "./2.ts";
    type B = 1 | 2;
    interface C { d: true; e?: 0 }
    const f = a as 3 | 4, g = "5" + a + "6", h: 7 | 8 = a;
    const i = new RangeError("expected " + (a + 1));
    console.log(1 + 2);`;
  assertEquals(findEdits(ts, source), []);
  assertEquals(findEdits(ts, "throw new Error(1 < 2);").map(({ replacement }) => replacement), [
    ";",
  ]);
});

Deno.test("isParsed() knows what is no program", () => {
  assertEquals([isParsed(ts, "let a = 1;"), isParsed(ts, "let a = ;")], [true, false]);
});
