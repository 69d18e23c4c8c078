import { Command } from "@cliffy/command";
import type { CheckCommandOptions } from "../actions/check.ts";
import type { InputOptions } from "../_inputs.ts";
import { answerOptions, type AnyCommand, inputOptions } from "./_options.ts";

/** `auxtail check FILE…`: whether a recording is sound. */
export function checkCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Look for damage in a recording.\n" +
        "Sections, attributes, features, every record, the AUXTRACE index, and the continuity of " +
        "the AUX chunks. The verdict is damaged, with exit code 1, if there is an error; losses " +
        "and gaps are warnings; ok is a recording without either.",
    )
    .option("--exit-zero", "Exit with 0 where an error is found.");
  return answerOptions(inputOptions(command), { formats: ["table", "json", "ndjson"] })
    .example("Is this file whole?", "auxtail check perf.data")
    .example("The same for scripts", "auxtail check --format json perf.data | jq .verdict")
    .example("Which of a fleet are not?", "auxtail check --recursive recordings/")
    .action(async (options: CheckCommandOptions & InputOptions, ...paths: string[]) => {
      const { check } = await import("../actions/check.ts");
      const { expandInputs } = await import("../_inputs.ts");
      await check(options, expandInputs(paths, options));
    });
}
