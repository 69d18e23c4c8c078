import { Command, ValidationError } from "@cliffy/command";
import type { ReplayCommandOptions } from "../actions/replay.ts";
import { answerOptions, type AnyCommand, inputOptions, judgeOptions } from "./_options.ts";

/** `auxtail replay FILE…`: which AUX tails a 32-bit perf could not have written. */
export function replayCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Say which AUX tails a 32-bit perf could not have written.\n" +
        "Plays every AUX buffer of a recording through the accessors of a 32-bit perf on a 64-bit " +
        "kernel. Exit code 1 if the chosen perf refuses a tail, 2 if the answer is not proven.\n\n" +
        "Several recordings, or a folder of them, make one table, the worst first. One that cannot " +
        "be read is a row with its error, and the exit code is then 2.",
    );
  judgeOptions(inputOptions(command))
    .option(
      "--all",
      "List all flagged tails and losses, not only the first ten; of several files in JSON only.",
    )
    .option("--queue <idx:integer>", "Show only this queue; of one file only.", { collect: true })
    .option("-j, --jobs <number:integer>", "Read this number of files at a time, 1 to 64.", {
      default: 1,
    })
    .option("--exit-zero", "Exit with 0 where a tail is refused.");
  return answerOptions(command, { formats: ["table", "json", "ndjson"] })
    .example("A recording that stopped at 4 GiB", "auxtail replay perf.data")
    .example("The same for scripts", "auxtail replay --format json perf.data | jq .verdict")
    .example("A folder of recordings, by two threads", "auxtail replay --jobs 2 recordings/")
    .example(
      "Those that find finds",
      "find /var/perf -name '*.data' -print0 | auxtail replay -0 --files-from -",
    )
    .action(async (options: ReplayCommandOptions, ...paths: string[]) => {
      const { queue, all, format } = options;
      const { expandInputs } = await import("../_inputs.ts");
      const inputs = expandInputs(paths, options);
      if (!inputs.many) {
        const { replay } = await import("../actions/replay.ts");
        return replay(options, inputs.inputs[0]!);
      }
      if (queue !== undefined) throw new ValidationError("--queue goes with one recording");
      if (all && format === "table") {
        throw new ValidationError("--all goes with one recording, or with --format json or ndjson");
      }
      const { replayMany } = await import("../actions/replay_many.ts");
      await replayMany(options, inputs);
    });
}
