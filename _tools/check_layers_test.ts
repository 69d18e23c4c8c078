import { assertEquals } from "@std/assert";
import { checkLayers, roomViolations, treeViolations } from "./check_layers.ts";

Deno.test("checkLayers() finds nothing in this project", () => {
  assertEquals(checkLayers(new URL("../", import.meta.url)), []);
});

Deno.test("roomViolations() says which imports leave their room, and where they belong", () => {
  const cases: [path: string, imported: string, found: string | null][] = [
    ["parsers/a.ts", 'import { b } from "./b.ts";', null],
    ["parsers/a.ts", 'import { b } from "../auxtrace/mod.ts";', "may import parsers/"],
    ["parsers/a.ts", 'import {\n  b,\n} from "npm:b";', "may import parsers/"],
    ["parsers/a.ts", 'export * from "@std/assert";', "may import parsers/"],
    ["parsers/a.ts", 'import { b } from "../testing/b.ts";', "is for tests"],
    ["parsers/a.ts", '/** import { b } from "@std/assert"; */', null],
    ["parsers/a_test.ts", 'import { b } from "../testing/b.ts";', null],
    ["parsers/perf/records/a.ts", 'import { b } from "../b.ts";', null],
    ["parsers/perf/records/a.ts", 'import { b } from "../../internal.ts";', null],
    [
      "parsers/perf/records/a.ts",
      'import { b } from "../../b.ts";',
      "room's mod.ts if it is public",
    ],
    [
      "parsers/coresight/a.ts",
      'import { b } from "../perf/b.ts";',
      "room's mod.ts if it is public",
    ],
    ["parsers/perf/mod.ts", 'export { b } from "./_b.ts";', "exports private parsers/perf/_b.ts"],
    ["parsers/formats.ts", 'import { b } from "./intel_pt/mod.ts";', null],
    ["packets/a.ts", 'import { b } from "../parsers/formats.ts";', null],
    [
      "packets/a.ts",
      'import { b } from "../parsers/intel_pt/mod.ts";',
      "make it a member of TraceFormat",
    ],
    ["encoders/a.ts", 'import { b } from "../parsers/perf/abi.ts";', null],
    [
      "encoders/a.ts",
      'import { b } from "../parsers/perf/mod.ts";',
      "may import parsers/perf/abi.ts",
    ],
    ["auxtrace/a.ts", 'import { b } from "../parsers/perf/mod.ts";', null],
    ["auxtrace/a.ts", 'import { b } from "../parsers/b.ts";', "room's mod.ts if it is public"],
    ["auxtrace/a.ts", 'import { b } from "../mod.ts";', "may import text/, parsers/"],
    ["web/viewer/a.ts", 'import { b } from "../../report/page_script/internal.ts";', null],
    ["web/viewer/a.ts", 'import { b } from "../../report/page_script/b.ts";', "room's mod.ts"],
    ["report/page_script/a.ts", 'import { b } from "../b.ts";', null],
    ["system/a.ts", 'import { b } from "../auxtrace/mod.ts";', "may import parsers/"],
    ["cli/actions/a.ts", 'import { b } from "../output/b.ts";', null],
    ["cli/a.ts", 'import { b } from "../mod.ts";', null],
    ["cli/a.ts", 'import { b } from "@cliffy/command";', null],
    ["cli/a.ts", 'import { b } from "npm:b";', "may import mod.ts"],
    ["bench/a.ts", 'import { b } from "../live/mod.ts";', null],
    ["bench/a.ts", 'import { b } from "../live/b.ts";', "room's mod.ts if it is public"],
    ["testing/a.ts", 'import { b } from "../live/b.ts";', null],
  ];
  for (const [path, source, expected] of cases) {
    const found = roomViolations(path, source);
    assertEquals([path, source, found.length], [path, source, expected === null ? 0 : 1]);
    if (expected !== null) assertEquals([found[0], found[0]!.includes(expected)], [found[0], true]);
  }
});

Deno.test("roomViolations() names files that touch the system outside its rooms", () => {
  const message = "touches the system: that belongs to system/, live/ or cli/";
  for (const source of ["Deno.openSync(path)", "console.log(1)", "process.env", 'Deno["args"]']) {
    assertEquals(roomViolations("parsers/a.ts", source), [`parsers/a.ts ${message}`]);
    assertEquals(roomViolations("cli/a.ts", source), []);
  }
  assertEquals(roomViolations("parsers/a.ts", "// Deno.openSync(path)"), []);
  assertEquals(roomViolations("system/files.ts", "deno = Deno.openSync(path)"), []);
  assertEquals(roomViolations("system/a.ts", "Deno.openSync(path)"), [
    "system/a.ts touches the system in one runtime only: that belongs to system/files.ts",
  ]);
  const zlib = 'builtinModule("node:zlib")';
  assertEquals(roomViolations("system/zstd.ts", zlib), []);
  assertEquals(roomViolations("live/a.ts", zlib), [
    "live/a.ts uses node:zlib: that belongs to system/zstd.ts",
  ]);
});

Deno.test("roomViolations() refuses raw fields of AUX and AUXTRACE records outside their reader", () => {
  const belongs = "that belongs to parsers/perf/aux_fields.ts";
  for (
    const [source, knows] of [
      ["const at = cursor.u64(16);", "reads a record's field by offset"],
      ["if (cursor.low(24) & 1) lose();", "reads a record's field by offset"],
      ["const none = 0xFFFFFFFF;", "knows the -1 of a record"],
      ["const AUXTRACE_SIZE = 48;", "knows a size or cap of AUX data"],
      ["const PADDING = 7n;", "knows a size or cap of AUX data"],
      ["const MAX_QUEUES = 8192;", "knows a size or cap of AUX data"],
    ] as const
  ) {
    assertEquals(roomViolations("convert/a.ts", source), [`convert/a.ts ${knows}: ${belongs}`]);
    assertEquals(roomViolations("parsers/perf/a.ts", source), []);
  }
  assertEquals(roomViolations("report/a.ts", "const { flags } = readAuxFields(cursor);"), []);
});

Deno.test("treeViolations() finds circles, types included", () => {
  const found = treeViolations(
    new Map([
      ["text/a.ts", 'import type { B } from "./b.ts";'],
      ["text/b.ts", 'import { c } from "./c.ts";'],
      ["text/c.ts", 'export { a } from "./a.ts";'],
      ["text/d.ts", 'import { a } from "./a.ts"; import { b } from "./b.ts";'],
    ]),
  );
  assertEquals(found, [
    "text/a.ts -> text/b.ts -> text/c.ts -> text/a.ts: move what both need to a file that imports neither",
  ]);
});

Deno.test("treeViolations() finds names that two files export, and files for tests only", () => {
  const found = treeViolations(
    new Map([
      ["text/a.ts", "export const Kind = {};\nexport type Kind = 1;"],
      ["live/a.ts", "export interface Kind {}"],
      ["testing/kind.ts", "export class Kind {}"],
      ["text/helper.ts", "export const one = 1;"],
      ["text/helper_test.ts", 'import { one } from "./helper.ts";'],
      ["text/used.ts", 'export { Kind } from "./a.ts";'],
      ["text/used_test.ts", 'import { Kind } from "./used.ts";'],
      ["text/mod.ts", 'export { Kind } from "./used.ts";'],
    ]),
  );
  assertEquals(found, [
    "text/a.ts, live/a.ts export Kind: use one, or name what differs",
    "text/helper.ts is imported by tests only: it belongs to testing/",
  ]);
});
