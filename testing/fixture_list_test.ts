import { assertEquals } from "@std/assert";
import { checkFixtures, fixtureProblems } from "./fixture_list.ts";

Deno.test("checkFixtures() finds nothing in testdata/", () => {
  assertEquals(checkFixtures(new URL("../testdata/", import.meta.url)), []);
});

Deno.test("fixtureProblems() names what is missing", () => {
  const readme = "| `a.perf.data` | plain |\n| `b` | replayed |\n";
  const names = ["README.md", "a.perf.data", "a.records.json", "b.perf.data", "b.replay.json"];
  const without = (name: string) =>
    fixtureProblems(names.filter((other) => other !== name), readme);
  assertEquals(fixtureProblems(names, readme), []);
  assertEquals(without("a.records.json"), ["a.perf.data: no answer"]);
  assertEquals(without("b.perf.data"), [
    "b.replay.json: no recording",
    "b: in a README, but not there",
  ]);
  assertEquals(fixtureProblems([...names, "b.script.txt", "x.tmp"], readme), [
    "x.tmp: not a fixture",
  ]);
  assertEquals(fixtureProblems(names, "`b`"), ["a.perf.data: not in a README"]);
});
