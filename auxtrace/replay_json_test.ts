import { assert, assertEquals } from "@std/assert";
import { replay } from "../cli/actions/replay.ts";
import { openPerfFile } from "../system/mod.ts";
import { fixtureNames, fixturePath } from "../testing/corpus.ts";
import { jsonValue, replayJson, replayReport } from "./mod.ts";

Deno.test("replayJson() makes what auxtail replay --format json prints", () => {
  const folder = Deno.makeTempDirSync();
  const quietly = { quiet: true, progress: false, color: "never" };
  try {
    for (const name of fixtureNames(".replay.json")) {
      const path = fixturePath(name.replace(".replay.json", ".perf.data"));
      const output = `${folder}/${name}`;
      const options = { format: "json", bits: 32, jobs: 1, ...quietly, output } as const;
      replay(options, path);
      using file = openPerfFile(path);
      const own = JSON.parse(JSON.stringify(replayJson(replayReport(file), path)));
      assertEquals([name, own], [name, JSON.parse(Deno.readTextFileSync(output))]);
    }
  } finally {
    Deno.exitCode = 0;
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("jsonValue() writes positions, times and sizes as the schemas say", () => {
  const value = {
    tail: 0x1_0000_0187n,
    fileOffset: 4096,
    timeNs: 2n ** 60n,
    size: 3n,
    lost: 2n ** 60n,
    bytes: Uint8Array.of(0, 171),
    ids: [1n, 2n],
    offsets: [16n],
    none: null,
    events: 2 ** 53,
  };
  assertEquals(jsonValue(value), {
    tail: "0x100000187",
    fileOffset: "0x1000",
    timeNs: "1152921504606846976",
    size: 3,
    lost: Number.MAX_SAFE_INTEGER,
    bytes: "00ab",
    ids: [1, 2],
    offsets: ["0x10"],
    none: null,
    events: Number.MAX_SAFE_INTEGER,
    saturated: true,
  });
  assertEquals(jsonValue({ size: Number.MAX_SAFE_INTEGER - 1 }), { size: 2 ** 53 - 2 });
  assert(JSON.stringify(jsonValue(7n)) === '"0x7"');
});
