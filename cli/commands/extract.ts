import { Command } from "@cliffy/command";
import type { ExtractCommandOptions } from "../actions/extract.ts";
import type { InputOptions } from "../_inputs.ts";
import { answerOptions, type AnyCommand, inputOptions } from "./_options.ts";

/** `auxtail extract FILE… -o DIR`: the AUX payload as files of bare bytes. */
export function extractCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Write the AUX payload to files of bare bytes, one for each queue, or for each snapshot.\n" +
        "Padding of perf is left out. DIR gets a manifest.json beside them: where in the AUX stream " +
        "the bytes come from, what was lost, and what other decoders have to be told, such as the " +
        "arguments of ptdump; for CoreSight, DIR is a snapshot for trc_pkt_lister -ss_dir. Nothing " +
        "is written unless everything can be. In the table, streams are runs of bytes without a gap " +
        "between them. Exit code 2 if the recording was cut; the bytes " +
        "before the cut are written.",
    )
    .option(
      "-o, --output <dir:string>",
      "The folder for the files, of several recordings for a folder each; made if it is not there. Needs permission to write and to read it.",
      { required: true },
    )
    .option("--queue <idx:integer>", "Only this queue.", { collect: true })
    .option("--cpu <number:integer>", "Only queues of this CPU.", { collect: true })
    .option("--force", "Replace what an earlier run wrote there.");
  return answerOptions(inputOptions(command), {
    formats: ["table", "json"],
    format: "How to say what was written; json: the manifest.",
    output: null,
  })
    .example("The bytes of all queues", "auxtail extract -o trace perf.data")
    .example(
      "Those of CPU 1, over the last ones",
      "auxtail extract --cpu 1 --force -o trace perf.data",
    )
    .example("A folder for each recording", "auxtail extract -o traces recordings/")
    .action(async (options: ExtractCommandOptions & InputOptions, ...paths: string[]) => {
      const { extract } = await import("../actions/extract.ts");
      const { expandInputs } = await import("../_inputs.ts");
      await extract(options, expandInputs(paths, options));
    });
}
