import { Command } from "@cliffy/command";
import type { RecordCommandOptions } from "../actions/record.ts";
import { liveOptions } from "./_live_options.ts";
import type { AnyCommand } from "./_options.ts";

/** `auxtail record`: writes what the kernel's rings hold to a file that perf reads. */
export function recordCommand(): AnyCommand {
  return liveOptions(new Command())
    .description(
      "Record events and AUX trace data of the running system.\n" +
        "Writes a file that perf report, perf script and auxtail read. Give a command after --, " +
        "or -a, -C, -p or -t, beside which a command says how long; without any, all CPUs are " +
        "recorded until Ctrl-C. Exit code 1 if a 32-bit reader would have stopped; that of the " +
        "command is told, not passed on.\n\n" +
        "Needs --allow-ffi, --allow-read and --allow-write for the output and for PATH.old, and for " +
        "a command --allow-run=sh. What may be observed is the kernel's decision: auxtail pmus " +
        "tells what stands in the way.",
    )
    .option(
      "-S, --snapshot",
      "Overwrite the AUX buffers; keep their newest bytes at SIGUSR2 and at the end.",
    )
    .option("-z, --compress", "Compress the records, not the AUX data, with zstd.")
    .option(
      "-o, --output <path:string>",
      "Where to write, - for a pipe; in place, so that it outlives whatever ends it. What is " +
        "there becomes PATH.old.",
      { default: "perf.data" },
    )
    .option("--max-size <size:string>", "Stop after the pass that reaches this size: 100M, 2G.")
    .option("-q, --quiet", "Do not sum up what was recorded.")
    .example("A command", "auxtail record -e cpu-clock -o perf.data -- ls -l")
    .example("Its instructions", "auxtail record -e intel_pt//u -m ,4M -o trace.data -- ls -l")
    .example("All CPUs, for a while", "auxtail record -a -o - -- sleep 5 | auxtail dump --count -")
    .action(async function (this: Command, options: RecordCommandOptions) {
      const { record } = await import("../actions/record.ts");
      await record(options, this.getLiteralArgs());
    });
}
