/** The sweeps over damaged recordings, `deno task test:long`: each ends in a result or a FormatError. */
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { parsePerfFile } from "../mod.ts";
import { nodeZstd } from "../system/mod.ts";
import {
  corpusNames,
  corpusPath,
  fixtureNames,
  fixturePath,
  oracleTest,
  twoAtATime,
} from "./corpus.ts";
import { readAll, type SweepResult } from "./damage_sweep.ts";
import { type Finding, mutantNames, sweepMutants } from "./mutation_sweep.ts";

const MEMORY = 200e6;
const FIRST = 1;
const COUNT = 12_000;
/** Mutants that are read by one process. */
const SHARE = 2000;

Deno.test("tens of thousands of mutants end in a result or a FormatError", async () => {
  const findings: Finding[] = [];
  let opened = 0;
  const firsts = Array.from({ length: COUNT / SHARE }, (_, i) => FIRST + i * SHARE);
  await twoAtATime(firsts, async (first) => {
    const result = await sweepMutants(await mutantNames(first, SHARE));
    opened += result.opened;
    findings.push(...result.findings);
  });
  assertEquals(findings, []);
  assertGreater(opened, COUNT * 0.9);
});

Deno.test("damaged fixtures end in a result or a FormatError, in bounded memory", async () => {
  const sweeps: [string[], number][] = [
    [["truncations"], 150_000],
    [["mutations", "12500", "10", "622719121"], 1000],
    [["mutations", "12500", "10", "1181783497"], 1000],
    [["mutations", "12500", "10", "2463534242"], 1000],
    [["mutations", "12500", "10", "362436069"], 1000],
    [["flips"], 80_000],
  ];
  await twoAtATime(sweeps, async ([args, leastRuns]) => {
    const { runs, refused, peakMemory } = await sweep(args);
    assertGreater(runs, leastRuns, `${args}`);
    assertGreater(refused, runs / 4, `${args}`);
    assertLess(refused, runs, `${args}`);
    assertLess(peakMemory, MEMORY, `${args}`);
  });
});

Deno.test("damaged compressed data ends in a result or a FormatError", () => {
  for (const name of fixtureNames(".perf.data")) {
    const bytes = Deno.readFileSync(fixturePath(name));
    const cursor = parsePerfFile(bytes, { zstd: nodeZstd }).recordCursor();
    const pieces: number[] = [];
    while (cursor.next()) {
      if (cursor.type === 81 || cursor.type === 83) pieces.push(cursor.fileOffset);
    }
    for (const start of pieces.slice(0, 3)) {
      for (let at = start + 8; at < start + 64; at++) readAll(bytes.with(at, 0xff), nodeZstd);
    }
  }
});

oracleTest("malformed files of other projects end in a result or a FormatError", ["corpus"], () => {
  const names = corpusNames("malformed");
  assertEquals(names.length, 14);
  for (const name of names) readAll(Deno.readFileSync(corpusPath(name)), nodeZstd);
});

async function sweep(args: string[]): Promise<SweepResult> {
  const script = new URL("./damage_sweep.ts", import.meta.url);
  const config = new URL("../deno.json", import.meta.url);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-read", "--v8-flags=--expose-gc"],
      ...[`--config=${config.pathname}`, script.href, ...args],
    ],
  }).output();
  assertEquals([args, code, new TextDecoder().decode(stderr)], [args, 0, ""]);
  return JSON.parse(new TextDecoder().decode(stdout));
}
