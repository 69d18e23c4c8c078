import { assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { nodeZstd } from "../../system/mod.ts";
import { bytesSource, FormatError, parsePerfFile, replayReport } from "../../mod.ts";
import {
  corpusNames,
  corpusPath,
  fixtureNames,
  fixturePath,
  oracleTest,
  twoAtATime,
} from "../../testing/corpus.ts";
import { readAll, type SweepResult } from "../../testing/damage_sweep.ts";
import { compressed, PerfFileBuilder, ZstdRing } from "../../testing/perf_builder.ts";

const MEMORY = 200e6;
const BOMB = 1 << 26;

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
    const cursor = parsePerfFile(bytesSource(bytes), { zstd: nodeZstd }).recordCursor();
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

Deno.test("a zstd bomb is cut off at the cap, which is an option", async () => {
  using ring = new ZstdRing();
  const bomb = await ring.flush(new Uint8Array(BOMB));
  const file = new PerfFileBuilder().add(compressed(bomb));
  for (const maxDecompressedSize of [undefined, 4096, BOMB - 1]) {
    const cut = endOf(file.bytes(), maxDecompressedSize);
    assertEquals([cut?.fault, cut?.detail.structure], ["corrupt", "PERF_RECORD_COMPRESSED"]);
  }
  const within = endOf(file.bytes(), BOMB + 1);
  assertEquals(within?.detail.structure, "perf_event_header");
});

Deno.test("a recording of more queues than any machine has is refused", () => {
  const file = new PerfFileBuilder();
  for (let idx = 0; idx <= 8192; idx++) file.auxtrace({ idx, cpu: idx, offset: 0n, size: 8 });
  const parsed = parsePerfFile(bytesSource(file.bytes()));
  const error: FormatError = assertThrows(() => replayReport(parsed), FormatError);
  assertEquals(error.fault, "unsupported");
});

async function sweep(args: string[]): Promise<SweepResult> {
  const script = new URL("../../testing/damage_sweep.ts", import.meta.url);
  const config = new URL("../../deno.json", import.meta.url);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", `--config=${config.pathname}`, script.href, ...args],
  }).output();
  assertEquals([args, code, new TextDecoder().decode(stderr)], [args, 0, ""]);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function endOf(bytes: Uint8Array, maxDecompressedSize: number | undefined): FormatError | null {
  const cap = maxDecompressedSize === undefined ? {} : { maxDecompressedSize };
  const cursor = parsePerfFile(bytesSource(bytes), { zstd: nodeZstd, ...cap }).recordCursor();
  while (cursor.next());
  return cursor.cut;
}
