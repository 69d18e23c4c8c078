import { Command } from "@cliffy/command";
import type { AnswerOptions } from "../_common.ts";
import type { InputOptions } from "../_inputs.ts";
import { answerOptions, type AnyCommand, inputOptions } from "./_options.ts";

/** `auxtail info FILE…`: what a recording says of itself. */
export function infoCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Show what a recording says of itself.\n" +
        "Header, feature sections, events and AUXTRACE_INFO. All records are walked, to see " +
        "whether the recording is whole. Exit code 2 if it is not.",
    );
  return answerOptions(inputOptions(command), { formats: ["table", "json", "ndjson"] })
    .example("Who recorded this, and how?", "auxtail info perf.data")
    .example("Which machines?", "auxtail info -f ndjson *.data | jq -r .features.hostname")
    .example("The same for scripts", "auxtail info --format json perf.data | jq .features.cmdline")
    .action(async (options: AnswerOptions & InputOptions, ...paths: string[]) => {
      const { info } = await import("../actions/info.ts");
      const { expandInputs } = await import("../_inputs.ts");
      await info(options, expandInputs(paths, options));
    });
}
