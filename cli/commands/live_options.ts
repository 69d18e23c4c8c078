import { Command, EnumType } from "@cliffy/command";

/** Options of the commands that observe a running system. */
export interface LiveOptions {
  readonly event?: readonly string[] | undefined;
  readonly mmap?: string | undefined;
  readonly count?: string | undefined;
  readonly freq?: string | undefined;
  readonly allCpus?: boolean | undefined;
  readonly cpu?: string | undefined;
  readonly pid?: string | undefined;
  readonly tid?: string | undefined;
  readonly perThread?: boolean | undefined;
  /** False with `--no-inherit`. */
  readonly inherit: boolean;
  readonly clockid?: string | undefined;
  readonly accessor: "auto" | "native" | "compat";
}

/** Which events, of whom, and how they are read: the same for all commands that open events. */
export function liveCommand(): Command {
  return new Command()
    .type("accessor", new EnumType(["auto", "native", "compat"]))
    .option(
      "-e, --event <event:string>",
      "Events in perf's syntax, {groups} and sys:* too; cpu-clock unless given.",
      {
        collect: true,
      },
    )
    .option("-m, --mmap <sizes:string>", "Pages, or bytes as 512K, of each ring: DATA,AUX.")
    .option("-c, --count <events:string>", "Sample each so many events.")
    .option("-F, --freq <rate:string>", "Samples per second, or max; 4000 unless given.")
    .option("-a, --all-cpus", "Observe everything on all CPUs.")
    .option("-C, --cpu <list:string>", "Observe only these CPUs: 0,2-4.")
    .option("-p, --pid <list:string>", "Observe these processes.")
    .option("-t, --tid <list:string>", "Observe these threads.")
    .option("--per-thread", "One ring per thread in place of one per CPU.")
    .option("--no-inherit", "Leave out the tasks that the observed ones start.")
    .option("-k, --clockid <clock:string>", "Clock of the timestamps: monotonic, boottime, ….")
    .option("--accessor <kind:accessor>", "How AUX positions are reached; compat is 32-bit perf.", {
      default: "auto",
    });
}
