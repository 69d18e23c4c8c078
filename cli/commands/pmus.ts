import { Command } from "@cliffy/command";
import type { AnswerOptions } from "../_common.ts";
import { answerOptions, type AnyCommand } from "./_options.ts";

/** `auxtail pmus`: what this machine can trace with, and what stands in the way. */
export function pmusCommand(): AnyCommand {
  const command = new Command()
    .description(
      "List the PMUs of this machine, and what stands in the way of tracing with them.\n" +
        "Which have an AUX buffer, their terms for record -e, and the limits that the kernel sets " +
        "this user, with the cure for each. Needs --allow-ffi, and nothing else.",
    );
  return answerOptions(command, {
    formats: ["table", "json", "ndjson"],
    output:
      "Write the answer to a file; needs --allow-read and --allow-write for PATH and PATH.part.",
  })
    .example("What can this machine trace?", "auxtail pmus")
    .example("Names of the AUX PMUs", "auxtail pmus -f json | jq '.pmus[] | select(.aux).name'")
    .action(async (options: AnswerOptions) => {
      const { pmus } = await import("../actions/pmus.ts");
      pmus(options);
    });
}
