import { assertEquals } from "@std/assert";
import { barGroups, barPaths, mostFrequent } from "./packet_bars.ts";

function bins(...counts: readonly (readonly number[])[]) {
  return counts.map((counts, n) => ({ from: n, to: n + 1, counts }));
}

const NINE = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

Deno.test("barGroups() are the kinds that occur, most packets first", () => {
  assertEquals(barGroups(["PSB", "TNT", "TIP", "PAD"], bins([1, 0, 2], [1, 0, 3, 2])), [
    { name: "TIP", style: "fill-0", kinds: [2] },
    { name: "PSB", style: "fill-1", kinds: [0] },
    { name: "PAD", style: "fill-2", kinds: [3] },
  ]);
  assertEquals([barGroups([], bins([])), barGroups(["PSB"], [])], [[], []]);
});

Deno.test("barGroups() has seven colours, and one for all others, which is the last", () => {
  const namesOf = (...counts: number[]) => barGroups(NINE, bins(counts)).map(({ name }) => name);
  assertEquals(namesOf(9, 8, 7, 6, 5, 4, 3), ["a", "b", "c", "d", "e", "f", "g"]);
  assertEquals(namesOf(9, 8, 7, 6, 5, 4, 3, 2), ["a", "b", "c", "d", "e", "f", "g", "others"]);
  const groups = barGroups(NINE, bins([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  assertEquals(groups.map(({ style }) => style), [
    ...[0, 1, 2, 3, 4, 5, 6].map((slot) => `fill-${slot}`),
    "fill-rest",
  ]);
  assertEquals(groups.at(-1), { name: "others", style: "fill-rest", kinds: [1, 0] });
});

Deno.test("barPaths() stacks the groups, and the tallest part is full", () => {
  const parts = bins([1, 2, 1], [0, 2], [0, 0, 0]);
  const groups = [[1], [0, 2]].map((kinds) => ({ name: "", style: "", kinds }));
  assertEquals(barPaths(groups, parts), [
    "M0.06 50.000h.88v50.000h-.88zM1.06 50.000h.88v50.000h-.88z",
    "M0.06 0.000h.88v50.000h-.88z",
  ]);
  const [only] = barPaths(groups.slice(0, 1), bins([0, 1], [0, 3]));
  assertEquals(only, "M0.06 66.667h.88v33.333h-.88zM1.06 0.000h.88v100.000h-.88z");
  assertEquals(barPaths(groups, bins([0, 0])), ["", ""]);
});

Deno.test("mostFrequent() are six kinds at most, none without a packet", () => {
  assertEquals(mostFrequent(["PSB", "TNT", "TIP"], [1, 0, 1234]), ["TIP 1\u202f234", "PSB 1"]);
  const eight = mostFrequent(NINE, [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(eight, ["h 8", "g 7", "f 6", "e 5", "d 4", "c 3"]);
});
