import { Command, EnumType } from "@cliffy/command";
import type { CommonOptions } from "../_common.ts";

/** `auxtail pmus`: what this machine can trace with, and what stands in the way. */
export function pmusCommand(): Command {
  return new Command()
    .description(
      "List the PMUs of this machine, and what stands in the way of tracing with them.\n" +
        "Which have an AUX area, their terms for record -e, and the limits that the kernel sets " +
        "this user, with the cure for each. Needs --allow-ffi, and nothing else: run it as " +
        "deno task auxtail:live pmus.",
    )
    .type("pmus-format", new EnumType(["table", "json", "ndjson"]))
    .type("when", new EnumType(["auto", "always", "never"]))
    .option("-f, --format <format:pmus-format>", "How to write the answer.", { default: "table" })
    .option("-o, --output <path:string>", "Write the answer to a file; needs --allow-write.")
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Print nothing but the answer.")
    .example("What can this machine trace?", "auxtail pmus")
    .example("Names of the AUX PMUs", "auxtail pmus -f json | jq '.pmus[] | select(.aux).name'")
    .action(async (options: CommonOptions) => {
      const { pmus } = await import("../actions/pmus.ts");
      pmus(options);
    });
}
