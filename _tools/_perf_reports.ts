import { eventFacts, type HeaderFacts, headerFacts } from "../testing/header_facts.ts";
import { perfDump } from "../testing/perf_dump.ts";
import type { WholeRecords } from "../testing/perf_repair.ts";

/** Record types as `perf report -D` numbers them, and the names of perf_event.h and perf's event.h. */
const RECORD_NAMES: Readonly<Record<number, string>> = {
  1: "MMAP",
  2: "LOST",
  3: "COMM",
  4: "EXIT",
  5: "THROTTLE",
  6: "UNTHROTTLE",
  7: "FORK",
  8: "READ",
  9: "SAMPLE",
  10: "MMAP2",
  11: "AUX",
  12: "ITRACE_START",
  13: "LOST_SAMPLES",
  14: "SWITCH",
  15: "SWITCH_CPU_WIDE",
  16: "NAMESPACES",
  17: "KSYMBOL",
  18: "BPF_EVENT",
  19: "CGROUP",
  20: "TEXT_POKE",
  21: "AUX_OUTPUT_HW_ID",
  64: "HEADER_ATTR",
  66: "HEADER_TRACING_DATA",
  67: "HEADER_BUILD_ID",
  68: "FINISHED_ROUND",
  69: "ID_INDEX",
  73: "THREAD_MAP",
  74: "CPU_MAP",
  75: "STAT_CONFIG",
  76: "STAT",
  77: "STAT_ROUND",
  78: "EVENT_UPDATE",
  79: "TIME_CONV",
  80: "HEADER_FEATURE",
  81: "COMPRESSED",
  82: "FINISHED_INIT",
  83: "COMPRESSED2",
  85: "SCHEDSTAT_CPU",
  86: "SCHEDSTAT_DOMAIN",
};

/** The contents of a `.records.json`. */
export interface ReportedFacts {
  readonly source: string;
  readonly perf: string;
  readonly records: Record<string, number>;
  readonly header: HeaderFacts;
}

/** The same for a file that perf refuses: counts of the whole records, from a repaired copy. */
export interface BrokenFacts extends Omit<ReportedFacts, "header"> {
  readonly perfError: string;
  readonly wholeRecordsEnd: number;
  readonly rest: number;
  readonly header: Pick<HeaderFacts, "events">;
}

/** Runs perf without configuration files. */
async function runPerf(
  perf: string,
  args: string[],
): Promise<{ output: string; message: string }> {
  const { stdout, stderr } = await new Deno.Command(perf, {
    args,
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { output: decoder.decode(stdout), message: decoder.decode(stderr).trim() };
}

/**
 * Returns what a perf prints about a recording.
 *
 * @param perf `perf`, or the path of one.
 * @throws {Error} If perf prints anything on its standard error.
 */
export async function perfOutput(perf: string, ...args: string[]): Promise<string> {
  const { output, message } = await runPerf(perf, args);
  if (message !== "") throw new Error(`Cannot run perf ${args.join(" ")}: ${message}`);
  return output;
}

/** Returns perf's dump of all records. */
export function dumpRecords(perf: string, path: string): Promise<string> {
  return perfOutput(perf, "report", "-D", "-i", path);
}

/**
 * Counts the records of a recording as perf does; its statistics have to agree with its dump.
 *
 * @throws {Error} If perf reports an error, or its counts contradict each other.
 */
async function countRecords(perf: string, path: string): Promise<Record<string, number>> {
  const { counts, statistics, failure } = await perfDump(path, { perf });
  if (failure !== null) throw new Error(`Cannot count records: ${failure}`);
  const records: Record<string, number> = {};
  let total = 0;
  for (const [type, count] of [...counts].sort(([a], [b]) => a - b)) {
    const name = RECORD_NAMES[type];
    if (name === undefined) throw new Error(`Cannot name record type ${type}`);
    const shortName = name.replace("HEADER_", "");
    if (statistics.get(shortName) !== count) {
      throw new Error(
        `Cannot count ${name}: ${count} lines, statistics ${statistics.get(shortName)}`,
      );
    }
    records[`PERF_RECORD_${name}`] = count;
    total += count;
  }
  if (statistics.get("TOTAL") !== total) {
    throw new Error(`Cannot count records: ${total} lines, statistics ${statistics.get("TOTAL")}`);
  }
  return records;
}

async function perfVersion(perf: string): Promise<string> {
  const output = await perfOutput(perf, "--version");
  return output.trim().replace("perf version ", "");
}

/**
 * Asks perf what a recording holds.
 *
 * @throws {Error} If perf reports an error, or its counts contradict each other.
 */
export async function describeRecording(perf: string, path: string): Promise<ReportedFacts> {
  return {
    source: "perf report -D",
    perf: await perfVersion(perf),
    records: await countRecords(perf, path),
    header: headerFacts(await perfOutput(perf, "report", "--header-only", "-I", "-i", path)),
  };
}

/** Asks perf what the repaired copy of a broken recording holds, and how perf refuses the original. */
export async function describeBroken(
  path: string,
  repairedPath: string,
  broken: WholeRecords,
): Promise<BrokenFacts> {
  const { message } = await runPerf("perf", ["report", "-D", "-i", path]);
  const events = await perfOutput("perf", "evlist", "-v", "-i", repairedPath);
  return {
    source:
      "perf report -D of a copy with its data size set to the whole records and no feature bits",
    perf: await perfVersion("perf"),
    perfError: message,
    wholeRecordsEnd: broken.wholeRecordsEnd,
    rest: broken.rest,
    records: await countRecords("perf", repairedPath),
    header: {
      events: [...events.matchAll(/^(\S+): (type: .*)$/gm)]
        .map((match) => eventFacts(match[1] ?? "", match[2] ?? "")),
    },
  };
}
