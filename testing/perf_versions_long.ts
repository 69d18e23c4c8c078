/**
 * Records in every mode with every perf, and compares what auxtail and that perf read.
 *
 * Run with `deno task test:long`; `deno task perfs` brings newer perfs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { openPerfFile, recordTypeName } from "../mod.ts";
import { assertEach } from "./assert_each.ts";
import { oracleTest, twoAtATime } from "./corpus.ts";
import { compareRecords, perfCorpusNames, recordCounts } from "./perf_disagreements.ts";
import { compareModes, compareRecording, PERF_MODES } from "./perf_modes.ts";
import { isAtLeast, perfPrograms } from "./perf_programs.ts";
import { run } from "./run_program.ts";
import { fakeSchedstat, SCHEDSTAT_TIMES } from "./schedstat.ts";

/** Its user stack is zeros, of which a push of many MiB becomes one compressed record. */
const ZEROS = `
#include <string.h>
int main(void)
{
	char zeros[1 << 17];
	memset(zeros, 0, sizeof(zeros));
	for (volatile long n = 0; n < 400000000; n++)
		;
	return ((volatile char *)zeros)[5];
}
`;

/** Names in perf's statistics, where they are not those of the types. */
const STATISTICS = /^ *(\w+) events: +(\d+)/gm;

for (const perf of perfPrograms()) {
  oracleTest(
    `recordCursor() counts records in pushes of many MiB as perf ${perf.version} does`,
    ["perf", "perf events", "gcc"],
    async () => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${folder}/zeros.c`, ZEROS);
        await run("gcc", ["-O1", "-o", `${folder}/zeros`, `${folder}/zeros.c`]);
        for (const ring of ["32M", "128M"]) {
          const path = `${folder}/${ring}`;
          const args = ["-F", "4000", "-m", ring, "--call-graph", "dwarf,65528", "-z"];
          await run(perf.path, [
            ...["record", "--no-buildid", "--no-buildid-cache", "-e", "cpu-clock:u", ...args],
            ...["-o", path, "--", `${folder}/zeros`],
          ]);
          const { stdout } = await run(perf.path, ["report", "--stats", "-i", path]);
          const [whole = ""] = stdout.split(/^(?!Aggregated)\S/m);
          const expected = new Map(
            [...whole.matchAll(STATISTICS)].map(([, name, count]) => [name!, Number(count)]),
          );
          const found = recordCounts(path);
          const total = found.reduce((sum, [, count]) => sum + count, 0);
          assertEquals([ring, total], [ring, expected.get("TOTAL")]);
          for (const [type, count] of found) {
            const name = recordTypeName(type).replace("PERF_RECORD_", "");
            assertEquals([ring, name, count], [ring, name, expected.get(name)]);
          }
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

/** Where the report names the counters of one CPU, or of one of its domains. */
const HEADING = /^CPU: (\d+)(?: \| DOMAIN: (\w+).*)?$/;
const COUNTER = /^(\w+) +: +(\d+)/;

for (const perf of perfPrograms().filter((perf) => isAtLeast(perf, "7.0"))) {
  oracleTest(
    `records() names the counters of schedstat as perf ${perf.version} does`,
    ["newer perfs", "gcc"],
    () =>
      assertEach([15, 16, 17].map((version) => ({ name: `${version}`, version })), async (item) => {
        const folder = await Deno.makeTempDir();
        try {
          const env = await fakeSchedstat(folder, item.version);
          const path = `${folder}/out`;
          await run(perf.path, ["sched", "stats", "record", "-o", path, "--", "true"], { env });
          await compareRecording(path, perf);
          const { stdout } = await run(perf.path, ["sched", "stats", "report", "-i", path]);
          assertEquals(laterCounters(path), reportedCounters(stdout));
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      }),
  );
}

/** What a report says of each CPU: counters that were 0 when the recording began. */
function reportedCounters(report: string): string[] {
  const found: string[] = [];
  let place: string | null = null;
  for (const line of report.split("\n")) {
    const [heading, cpu, domain = ""] = HEADING.exec(line) ?? [];
    const [, name, count] = COUNTER.exec(line) ?? [];
    if (line.startsWith("CPU:")) {
      place = heading === undefined
        ? null
        : `${cpu} ${domain.replace("MC", "0").replace("PKG", "1")}`;
    } else if (name !== undefined && place !== null) found.push(`${place} ${name} ${count}`);
  }
  return found;
}

function laterCounters(path: string): string[] {
  using file = openPerfFile(path);
  const found: string[] = [];
  for (const record of file.records()) {
    if (record.type !== "schedstat_cpu" && record.type !== "schedstat_domain") continue;
    if (Number(record.timestamp) !== SCHEDSTAT_TIMES[1]) continue;
    const place = `${record.cpu} ${"domain" in record ? record.domain : ""}`;
    found.push(...record.counters.map(({ name, value }) => `${place} ${name} ${value}`));
  }
  return found;
}

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
