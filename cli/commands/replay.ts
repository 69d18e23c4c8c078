import { Command, EnumType, ValidationError } from "@cliffy/command";
import type { CommonOptions } from "../_common.ts";
import { expandInputs } from "../_inputs.ts";
import {
  checkJudgeOptions,
  FROM_ARCH,
  type JudgeOptions,
  PERF,
  PERF_TYPE,
} from "./judge_options.ts";

const MAX_JOBS = 64;

/** Options of `auxtail replay`. */
export interface ReplayCommandOptions extends CommonOptions, JudgeOptions {
  readonly all?: boolean | undefined;
  readonly queue?: readonly number[] | undefined;
  readonly jobs: number;
  readonly exitZero?: boolean | undefined;
}

/** `auxtail replay FILE...`: which AUX tails a 32-bit perf could not have written. */
export function replayCommand(): Command {
  return new Command()
    .description(
      "Say which AUX tails a 32-bit perf could not have written.\n" +
        "Plays every AUX buffer of a recording through the accessors of a 32-bit perf on a 64-bit " +
        "kernel. Exit code 1 if the chosen perf refuses a tail, 2 if the answer is not proven.\n\n" +
        "Several recordings, or a folder of them, make one table, the worst first. One that cannot " +
        "be read is a row with its error, and the exit code is then 2.",
    )
    .type("replay-format", new EnumType(["table", "json", "ndjson"]))
    .type("when", new EnumType(["auto", "always", "never"]))
    .type("perf", PERF_TYPE)
    .arguments("<file...:string>")
    .option("-b, --bits <bits:integer>", "Bits that a tail may have, 8 to 52.", { default: 32 })
    .option("--from-arch <name:string>", FROM_ARCH)
    .option("--perf <perf:perf>", PERF)
    .option(
      "--all",
      "List all flagged tails and losses, not only the first ten; of several files in JSON only.",
    )
    .option("--queue <idx:integer>", "Show only this queue; of one file only.", { collect: true })
    .option("-j, --jobs <number:integer>", "Read this number of files at a time, 1 to 64.", {
      default: 1,
    })
    .option("--exit-zero", "Exit with 0 where a tail is refused.")
    .option("-f, --format <format:replay-format>", "How to write the answer.", { default: "table" })
    .option("-o, --output <path:string>", "Write the answer to a file.")
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Print nothing but the answer.")
    .example("A recording that stopped at 4 GiB", "auxtail replay perf.data")
    .example("The same for scripts", "auxtail replay --format json perf.data | jq .verdict")
    .example("A folder of recordings, by two threads", "auxtail replay --jobs 2 recordings/")
    .action(async (options: ReplayCommandOptions, ...paths: string[]) => {
      const { jobs, queue, all, format } = options;
      checkJudgeOptions(options);
      if (jobs < 1 || jobs > MAX_JOBS) {
        throw new ValidationError(`Option "--jobs" takes 1 to ${MAX_JOBS}, got ${jobs}`);
      }
      const inputs = expandInputs(paths);
      if (!inputs.many) {
        const { replay } = await import("../actions/replay.ts");
        return replay(options, paths[0]!);
      }
      if (queue !== undefined) throw new ValidationError("--queue goes with one recording");
      if (all && format === "table") {
        throw new ValidationError("--all goes with one recording, or with --format json or ndjson");
      }
      const { replayMany } = await import("../actions/replay_many.ts");
      await replayMany(options, inputs);
    });
}
