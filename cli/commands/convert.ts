import { Command, EnumType } from "@cliffy/command";
import { TABLE_NAMES } from "../../convert/internal.ts";
import type { ConvertCommandOptions } from "../actions/convert.ts";
import { type AnyCommand, inputOptions, judgeOptions, quietOptions } from "./_options.ts";

/** `auxtail convert FILE… --to …`: recordings as tables, or as a trace for Perfetto. */
export function convertCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Convert recordings for other tools: tables as Parquet, NDJSON or CSV, or a trace that " +
        "Perfetto opens.\n" +
        "The tables are recordings, chunks, aux_records, tails, losses, records, and with " +
        "--packets packets. Of one recording DIR holds a file for each. Of several, or of a folder, " +
        "it holds a folder for each table with few parts, as DuckDB and Spark read them, in which " +
        "the column recording is first, and manifest.json, which lists them. For parquet it fetches " +
        "hyparquet-writer from npm when it is first run. Exit code 2 if a recording could not be " +
        "read, or was cut: its row of recordings says why, and the others are converted all the same.",
    )
    .type("convert-format", new EnumType(["parquet", "perfetto", "ndjson", "csv"]))
    .type("partition", new EnumType(["recording"]))
    .type("table", new EnumType([...TABLE_NAMES]))
    .option("--to <format:convert-format>", "What to write.", { required: true })
    .option(
      "-o, --output <path:string>",
      "The folder for the tables, or the file for perfetto. Without it ndjson and csv of one table " +
        "go to standard output.",
    )
    .option("--table <name:table>", "Only this table.", { collect: true })
    .option("--packets", "The packets of the AUX payload, too.");
  inputOptions(command)
    .option(
      "--part-size <size:string>",
      "Begin other parts where one of a table reaches about this size, 64K or more. Default: 128M.",
    )
    .option("--partition <by:partition>", "Give each recording a folder of its own in each table.")
    .option(
      "--resume",
      "Keep what is whole after an interrupt, and continue there: what manifest.json lists with the " +
        "same path, size and time is not converted again.",
    )
    .option("-j, --jobs <number:integer>", "Convert by this number of threads, 1 to 64.", {
      default: 1,
    });
  judgeOptions(command).option("--force", "Replace what an earlier run wrote there.");
  return quietOptions(command, "Do not say what was written.")
    .example("Tables of a recording", "auxtail convert perf.data --to parquet -o tables")
    .example("Those of a fleet", "auxtail convert recordings/ --to parquet -o fleet")
    .example(
      "Those that a list names, by two threads, to be continued after an interrupt",
      "auxtail convert --files-from list --jobs 2 --resume --to parquet -o fleet",
    )
    .example("All tails as CSV", "auxtail convert perf.data --to csv --table tails")
    .example("A trace for ui.perfetto.dev", "auxtail convert perf.data --to perfetto -o perf.trace")
    .action(async (options: ConvertCommandOptions, ...files: string[]) => {
      const { convert } = await import("../actions/convert.ts");
      await convert(options, files);
    });
}
