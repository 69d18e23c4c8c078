/** A folder of product code, and the tests that guard it. */
export interface Room {
  /** Folder; its files belong to the room, unless another room is a folder of it. */
  readonly name: string;
  /** Beginnings of the paths of tests, those that find most first; its own come before them. */
  readonly guards?: readonly string[];
  /** Tests that take long and find little. */
  readonly without?: readonly string[];
  /** Whether its code runs from files that `deno task embed` builds. */
  readonly embedded?: true;
}

/** All rooms. Where a room has few tests of its own, those of the rooms that build on it count. */
export const ROOMS: readonly Room[] = [
  { name: "text", guards: ["report/words_test.ts", "cli/replay_test.ts", "cli/info_test.ts"] },
  {
    name: "system",
    guards: ["parsers/perf/compressed_test.ts", "cli/robust_test.ts", "cli/check_test.ts"],
  },
  {
    name: "parsers",
    guards: ["parsers/", "cli/replay_test.ts"],
    without: ["parsers/perf/damage_sweep_test.ts", "parsers/perf/record_sizes_sweep_test.ts"],
  },
  {
    name: "parsers/perf",
    guards: [
      "auxtrace/replay",
      "cli/dump_test.ts",
      "cli/info_test.ts",
      "cli/check_test.ts",
      "testing/messages_test.ts",
    ],
    without: [
      "parsers/perf/corpus_test.ts",
      "parsers/perf/damage_sweep_test.ts",
      "parsers/perf/record_sizes_sweep_test.ts",
    ],
  },
  { name: "parsers/intel_pt", guards: ["packets/"] },
  { name: "parsers/arm_spe", guards: ["packets/"] },
  { name: "parsers/coresight", guards: ["packets/"] },
  { name: "parsers/intel_bts", guards: ["packets/"] },
  { name: "parsers/s390_cpumsf", guards: ["packets/"] },
  { name: "parsers/hisi_ptt", guards: ["packets/"] },
  { name: "parsers/vpa_dtl", guards: ["packets/"] },
  {
    name: "encoders",
    guards: ["testing/perf_builder_test.ts", "parsers/perf/records/", "live/"],
  },
  { name: "auxtrace", guards: ["packets/loss_test.ts", "report/", "cli/replay"] },
  { name: "packets", guards: ["cli/packets", "cli/extract_test.ts"] },
  { name: "report", guards: ["web/report_command_test.ts", "web/report_test.ts"] },
  { name: "report/page_script", guards: ["web/report_test.ts"], embedded: true },
  {
    name: "convert",
    guards: ["cli/convert_test.ts", "web/perfetto_test.ts", "web/parquet_test.ts"],
  },
  { name: "live", guards: ["cli/record", "cli/watch_test.ts", "cli/pmus_test.ts"] },
  { name: "cli", embedded: true },
  { name: "web/viewer", guards: ["web/viewer_test.ts"] },
];

/** Room of a file of product code; undefined for tests, tools and generated files. */
export function roomOf(path: string): Room | undefined {
  if (!/\.ts$/.test(path) || /_test\.ts$/.test(path)) return undefined;
  const rooms = ROOMS.filter(({ name }) => path.startsWith(`${name}/`));
  return rooms.sort((a, b) => b.name.length - a.name.length)[0];
}

/**
 * Tests that are run for a room, of all paths of the project. Those that start with the same word
 * as the changed file come first: `convert_test.ts` for `actions/_convert_perfetto.ts`.
 */
export function testsOf(
  { name, guards = [], without = [] }: Room,
  paths: readonly string[],
  changed = "",
): string[] {
  const tests = paths.filter((path) => /_test\.ts$/.test(path) && !without.includes(path));
  const own = tests.filter((path) => roomOf(path.replace("_test", ""))?.name === name);
  const others = guards.flatMap((guard) => tests.filter((path) => path.startsWith(guard)));
  const file = changed.replace(/\.ts$/, "");
  const rank = (path: string) => path.startsWith(`${file}_test`) ? 0 : isKin(path, file) ? 1 : 2;
  return [...new Set([...own, ...others])].sort((a, b) => rank(a) - rank(b));
}

/** Whether the names of two files start with the same word, or with `packet` and `packets`. */
function isKin(a: string, b: string): boolean {
  const [one, two] = [a, b].map((path) => /[a-z]*(?=[^/]*$)/.exec(path.replace(/\b_/, ""))![0]);
  return one!.startsWith(two!) || two!.startsWith(one!);
}
