import { Command } from "@cliffy/command";
import type { AnswerOptions } from "../_common.ts";
import { answerOptions } from "./_options.ts";

/** `auxtail info FILE`: what a recording says of itself. */
export function infoCommand(): Command {
  const command = new Command()
    .description(
      "Show what a recording says of itself.\n" +
        "Header, feature sections, events and AUXTRACE_INFO. All records are walked, to see " +
        "whether the recording is whole. Exit code 2 if it is not.",
    )
    .arguments("<file:string>");
  return answerOptions(command, { formats: ["table", "json"] })
    .example("Who recorded this, and how?", "auxtail info perf.data")
    .example("The same for scripts", "auxtail info --format json perf.data | jq .features.cmdline")
    .action(async (options: AnswerOptions, path: string) => {
      const { info } = await import("../actions/info.ts");
      info(options, path);
    });
}
