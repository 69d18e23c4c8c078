import { bundleCli } from "../_tools/bundle_cli.ts";
import { type BenchRow, compare, firstLine, type Invocation, ratioText } from "./measure.ts";

const DENO: Invocation = [Deno.execPath(), "run", "--no-prompt", "--allow-read"];
const RECORDING = "testdata/aux_demo_fits.perf.data";
const RUNS = 21;
const MOST_OF_EMPTY = 2.3;
const NO_TIME = { seconds: 0 };

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
    const program: Invocation = [...DENO, ...args];
    const emptyProgram: Invocation = [...DENO, empty];
    const { ours, peer, nothing } = onTerminal
      ? await compare({
        ours: atTerminal(program),
        peer: atTerminal(emptyProgram),
        nothing: atTerminal(["true"]),
      }, runs)
      : { ...await compare({ ours: program, peer: emptyProgram }, runs), nothing: NO_TIME };
    const time = (ours.seconds - nothing.seconds) / (peer.seconds - nothing.seconds);
    const met = most === undefined ? undefined : time <= most;
    rows.push({ ...row, ours, peer, ratio: ratioText(time), met });
  }
  Deno.removeSync(`${folder}/cli`, { recursive: true });
  Deno.removeSync(empty);
  return rows;
}

/** Has a command write to a terminal of its own. */
function atTerminal(command: Invocation): Invocation {
  return ["script", "-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"];
}
