import { Command, EnumType } from "@cliffy/command";
import type { CommonOptions } from "../_common.ts";

/** Options of `auxtail check`. */
export interface CheckCommandOptions extends CommonOptions {
  readonly exitZero?: boolean | undefined;
}

/** `auxtail check FILE`: whether a recording is sound. */
export function checkCommand(): Command {
  return new Command()
    .description(
      "Look for damage in a recording.\n" +
        "Sections, attributes, features, every record, the AUXTRACE index, and the continuity of " +
        "the AUX chunks. Exit code 1 if there is an error; losses and gaps are warnings.",
    )
    .type("check-format", new EnumType(["table", "json"]))
    .type("when", new EnumType(["auto", "always", "never"]))
    .arguments("<file:string>")
    .option("--exit-zero", "Exit with 0 where an error is found.")
    .option("-f, --format <format:check-format>", "How to write the answer.", { default: "table" })
    .option("-o, --output <path:string>", "Write the answer to a file.")
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Print nothing but the answer.")
    .example("Is this file whole?", "auxtail check perf.data")
    .example("The same for scripts", "auxtail check --format json perf.data | jq .verdict")
    .action(async (options: CheckCommandOptions, path: string) => {
      const { check } = await import("../actions/check.ts");
      check(options, path);
    });
}
