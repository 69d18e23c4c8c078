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
import { FormatError } from "../../parsers/perf/mod.ts";
import { complain, openInput } from "../_common.ts";
import { oneLine } from "../_failure.ts";
import { expandInputs, recordingNames } from "../_inputs.ts";
import type { ConvertCommandOptions } from "../commands/convert.ts";
import { Progress } from "../output/progress.ts";
import { TableFolder } from "../output/table_folder.ts";

const PARQUET: string = "npm:hyparquet-writer@0.17.0";

/** A file of a table that is being written. */
interface TableFile {
  write(batch: RowBatch): void;
  /** Writes what is missing, and closes the file. */
  finish(): void;
}

/** Begins a file of a table. */
type OpenTable = (table: TableName, recording: string) => TableFile;

/** Converts recordings, says what was written, and sets the exit code. */
export async function convert(
  options: ConvertCommandOptions,
  names: readonly string[],
): Promise<void> {
  const { inputs: paths, many } = expandInputs(names);
  if (options.to === "perfetto") {
    const { convertToPerfetto } = await import("./_convert_perfetto.ts");
    return convertToPerfetto(options, { paths, many });
  }
  const tables = tablesOf(options);
  if (options.output === undefined) return toStandardOutput(options, paths, tables);
  const parquet = options.to === "parquet" ? await parquetModule() : null;
  if (options.to === "parquet" && parquet === null) return;
  const { to, output, force = false } = options;
  using folder = new TableFolder(output, {
    ending: to,
    force,
    partitioned: many,
    inputs: paths,
  });
  const open: OpenTable = (table, recording) =>
    tableFile(folder.open(table, recording), table, parquet ?? to);
  const read = convertAll(options, paths, { tables, open });
  folder.commit();
  if (options.quiet) return;
  const failed = paths.length - read;
  const what = `${count(tables.length, "table")} of ${count(paths.length, "recording")}`;
  const but = failed === 0
    ? ""
    : `; ${failed} of them ${failed === 1 ? "is" : "are"} cut or cannot be read`;
  complain(`wrote ${output}: ${what}${but}`);
}

function count(number: number, name: string): string {
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}

function tablesOf({ table, packets = false }: ConvertCommandOptions): readonly TableName[] {
  const names = Object.keys(TABLES) as TableName[];
  const wanted = table ?? USUAL_TABLES;
  return names.filter((name) => wanted.includes(name) || (packets && name === "packets"));
}

function toStandardOutput(
  options: ConvertCommandOptions,
  paths: readonly string[],
  tables: readonly TableName[],
): void {
  const { to } = options;
  if (to === "parquet" || tables.length !== 1 || paths.length !== 1) {
    throw new ValidationError(
      'Missing option "--output": the folder for the tables; one --table of one recording goes ' +
        "to standard output as ndjson or csv",
    );
  }
  const open: OpenTable = (table) => textFile((bytes) => writeAll(Deno.stdout, bytes), table, to);
  convertAll({ ...options, progress: false }, paths, { tables, open });
}

/** Converts one recording after the other; returns how many could be read. */
function convertAll(
  options: ConvertCommandOptions,
  paths: readonly string[],
  { tables, open }: { readonly tables: readonly TableName[]; readonly open: OpenTable },
): number {
  const names = recordingNames(paths);
  let read = 0;
  for (const [i, path] of paths.entries()) {
    const files = new Map<TableName, TableFile>();
    const fileOf = (table: TableName) => {
      const file = files.get(table) ?? open(table, names[i]!);
      files.set(table, file);
      return file;
    };
    try {
      const failure = convertOne(options, {
        path,
        name: names[i]!,
        tables,
        fileOf,
        many: paths.length > 1,
      });
      if (failure === null) read++;
      else {
        complain(failure);
        Deno.exitCode = 2;
      }
    } finally {
      for (const file of files.values()) file.finish();
    }
  }
  return read;
}

/** Converts a recording; says why not, or why not the whole of it. */
function convertOne(
  { bits, progress, quiet = false }: ConvertCommandOptions,
  { path, name, tables, fileOf, many }: {
    readonly path: string;
    readonly name: string;
    readonly tables: readonly TableName[];
    readonly fileOf: (table: TableName) => TableFile;
    readonly many: boolean;
  },
): string | null {
  const options = { name, path, tables, bits };
  try {
    using file = openInput(path);
    for (const table of tables) fileOf(table);
    using bar = new Progress(file.size, progress && !quiet);
    const batches = tableBatches(file, options);
    for (;;) {
      const { done, value } = batches.next();
      if (done) {
        return value.cut && `${path}: not complete: ${value.cut.message}; copy the whole file`;
      }
      fileOf(value.table.name).write(value);
      bar.show(value.fileOffset);
    }
  } catch (error) {
    const line = error instanceof FormatError || isOfFile(error) ? oneLine(error) : null;
    if (line === null) throw error;
    if (!many) throw error;
    if (tables.includes("recordings")) {
      for (const batch of failedRecording(options, line)) fileOf("recordings").write(batch);
    }
    return `${path}: ${line}`;
  }
}

/** Whether it is the input that cannot be read: everything else ends the conversion. */
function isOfFile(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory;
}

/** Begins a file as text, or by the package that writes Parquet. */
function tableFile(
  file: Deno.FsFile,
  table: TableName,
  to: ParquetModule | ConvertCommandOptions["to"],
): TableFile {
  const append = (bytes: Uint8Array) => writeAll(file, bytes);
  const inner = typeof to === "string"
    ? textFile(append, table, to)
    : new ParquetTable(to, TABLES[table], append);
  return {
    write: (batch) => inner.write(batch),
    finish() {
      try {
        inner.finish();
      } finally {
        file.close();
      }
    },
  };
}

function textFile(
  append: (bytes: Uint8Array) => void,
  table: TableName,
  to: ConvertCommandOptions["to"],
): TableFile {
  const encoder = new TextEncoder();
  const rows = to === "csv" ? csvRows : ndjsonRows;
  if (to === "csv") append(encoder.encode(csvHeading(TABLES[table])));
  return { write: (batch) => append(encoder.encode(rows(batch))), finish() {} };
}

function writeAll(
  file: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
}

/** Fetches the package that writes Parquet, or says how to. */
async function parquetModule(): Promise<ParquetModule | null> {
  try {
    return await import(PARQUET);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : error;
    complain(`cannot fetch ${PARQUET}: ${reason}; with a network, run: deno cache ${PARQUET}`);
    Deno.exitCode = 2;
    return null;
  }
}
