import { Command, EnumType } from "@cliffy/command";
import type { CommonOptions } from "../_common.ts";

/** `auxtail info FILE`: what a recording says of itself. */
export function infoCommand(): Command {
  return new Command()
    .description(
      "Show what a recording says of itself.\n" +
        "Header, feature sections, events and AUXTRACE_INFO. All records are walked, to see " +
        "whether the recording is whole. Exit code 2 if it is not.",
    )
    .type("info-format", new EnumType(["table", "json"]))
    .type("when", new EnumType(["auto", "always", "never"]))
    .arguments("<file:string>")
    .option("-f, --format <format:info-format>", "How to write the answer.", { default: "table" })
    .option("-o, --output <path:string>", "Write the answer to a file.")
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Print nothing but the answer.")
    .example("Who recorded this, and how?", "auxtail info perf.data")
    .example("The same for scripts", "auxtail info --format json perf.data | jq .features.cmdline")
    .action(async (options: CommonOptions, path: string) => {
      const { info } = await import("../actions/info.ts");
      info(options, path);
    });
}
