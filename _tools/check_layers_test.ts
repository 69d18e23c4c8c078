import { assertEquals } from "@std/assert";
import { checkLayers, layerViolations } from "./check_layers.ts";

Deno.test("checkLayers() finds nothing in this project", () => {
  assertEquals(checkLayers(new URL("../", import.meta.url)), []);
});

Deno.test("layerViolations() names imports that leave their layer", () => {
  const cases: [string, string, string[]][] = [
    ["parsers/a.ts", 'import { b } from "./b.ts";', []],
    ["parsers/a.ts", 'import { b } from "../auxtrace/b.ts";', ["auxtrace/b.ts"]],
    ["parsers/a.ts", 'import {\n  b,\n} from "npm:b";', ["npm:b"]],
    ["parsers/a.ts", 'export * from "@std/assert";', ["@std/assert"]],
    ["parsers/a.ts", 'const b = await import("node:zlib");', ["node:zlib"]],
    ["parsers/a.ts", 'import "../testing/b.ts";', ["testing/b.ts"]],
    ["parsers/a.ts", '/** import { b } from "@std/assert"; */', []],
    ["parsers/a_test.ts", 'import { b } from "../testing/b.ts";', []],
    ["auxtrace/a.ts", 'import { b } from "../parsers/internal.ts";', []],
    ["auxtrace/a.ts", 'import { b } from "../mod.ts";', ["mod.ts"]],
    ["cli/a.ts", 'import { b } from "../mod.ts";', []],
    ["cli/a.ts", 'import { b } from "@cliffy/command";', []],
    ["cli/a.ts", 'import { b } from "../testing/b.ts";', ["testing/b.ts"]],
    ["cli/a.ts", 'import { b } from "npm:b";', ["npm:b"]],
    ["system/a.ts", 'import { b } from "../auxtrace/b.ts";', ["auxtrace/b.ts"]],
  ];
  for (const [path, source, targets] of cases) {
    const expected = targets.map((target) => `${path} imports ${target}`);
    assertEquals([source, layerViolations(path, source)], [source, expected]);
  }
});

Deno.test("layerViolations() names imports that go past the doors of a room", () => {
  const cases: [path: string, target: string, isRefused: boolean][] = [
    ["auxtrace/a.ts", "../parsers/perf/mod.ts", false],
    ["auxtrace/a.ts", "../parsers/perf/b.ts", true],
    ["auxtrace/a.ts", "../parsers/b.ts", true],
    ["parsers/perf/records/a.ts", "../b.ts", false],
    ["parsers/perf/records/a.ts", "../../internal.ts", false],
    ["parsers/perf/records/a.ts", "../../b.ts", true],
    ["parsers/intel_pt/a.ts", "../perf/b.ts", true],
    ["web/viewer/a.ts", "../../report/page_script/internal.ts", false],
    ["web/viewer/a.ts", "../../report/page_script/b.ts", true],
    ["report/page_script/a.ts", "../b.ts", false],
    ["cli/actions/a.ts", "../output/b.ts", false],
    ["live/a.ts", "../parsers/perf/abi.ts", false],
    ["encoders/a.ts", "../parsers/perf/abi.ts", false],
    ["encoders/a.ts", "../parsers/perf/mod.ts", true],
    ["encoders/a.ts", "../parsers/perf/abi_test.ts", true],
    ["parsers/perf/abi.ts", "./attr.ts", true],
    ["parsers/perf/abi.ts", "../internal.ts", true],
  ];
  for (const [path, target, isRefused] of cases) {
    const found = layerViolations(path, `import { b } from "${target}";`);
    assertEquals([path, target, found.length], [path, target, isRefused ? 1 : 0]);
  }
});

Deno.test("layerViolations() names pure files that touch the system", () => {
  for (const source of ["Deno.openSync(path)", "console.log(1)", "process.env", 'Deno["args"]']) {
    assertEquals(layerViolations("parsers/a.ts", source), ["parsers/a.ts touches the system"]);
    assertEquals(layerViolations("cli/a.ts", source), []);
  }
  assertEquals(layerViolations("parsers/a.ts", "// Deno.openSync(path)"), []);
});

Deno.test("layerViolations() refuses raw fields of AUX and AUXTRACE records outside their reader", () => {
  const tell = "parsers/perf/aux_fields.ts and auxtrace/aux_walk.ts tell";
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
    assertEquals(layerViolations("convert/a.ts", source), [`convert/a.ts ${knows}: ${tell}`]);
    assertEquals(layerViolations("parsers/perf/a.ts", source), []);
  }
  assertEquals(layerViolations("report/a.ts", "const { flags } = readAuxFields(cursor);"), []);
});
