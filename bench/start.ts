import { bundleCli } from "../_tools/bundle_cli.ts";
import { type BenchRow, compare, firstLine, type Invocation, ratioText } from "./measure.ts";

const DENO: Invocation = [Deno.execPath(), "run", "--no-prompt", "--allow-read"];
const RECORDING = "testdata/aux_demo_fits.perf.data";
const RUNS = 21;
const MOST_OF_EMPTY = 2.3;
const NOTHING = terminal(["true"]);

/** A way to start the command line. */
interface Start {
  readonly what: string;
  readonly args: readonly string[];
  /** Whether standard output is a terminal. */
  readonly onTerminal: boolean;
  /** The largest quotient of its time by that of an empty program, if there is a target. */
  readonly most?: number;
}

/**
 * Starts the command line on a recording of a few KB, beside a program that does nothing: bundled, as
 * the npm package has it, and from the sources.
 */
export async function startRows(
  { smoke, folder }: { smoke: boolean; folder: string },
): Promise<BenchRow[]> {
  const empty = `${folder}/empty.js`;
  Deno.writeTextFileSync(empty, "");
  await bundleCli(`${folder}/cli`);
  const bundle = `${folder}/cli/main.js`;
  const info = ["info", RECORDING];
  const starts: readonly Start[] = [
    { what: "info, bundled", args: [bundle, ...info], onTerminal: true, most: MOST_OF_EMPTY },
    { what: "info, bundled", args: [bundle, ...info], onTerminal: false },
    { what: "replay, bundled", args: [bundle, "replay", RECORDING], onTerminal: true },
    { what: "info, from the sources", args: ["cli/main.ts", ...info], onTerminal: true },
  ];
  const hasScript = await firstLine(["script", "--version"]) !== undefined;
  const runs = smoke ? 3 : RUNS;
  const rows: BenchRow[] = [];
  for (const { what, args, onTerminal, most } of starts) {
    const row = {
      what: `start: ${what}, ${onTerminal ? "on a terminal" : "to /dev/null"}`,
      toReach: most === undefined ? "-" : ratioText(most),
    };
    if (onTerminal && !hasScript) {
      rows.push({ ...row, ratio: "SKIPPED: script is not installed", met: undefined });
      continue;
    }
    const output = onTerminal ? terminal : (command: Invocation) => command;
    const costs = await compare(
      { ours: output([...DENO, ...args]), peer: output([...DENO, empty]) },
      runs,
    );
    // The terminal takes its time, too, and is not what is measured.
    const without = onTerminal
      ? (await compare({ ours: NOTHING, peer: NOTHING }, runs)).peer.seconds
      : 0;
    const time = (costs.ours.seconds - without) / (costs.peer.seconds - without);
    const met = most === undefined ? undefined : time <= most;
    rows.push({ ...row, ...costs, ratio: ratioText(time), met });
  }
  Deno.removeSync(`${folder}/cli`, { recursive: true });
  Deno.removeSync(empty);
  return rows;
}

/** Has a command write to a terminal of its own. */
function terminal(command: Invocation): Invocation {
  return ["script", "-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"];
}
