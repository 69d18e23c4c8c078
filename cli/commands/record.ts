import type { Command } from "@cliffy/command";
import { liveCommand, type LiveOptions } from "./live_options.ts";

/** Options of `auxtail record`. */
export interface RecordCommandOptions extends LiveOptions {
  readonly snapshot?: boolean | undefined;
  readonly compress?: boolean | undefined;
  readonly output: string;
  readonly maxSize?: string | undefined;
  readonly quiet?: boolean | undefined;
}

/** `auxtail record`: writes what the kernel's rings hold to a file that perf reads. */
export function recordCommand(): Command {
  return liveCommand()
    .description(
      "Record events and AUX trace data of the running system.\n" +
        "Writes a file that perf report, perf script and auxtail read. Give a command behind --, " +
        "or -a, -C, -p or -t; without any, all CPUs are recorded until Ctrl-C. Exit code 1 if a " +
        "32-bit reader could not have gone on; that of the command is told, not passed on.\n\n" +
        "Needs --allow-ffi, --allow-read and --allow-write for the output, and for a command " +
        "--allow-run=sh: deno task auxtail:live has them all. What may be observed is the " +
        "kernel's decision: auxtail pmus tells what stands in the way.",
    )
    .option(
      "-S, --snapshot",
      "Overwrite the AUX area; keep its newest bytes at SIGUSR2 and the end.",
    )
    .option("-z, --compress", "Compress the records, not the AUX data, with zstd.")
    .option(
      "-o, --output <path:string>",
      "Where to write, - for a pipe; what is there becomes PATH.old.",
      { default: "perf.data" },
    )
    .option("--max-size <size:string>", "Stop after the pass that reaches so many bytes: 100M, 2G.")
    .option("-q, --quiet", "Do not sum up what was recorded.")
    .example("A command", "auxtail record -e cpu-clock -o perf.data -- ls -l")
    .example("Its instructions", "auxtail record -e intel_pt//u -m ,4M -o trace.data -- ls -l")
    .example("All CPUs, for a while", "auxtail record -a -o - -- sleep 5 | auxtail dump --count -")
    .action(async function (this: Command, options: RecordCommandOptions) {
      const { record } = await import("../actions/record.ts");
      await record(options, this.getLiteralArgs());
    });
}
