import { Command, EnumType, ValidationError } from "@cliffy/command";
import type { CommonOptions } from "../_common.ts";

/** Options of `auxtail replay`. */
export interface ReplayCommandOptions extends CommonOptions {
  readonly bits: number;
  readonly fromArch?: string | undefined;
  readonly all?: boolean | undefined;
  readonly queue?: readonly number[] | undefined;
  readonly exitZero?: boolean | undefined;
}

/** `auxtail replay FILE`: which AUX tails a 32-bit perf could not have written. */
export function replayCommand(): Command {
  return new Command()
    .description(
      "Say which AUX tails a 32-bit perf could not have written.\n" +
        "Plays every AUX buffer of a recording through the accessors of a 32-bit perf on a 64-bit " +
        "kernel. Exit code 1 if a tail needs more bits, 2 if the answer is not proven.",
    )
    .type("replay-format", new EnumType(["table", "json", "ndjson"]))
    .type("when", new EnumType(["auto", "always", "never"]))
    .arguments("<file:string>")
    .option("-b, --bits <bits:integer>", "Bits that a tail may have, 8 to 52.", { default: 32 })
    .option("--from-arch <name:string>", "Judge as a 32-bit perf on this machine would behave.")
    .option("--all", "List all flagged tails, not only the first ten.")
    .option("--queue <idx:integer>", "Show only this queue.", { collect: true })
    .option("--exit-zero", "Exit with 0 where a tail is flagged.")
    .option("-f, --format <format:replay-format>", "How to write the answer.", { default: "table" })
    .option("-o, --output <path:string>", "Write the answer to a file.")
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Print nothing but the answer.")
    .example("A recording that stopped at 4 GiB", "auxtail replay perf.data")
    .example("The same for scripts", "auxtail replay --format json perf.data | jq .verdict")
    .action(async (options: ReplayCommandOptions, path: string) => {
      if (options.bits < 8 || options.bits > 52) {
        throw new ValidationError(`Option "--bits" takes 8 to 52, got ${options.bits}`);
      }
      const { replay } = await import("../actions/replay.ts");
      replay(options, path);
    });
}
