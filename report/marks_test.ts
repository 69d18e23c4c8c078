import { assertEquals } from "@std/assert";
import { MarkCollector } from "./_marks.ts";

Deno.test("MarkCollector gives marks that begin before they end where time goes backwards", () => {
  const marks = new MarkCollector();
  for (const [place, time] of [9, 3, 5].entries()) {
    marks.add("truncated", { time, place, position: null }, 8);
  }
  assertEquals(marks.finish({ kind: "time", origin: 0 }, 1), [
    { kind: "truncated", from: 5, to: 9, count: 3, position: null },
  ]);
});
