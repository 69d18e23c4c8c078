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

Deno.test("MarkCollector keeps twice the most while it collects, merges neighbours, and counts all", () => {
  const axis = { kind: "file", origin: 0 } as const;
  const of = (count: number, most: number, atEnd: number) => {
    const marks = new MarkCollector();
    for (let place = 0; place < count; place++) {
      marks.add("gap", { time: NaN, place, position: place * 8 }, most);
    }
    return marks.finish(axis, atEnd).map(({ from, to, count, position }) => [
      from,
      to,
      count,
      position,
    ]);
  };
  assertEquals(of(4, 2, 4), [[0, 0, 1, 0], [1, 1, 1, 8], [2, 2, 1, 16], [3, 3, 1, 24]]);
  // The fifth is one too many: pairs, and what is left.
  assertEquals(of(5, 2, 4), [[0, 1, 2, 0], [2, 3, 2, 16], [4, 4, 1, 32]]);
  assertEquals(of(5, 2, 3), of(5, 2, 4));
  assertEquals(of(5, 2, 2), [[0, 3, 4, 0], [4, 4, 1, 32]]);
  for (const atEnd of [1, 0]) assertEquals(of(5, 2, atEnd), [[0, 4, 5, 0]]);
});

Deno.test("MarkCollector counts kinds by themselves, and puts what has no time at 0", () => {
  const marks = new MarkCollector();
  assertEquals(marks.kinds, 0);
  marks.add("gap", { time: NaN, place: 70, position: null }, 8);
  marks.add("lost", { time: 7, place: 80, position: 1 }, 8);
  marks.add("lost", { time: NaN, place: 90, position: 2 }, 8);
  assertEquals(marks.kinds, 2);
  assertEquals(marks.finish({ kind: "time", origin: 5 }, 1), [
    { kind: "gap", from: 0, to: 0, count: 1, position: null },
    { kind: "lost", from: 2, to: 2, count: 2, position: 1 },
  ]);
  assertEquals(marks.finish({ kind: "file", origin: 10 }, 1), [
    { kind: "gap", from: 60, to: 60, count: 1, position: null },
    { kind: "lost", from: 70, to: 80, count: 2, position: 1 },
  ]);
});
