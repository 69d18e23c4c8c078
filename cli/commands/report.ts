import { Command, ValidationError } from "@cliffy/command";
import type { ReportCommandOptions } from "../actions/report.ts";
import type { InputOptions } from "../_inputs.ts";
import { type AnyCommand, inputOptions, judgeOptions, quietOptions } from "./_options.ts";

/** `auxtail report FILE… -o report.html`: the answer of `replay` as a page. */
export function reportCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Write a self-contained HTML report.\n" +
        "It says whether a recording is within 32 bits, which 32-bit perf would have stopped, where " +
        "and when, what was lost, and what was traced, with a chart of all heads and tails. Fetches " +
        "uPlot, the library of the chart, from npm when it is first run. Exit codes as those of replay.",
    )
    .option(
      "-o, --output <path:string>",
      "The file to write, PATH.part until it is whole, or the folder for the reports of several " +
        "recordings; - is standard output, the default where that is no terminal.",
    );
  judgeOptions(inputOptions(command)).option("--force", "Replace reports that are in the folder.")
    .option("--exit-zero", "Exit with 0 where a tail is refused.");
  return quietOptions(command, "Do not say what was written.")
    .example("A report of a recording", "auxtail report -o report.html perf.data")
    .example("A page for each recording", "auxtail report -o reports recordings/")
    .example("The same of a stream", "perf record -o - … | auxtail report -o report.html -")
    .action(async (options: ReportCommandOptions & InputOptions, ...paths: string[]) => {
      if (options.output === undefined && Deno.stdout.isTerminal()) {
        throw new ValidationError('Missing option "--output": -o report.html, or -o -');
      }
      const { report } = await import("../actions/report.ts");
      const { expandInputs } = await import("../_inputs.ts");
      await report(options, expandInputs(paths, options));
    });
}
