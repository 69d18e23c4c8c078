import { Command } from "@cliffy/command";
import type { CheckCommandOptions } from "../actions/check.ts";
import { answerOptions } from "./_options.ts";

/** `auxtail check FILE`: whether a recording is sound. */
export function checkCommand(): Command {
  const command = new Command()
    .description(
      "Look for damage in a recording.\n" +
        "Sections, attributes, features, every record, the AUXTRACE index, and the continuity of " +
        "the AUX chunks. The verdict is damaged, with exit code 1, if there is an error; losses " +
        "and gaps are warnings; ok is a recording without either.",
    )
    .arguments("<file:string>")
    .option("--exit-zero", "Exit with 0 where an error is found.");
  return answerOptions(command, { formats: ["table", "json"] })
    .example("Is this file whole?", "auxtail check perf.data")
    .example("The same for scripts", "auxtail check --format json perf.data | jq .verdict")
    .action(async (options: CheckCommandOptions, path: string) => {
      const { check } = await import("../actions/check.ts");
      check(options, path);
    });
}
