import { assert, assertEquals } from "@std/assert";
import { roomOf, ROOMS, testsOf } from "./rooms.ts";
import { knownEqual, type Mutant, mutantOf, shuffle, tableText } from "./mutants.ts";

const root = new URL("../../", import.meta.url);
const paths = [...sourceFiles("")].sort();

Deno.test("Rooms of mutants hold every folder of product code, and have tests", () => {
  const exempt = /^(?:_tools|bench|dist|docs|lab|testdata|testing|web)\/|^web\/[^/]*$|^[^/]*$/;
  for (const path of paths.filter((path) => !path.endsWith("_test.ts"))) {
    assertEquals([path, roomOf(path) !== undefined], [path, !isExempt(path, exempt)]);
  }
  for (const room of ROOMS) {
    assert(paths.some((path) => roomOf(path) === room), room.name);
    assert(testsOf(room, paths).length > 0, room.name);
    for (const start of [...room.guards ?? [], ...room.without ?? []]) {
      assert(paths.some((path) => path.startsWith(start)), `${room.name}: ${start}`);
    }
  }
});

Deno.test("roomOf() takes the innermost room, and neither tests nor tools", () => {
  const rooms = ["parsers/cursor.ts", "parsers/perf/records/read.ts", "report/page_script/main.ts"];
  assertEquals(rooms.map((path) => roomOf(path)?.name), [
    "parsers",
    "parsers/perf",
    "report/page_script",
  ]);
  assertEquals(roomOf("parsers/perf/records/read_test.ts"), undefined);
  assertEquals(roomOf("testing/code_mutants/mutants.ts"), undefined);
});

Deno.test("testsOf() starts with the tests of the changed file", () => {
  const cli = ROOMS.find(({ name }) => name === "cli")!;
  const tests = ["check", "convert", "_workers", "packets_formats"];
  const of = tests.map((name) => `cli/${name}_test.ts`);
  const first = (changed: string) => testsOf(cli, of, changed)[0];
  assertEquals(first("cli/actions/_convert_perfetto.ts"), "cli/convert_test.ts");
  assertEquals(first("cli/_workers.ts"), "cli/_workers_test.ts");
  assertEquals(first("cli/actions/_packet_jobs.ts"), "cli/packets_formats_test.ts");
});

Deno.test("mutantOf() shows the lines of an edit, and where it is", () => {
  const source = "let a = 1;\n  if (\n    a < 2\n  ) b();\n";
  const start = source.indexOf("<");
  const edit = { kind: "comparison", start, end: start + 1, replacement: "<=" };
  const { place, before, after, source: changed } = mutantOf("text/a.ts", source, edit);
  assertEquals([place, before, after], ["text/a.ts:3:7", "a < 2", "a <= 2"]);
  assertEquals(changed(), source.replace("<", "<="));
});

Deno.test("shuffle() takes the kinds in turns, and one mutant of each place", () => {
  const kinds = ["bits", "bits", "bits", "bits", "bits", "bits", "jump", "jump"];
  const mutants = kinds.map((kind, i) => ({ kind, place: `a.ts:${i >> 1}` }) as Mutant);
  const orders = [1, 2, 3, 4].map((seed) => shuffle(mutants, seed));
  for (const order of orders) {
    assertEquals(new Set(order.slice(0, 2).map(({ kind }) => kind)).size, 2);
    assertEquals(new Set(order.map(({ place }) => place)).size, order.length);
    assertEquals(order.length, 4);
  }
  assertEquals(shuffle(mutants, 1), orders[0]);
});

Deno.test("tableText() counts the ends of each room and of all", () => {
  const results = [
    { room: "text", end: "killed" },
    { room: "text", end: "survived" },
    { room: "cli", end: "equal" },
  ] as const;
  assertEquals(tableText(results).split("\n").map((line) => line.trim().split(/  +/).join("|")), [
    "room|tried|killed|killed by time|survived|equal",
    "text|2|1|0|1|0",
    "cli|1|0|0|0|1",
    "all|3|1|0|1|1",
  ]);
});

Deno.test("Mutants that are known to change no behaviour are of lines that exist", () => {
  for (const { path, before, after, why } of knownEqual()) {
    const text = Deno.readTextFileSync(new URL(path, root)).replace(/\s+/g, " ");
    assert(text.includes(before), `${path}: ${before}`);
    assert(before !== after && why.length > 20, `${path}: ${before}`);
  }
});

function isExempt(path: string, exempt: RegExp): boolean {
  return exempt.test(path) && !path.startsWith("web/viewer/");
}

function* sourceFiles(folder: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(new URL(folder || ".", root))) {
    if (name.startsWith(".") || name === "node_modules") continue;
    if (isDirectory) yield* sourceFiles(`${folder}${name}/`);
    else if (isFile && name.endsWith(".ts")) yield `${folder}${name}`;
  }
}
