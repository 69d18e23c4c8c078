/**
 * Records in every mode with every perf, and compares what auxtail and that perf read.
 *
 * Run with `deno task test:long`; `deno task perfs` brings newer perfs.
 *
 * @module
 */

import { oracleTest, twoAtATime } from "./corpus.ts";
import { compareRecords, perfCorpusNames } from "./perf_disagreements.ts";
import { compareModes, PERF_MODES } from "./perf_modes.ts";
import { perfPrograms } from "./perf_programs.ts";

for (const perf of perfPrograms()) {
  oracleTest(
    `records() agrees with perf ${perf.version} on what it records in ${PERF_MODES.length} modes`,
    ["perf", "perf events"],
    () => compareModes(PERF_MODES, [perf]),
  );
  oracleTest(
    `recordCursor() counts the records of the corpus as perf ${perf.version} does`,
    ["corpus"],
    () => twoAtATime(perfCorpusNames(), async (name) => void await compareRecords(name, perf)),
  );
}
