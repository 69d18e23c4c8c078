import { Command, EnumType } from "@cliffy/command";
import type { DumpCommandOptions } from "../actions/dump.ts";
import type { InputOptions } from "../_inputs.ts";
import { answerOptions, type AnyCommand, inputOptions } from "./_options.ts";

/** `auxtail dump FILE…`: the records of a recording, one per line. */
export function dumpCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Print the records of a recording, one per line.\n" +
        "File offset, type, fields by their kernel names, and after a bar the fields of the " +
        "sample_id trailer. Records that cannot be decoded are printed with the reason. Exit " +
        "code 2 if the recording was cut; the records before the cut are printed. Of several " +
        "recordings, each line of NDJSON says its recording.",
    )
    .type("record-order", new EnumType(["file", "time"]))
    .option("-t, --type <name:string>", "Only records of this type, such as AUX.", {
      collect: true,
    })
    .option("--cpu <number:integer>", "Only records of this CPU.", { collect: true })
    .option("--event <name:string>", "Only records of this event.", { collect: true })
    .option(
      "--time <range:string>",
      "FROM,TO: only records from one time to the other, in seconds as perf script prints them or in " +
        "whole nanoseconds followed by ns; either may be left out.",
    )
    .option("--order <order:record-order>", "As they stand in the file, or by time.", {
      default: "file",
    })
    .option("-n, --limit <number:integer>", "Stop after this many records, of each recording.")
    .option("--count", "Print only the number of records of each type.");
  return answerOptions(inputOptions(command), {
    formats: ["table", "json", "ndjson"],
    format: "How to write; json goes with --count.",
  })
    .example("The AUX records of CPU 1", "auxtail dump --type AUX --cpu 1 perf.data")
    .example("Two seconds, by time", "auxtail dump --time 12.5,14.5 --order time perf.data")
    .example("What is in it?", "auxtail dump --count perf.data")
    .action(async (options: DumpCommandOptions & InputOptions, ...paths: string[]) => {
      const { dump } = await import("../actions/dump.ts");
      const { expandInputs } = await import("../_inputs.ts");
      await dump(options, expandInputs(paths, options));
    });
}
