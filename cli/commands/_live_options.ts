import { EnumType } from "@cliffy/command";
import type { AnyCommand } from "./_options.ts";

/** Adds which events are observed, of which tasks, and how: the same for all commands that open events. */
export function liveOptions(command: AnyCommand): AnyCommand {
  return command
    .type("accessor", new EnumType(["auto", "native", "compat"]))
    .option(
      "-e, --event <event:string>",
      "Events in perf's syntax, {groups} and sys:* too; cpu-clock unless given.",
      { collect: true },
    )
    .option(
      "-m, --mmap <sizes:string>",
      "Pages, or bytes as 512K, of each ring: DATA,AUX; 4M of both where locked memory is not " +
        "limited, less DATA with more than 16 rings, or else 512K (256K with AUX) and 128K.",
    )
    .option("-c, --count <events:string>", "Take one sample every N events.")
    .option("-F, --freq <rate:string>", "Samples per second, or max; 4000 unless given.")
    .option("-a, --all-cpus", "Observe everything on all CPUs.")
    .option("-C, --cpu <list:string>", "Observe only these CPUs: 0,2-4.")
    .option("-p, --pid <list:string>", "Observe these processes.")
    .option("-t, --tid <list:string>", "Observe these threads.")
    .option("--per-thread", "One ring per thread in place of one per CPU.")
    .option("--no-inherit", "Leave out the tasks that the observed ones start.")
    .option("-k, --clockid <clock:string>", "Clock of the timestamps: monotonic, boottime, 1, ….")
    .option("--accessor <kind:accessor>", "How AUX positions are reached; compat is 32-bit perf.", {
      default: "auto",
    })
    .option(
      "--warn-at <percent:number>",
      "Warn once of each AUX buffer that reaches this percentage of 4 GiB, where a 32-bit perf " +
        "stops, with the time left.",
      { default: 90 },
    );
}
