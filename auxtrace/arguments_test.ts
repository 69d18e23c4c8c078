import { assertEquals, assertThrows } from "@std/assert";
import { bytesSource, parsePerfFile } from "../parsers/perf/mod.ts";
import { nodeZstd } from "../system/mod.ts";
import { fixturePath } from "../testing/corpus.ts";
import {
  AuxWalk,
  compatAuxPointers,
  nativeAuxPointers,
  replayJson,
  replayReport,
  replayTails,
} from "./mod.ts";

const RECORDING = "Expected a PerfFile, as openPerfFile() returns it, got ";
const PAGE = "Expected an ArrayBuffer with a control page, got ";
const REPORT = "Expected a report of replayReport(), got ";

Deno.test("a wrong argument is a TypeError that names what is expected", () => {
  const wrong = [
    ["x.data", "string"],
    [null, "null"],
    [undefined, "undefined"],
    [new Uint8Array(8), "Uint8Array"],
    [{}, "Object"],
  ] as const;
  const takers: [string, (value: never) => unknown][] = [
    [RECORDING, (file) => replayReport(file)],
    [RECORDING, (file) => [...replayTails(file)]],
    [RECORDING, (file) => new AuxWalk(file, [])],
    [PAGE, (page) => compatAuxPointers(page)],
    [PAGE, (page) => nativeAuxPointers(page)],
    [REPORT, (report) => replayJson(report)],
  ];
  for (const [value, name] of wrong) {
    for (const [expected, take] of takers) {
      assertThrows(() => take(value as never), TypeError, expected + name);
    }
  }
});

Deno.test("a compressed recording without a decoder has no answer, rather than that of a cut one", () => {
  const bytes = Deno.readFileSync(fixturePath("aux_compressed.perf.data"));
  const error = assertThrows(() => replayReport(parsePerfFile(bytesSource(bytes)))) as {
    readonly fault?: string;
  };
  assertEquals(error.fault, "unsupported");
  const { verdict } = replayReport(parsePerfFile(bytesSource(bytes), { zstd: nodeZstd }));
  assertEquals(verdict, "exceeds");
});
