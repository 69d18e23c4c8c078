import { Command, EnumType } from "@cliffy/command";
import type { CommonOptions } from "../_common.ts";

/** Options of `auxtail extract`. */
export interface ExtractCommandOptions extends CommonOptions {
  readonly output: string;
  readonly queue?: readonly number[] | undefined;
  readonly cpu?: readonly number[] | undefined;
  readonly force?: boolean | undefined;
}

/** `auxtail extract FILE -o DIR`: the AUX payload as files of bare bytes. */
export function extractCommand(): Command {
  return new Command()
    .description(
      "Write the AUX payload to files of bare bytes, one for each queue, or for each snapshot.\n" +
        "Padding of perf is left out. DIR gets a manifest.json beside them: where in the AUX stream " +
        "the bytes come from, what was lost, and what other decoders have to be told, such as the " +
        "arguments of ptdump; for CoreSight, DIR is a snapshot for trc_pkt_lister -ss_dir. Nothing " +
        "is written unless everything can be. In the table, streams are runs of bytes that follow on " +
        "each other. Exit code 2 if the recording was cut; the bytes " +
        "before the cut are written.",
    )
    .type("extract-format", new EnumType(["table", "json"]))
    .type("when", new EnumType(["auto", "always", "never"]))
    .arguments("<file:string>")
    .option(
      "-o, --output <dir:string>",
      "The folder for the files; made if it is not there. Needs permission to write and to read it.",
      {
        required: true,
      },
    )
    .option("--queue <idx:integer>", "Only this queue.", { collect: true })
    .option("--cpu <number:integer>", "Only queues of this CPU.", { collect: true })
    .option("--force", "Replace what an earlier run wrote there.")
    .option(
      "-f, --format <format:extract-format>",
      "How to say what was written; json: the manifest.",
      {
        default: "table",
      },
    )
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Print nothing but the answer.")
    .example("The bytes of all rings", "auxtail extract -o trace perf.data")
    .example(
      "Those of CPU 1, over the last ones",
      "auxtail extract --cpu 1 --force -o trace perf.data",
    )
    .action(async (options: ExtractCommandOptions, path: string) => {
      const { extract } = await import("../actions/extract.ts");
      extract(options, path);
    });
}
