import { assert, assertEquals } from "@std/assert";
import { openPerfBytes } from "../mod.ts";
import { oracleTest } from "./corpus.ts";
import {
  compareModes,
  LARGE_PUSHES,
  recordLine,
  STREAM_MODES,
  withRecordings,
} from "./perf_modes.ts";
import { perfPrograms } from "./perf_programs.ts";
import { relayCompressed2 } from "./perf_repair.ts";

oracleTest("records() agrees with the installed perf on what it records", [
  "perf",
  "perf events",
], () => compareModes(STREAM_MODES, perfPrograms().slice(0, 1)));

oracleTest("records() agrees with the newest perf on what it records", [
  "newer perfs",
  "perf events",
], () => compareModes(STREAM_MODES, perfPrograms().slice(-1)));

oracleTest("records() reads what the newest perf compressed in the layouts of perf 6.16, too", [
  "newer perfs",
  "perf events",
], async () => {
  await withRecordings(LARGE_PUSHES, perfPrograms().at(-1)!, ([path]) => {
    const original = Deno.readFileSync(path!);
    const expected = textsOf(original);
    assert(expected.length > 1000);
    for (const writer of ["6.16", "6.16 --aio"] as const) {
      const copy = relayCompressed2(original, writer);
      assert(copy.some((byte, at) => byte !== original[at]), "nothing was laid out again");
      assertEquals(textsOf(copy), expected, writer);
    }
    return Promise.resolve();
  });
});

/**
 * All records as text, without compressed ones and without their places. Under load perf can lose
 * the end of its last push; then they end there.
 */
function textsOf(bytes: Uint8Array<ArrayBuffer>): string[] {
  const file = openPerfBytes(bytes);
  const cursor = file.recordCursor();
  const texts: string[] = [];
  while (cursor.next()) {
    const record = cursor.record();
    if (record.type !== "compressed2") texts.push(recordLine(record, file));
  }
  return texts;
}
