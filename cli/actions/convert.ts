import { ValidationError } from "@cliffy/command";
import {
  csvHeading,
  csvRows,
  failedRecording,
  ndjsonRows,
  type ParquetModule,
  ParquetTable,
  type RowBatch,
  tableBatches,
  type TableName,
  TABLES,
  USUAL_TABLES,
} from "../../convert/mod.ts";
import {
  complain,
  complainOfCut,
  openSeekable,
  openToPrint,
  type QuietOptions,
} from "../_common.ts";
import { fromInput, InputFailure } from "../_failure.ts";
import { expandInputs, type InputOptions, recordingNames } from "../_inputs.ts";
import { Interruption } from "../_interruption.ts";
import { Progress } from "../output/progress.ts";
import { countOf } from "../output/table.ts";
import { type SyncWriter, writeAll } from "../../system/internal.ts";
import { TableFolder } from "../output/table_folder.ts";
import { parquetModule } from "./_parquet_module.ts";
import { judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of `auxtail convert`. */
export interface ConvertCommandOptions extends InputOptions, JudgeOptions, QuietOptions {
  readonly to: "parquet" | "perfetto" | "ndjson" | "csv";
  readonly output?: string | undefined;
  readonly table?: readonly TableName[] | undefined;
  readonly packets?: boolean | undefined;
  readonly force?: boolean | undefined;
}

/** Writes the rows of a table. */
interface TableWriter {
  write(batch: RowBatch): void;
  /** Writes what is missing. */
  finish(): void;
}

/** Begins a table of a recording; what has to be closed is put on the stack. */
type OpenTable = (table: TableName, recording: string, files: DisposableStack) => TableWriter;

/** Converts recordings, says what was written, and sets the exit code. */
export async function convert(
  options: ConvertCommandOptions,
  names: readonly string[],
): Promise<void> {
  judgedBy(options);
  const { inputs: paths, many } = expandInputs(names, options);
  if (options.to === "perfetto") {
    const { output } = options;
    if (output === undefined) throw new ValidationError('Missing option "--output": -o perf.trace');
    if (options.table !== undefined || options.packets) {
      throw new ValidationError("--table and --packets do not go with --to perfetto");
    }
    const { convertToPerfetto } = await import("./_convert_perfetto.ts");
    return await convertToPerfetto({ ...options, output }, { paths, many });
  }
  const tables = tablesOf(options);
  if (options.output === undefined || options.output === "-") {
    return await toStandardOutput(options, paths, tables);
  }
  const parquet = options.to === "parquet" ? await parquetModule() : null;
  if (options.to === "parquet" && parquet === null) return;
  const { to, output, force = false } = options;
  using interruption = new Interruption(paths);
  using folder = new TableFolder(output, { ending: to, force, partitioned: many, inputs: paths });
  const open: OpenTable = (table, recording, files) =>
    tableWriter(
      files.use(folder.open(table, recording)),
      { name: `"${output}/${table}"`, table, to: parquet ?? to },
    );
  const read = await convertAll(options, paths, { tables, open, interruption });
  folder.commit();
  if (options.quiet) return;
  const failed = paths.length - read;
  const what = `${countOf(tables.length, "table")} of ${countOf(paths.length, "recording")}`;
  const but = failed === 0
    ? ""
    : `; ${failed} of them ${failed === 1 ? "is" : "are"} cut or cannot be read`;
  complain(`wrote ${output}: ${what}${but}`);
}

function tablesOf({ table, packets = false }: ConvertCommandOptions): readonly TableName[] {
  const names = Object.keys(TABLES) as TableName[];
  const wanted = table ?? USUAL_TABLES;
  return names.filter((name) => wanted.includes(name) || (packets && name === "packets"));
}

async function toStandardOutput(
  options: ConvertCommandOptions,
  paths: readonly string[],
  tables: readonly TableName[],
): Promise<void> {
  const { to } = options;
  if (to === "parquet" || tables.length !== 1 || paths.length !== 1) {
    throw new ValidationError(
      'Missing option "--output": the folder for the tables; one --table of one recording goes ' +
        "to standard output as ndjson or csv",
    );
  }
  const open: OpenTable = (table) =>
    tableWriter(Deno.stdout, { name: "standard output", table, to });
  await convertAll({ ...options, progress: false }, paths, { tables, open });
}

/** What recordings are converted to. */
interface Conversion {
  readonly tables: readonly TableName[];
  readonly open: OpenTable;
  readonly interruption?: Interruption;
}

/** Converts one recording after the other; returns how many could be read. */
async function convertAll(
  options: ConvertCommandOptions,
  paths: readonly string[],
  conversion: Conversion,
): Promise<number> {
  const names = recordingNames(paths);
  let read = 0;
  for (const [i, path] of paths.entries()) {
    const input = { path, name: names[i]!, many: paths.length > 1 };
    if (await convertOne(options, input, conversion)) read++;
    else Deno.exitCode = 2;
  }
  return read;
}

/** Converts a recording; if that fails, or it was cut, complains and returns false. */
async function convertOne(
  command: ConvertCommandOptions,
  { path, name, many }: { readonly path: string; readonly name: string; readonly many: boolean },
  { tables, open, interruption }: Conversion,
): Promise<boolean> {
  const options = { name, path, tables, ...judgedBy(command) };
  using files = new DisposableStack();
  const writers = new Map<TableName, TableWriter>();
  const begin = (table: TableName) => writers.set(table, open(table, name, files));
  const written = new Set<TableName>();
  const write = (batch: RowBatch) => {
    writers.get(batch.table.name)!.write(batch);
    written.add(batch.table.name);
  };
  const finish = () => {
    for (const writer of writers.values()) writer.finish();
  };
  try {
    using file = fromInput(() =>
      tables.includes("packets") ? openSeekable(path) : openToPrint(path)
    );
    tables.forEach(begin);
    using progress = new Progress(file.size, command);
    const batches = tableBatches(file, options);
    for (;;) {
      const { done, value } = fromInput(() => batches.next());
      if (done) {
        finish();
        complainOfCut(path, value.cut, file.secondRecording);
        return value.cut === null && file.secondRecording === null;
      }
      if (value.rows > 0) write(value);
      progress.show(value.fileOffset);
      await interruption?.check();
    }
  } catch (error) {
    if (!(error instanceof InputFailure)) throw error;
    if (!many) throw error.cause;
    if (tables.includes("recordings") && !written.has("recordings")) {
      if (!writers.has("recordings")) begin("recordings");
      for (const batch of failedRecording(options, error.message)) write(batch);
    }
    finish();
    complain(`${path}: ${error.message}`);
    return false;
  }
}

/** Writes rows as text, or by the package that writes Parquet. */
function tableWriter(
  file: SyncWriter,
  { name, table, to }: {
    name: string;
    table: TableName;
    to: ParquetModule | ConvertCommandOptions["to"];
  },
): TableWriter {
  const append = (bytes: Uint8Array) => writeAll(file, name, bytes);
  if (typeof to !== "string") return new ParquetTable(to, TABLES[table], append);
  const encoder = new TextEncoder();
  const rows = to === "csv" ? csvRows : ndjsonRows;
  if (to === "csv") append(encoder.encode(csvHeading(TABLES[table])));
  return { write: (batch) => append(encoder.encode(rows(batch))), finish() {} };
}
