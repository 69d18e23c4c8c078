import { Command, EnumType } from "@cliffy/command";
import { type TableName, TABLES } from "../../convert/mod.ts";
import {
  checkJudgeOptions,
  FROM_ARCH,
  type JudgeOptions,
  PERF,
  PERF_TYPE,
} from "./judge_options.ts";

/** What `auxtail convert` writes. */
export type ConvertFormat = "parquet" | "perfetto" | "ndjson" | "csv";

/** Options of `auxtail convert`. */
export interface ConvertCommandOptions extends JudgeOptions {
  readonly to: ConvertFormat;
  readonly output?: string | undefined;
  readonly table?: readonly TableName[] | undefined;
  readonly packets?: boolean | undefined;
  readonly force?: boolean | undefined;
  /** False with `--no-progress`. */
  readonly progress: boolean;
  readonly quiet?: boolean | undefined;
}

/** `auxtail convert FILE… --to …`: recordings as tables, or as a trace for Perfetto. */
export function convertCommand(): Command {
  return new Command()
    .description(
      "Convert recordings for other tools: tables as Parquet, NDJSON or CSV, or a trace that " +
        "Perfetto opens.\n" +
        "The tables are recordings, chunks, aux_records, tails, losses, records, and with " +
        "--packets packets. Of one recording DIR holds a file for each; of several, or of a folder, a folder " +
        "for each table with a part for each recording, as DuckDB and Spark read them. For parquet " +
        "it fetches hyparquet-writer from npm when it is first run. Exit code 2 if a recording " +
        "could not be read, or was cut; the others are converted all the same.",
    )
    .type("convert-format", new EnumType(["parquet", "perfetto", "ndjson", "csv"]))
    .type("table", new EnumType(Object.keys(TABLES) as TableName[]))
    .type("perf", PERF_TYPE)
    .arguments("<file...:string>")
    .option("--to <format:convert-format>", "What to write.", { required: true })
    .option(
      "-o, --output <path:string>",
      "The folder for the tables, or the file for perfetto. Without it ndjson and csv of one table " +
        "go to standard output.",
    )
    .option("--table <name:table>", "Only this table.", { collect: true })
    .option("--packets", "The packets of the AUX payload, too.")
    .option("-b, --bits <bits:integer>", "Bits that a tail may have, 8 to 52.", { default: 32 })
    .option("--from-arch <name:string>", FROM_ARCH)
    .option("--perf <perf:perf>", PERF)
    .option("--force", "Replace what an earlier run wrote there.")
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Do not say what was written.")
    .example("Tables of a recording", "auxtail convert perf.data --to parquet -o tables")
    .example("Those of a fleet", "auxtail convert recordings/ --to parquet -o fleet")
    .example("All tails as CSV", "auxtail convert perf.data --to csv --table tails")
    .example("A trace for ui.perfetto.dev", "auxtail convert perf.data --to perfetto -o perf.trace")
    .action(async (options: ConvertCommandOptions, ...files: string[]) => {
      checkJudgeOptions(options);
      const { convert } = await import("../actions/convert.ts");
      await convert(options, files);
    });
}
