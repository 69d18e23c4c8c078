import { Command, ValidationError } from "@cliffy/command";
import {
  checkJudgeOptions,
  FROM_ARCH,
  type JudgeOptions,
  PERF,
  PERF_TYPE,
} from "./judge_options.ts";

/** Options of `auxtail report`. */
export interface ReportCommandOptions extends JudgeOptions {
  readonly output?: string | undefined;
  readonly exitZero?: boolean | undefined;
  /** False with `--no-progress`. */
  readonly progress: boolean;
  readonly quiet?: boolean | undefined;
}

/** `auxtail report FILE -o report.html`: the answer of `replay` as a page. */
export function reportCommand(): Command {
  return new Command()
    .description(
      "Write a self-contained HTML report.\n" +
        "It says whether a recording is within 32 bits, which 32-bit perf would have stopped, where " +
        "and when, what was lost, and what was traced, with a chart of all heads and tails. Fetches " +
        "uPlot, the library of the chart, from npm when it is first run. Exit codes as those of replay.",
    )
    .type("perf", PERF_TYPE)
    .arguments("<file:string>")
    .option(
      "-o, --output <path:string>",
      "The file to write; - is standard output, the default where that is no terminal.",
    )
    .option("-b, --bits <bits:integer>", "Bits that a tail may have, 8 to 52.", { default: 32 })
    .option("--from-arch <name:string>", FROM_ARCH)
    .option("--perf <perf:perf>", PERF)
    .option("--exit-zero", "Exit with 0 where a tail is refused.")
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Do not say what was written.")
    .example("A report of a recording", "auxtail report -o report.html perf.data")
    .example("The same of a stream", "perf record -o - … | auxtail report -o report.html -")
    .action(async (options: ReportCommandOptions, path: string) => {
      checkJudgeOptions(options);
      if (options.output === undefined && Deno.stdout.isTerminal()) {
        throw new ValidationError('Missing option "--output": -o report.html, or -o -');
      }
      const { report } = await import("../actions/report.ts");
      await report(options, path);
    });
}
