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
import { complain, cutLine, openInput } from "../_common.ts";
import { fromInput, InputFailure } from "../_input_failure.ts";
import { expandInputs, recordingNames } from "../_inputs.ts";
import { type Interruption, interruptionOf } from "../_interruption.ts";
import type { ConvertCommandOptions } from "../commands/convert.ts";
import { Progress } from "../output/progress.ts";
import { TableFolder } from "../output/table_folder.ts";
import { openSeekable } from "./_payload_input.ts";

const PARQUET: string = "npm:hyparquet-writer@0.17.0";

/** A file of a table that is being written. */
interface TableFile {
  write(batch: RowBatch): void;
  /** Writes what is missing. */
  finish(): void;
  close(): void;
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
    return await convertToPerfetto(options, { paths, many });
  }
  const tables = tablesOf(options);
  if (options.output === undefined || options.output === "-") {
    return await toStandardOutput(options, paths, tables);
  }
  const parquet = options.to === "parquet" ? await parquetModule() : null;
  if (options.to === "parquet" && parquet === null) return;
  const { to, output, force = false } = options;
  using interruption = interruptionOf(paths);
  using folder = new TableFolder(output, {
    ending: to,
    force,
    partitioned: many,
    inputs: paths,
  });
  const open: OpenTable = (table, recording) =>
    tableFile(folder.open(table, recording), table, parquet ?? to);
  const read = await convertAll(options, paths, { tables, open, interruption });
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
  const open: OpenTable = (table) => textFile((bytes) => writeAll(Deno.stdout, bytes), table, to);
  await convertAll({ ...options, progress: false }, paths, { tables, open, interruption: null });
}

/** What recordings are converted to. */
interface Conversion {
  readonly tables: readonly TableName[];
  readonly open: OpenTable;
  readonly interruption: Interruption | null;
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
    const failure = await convertOne(options, input, conversion);
    if (failure === null) {
      read++;
      continue;
    }
    complain(failure);
    Deno.exitCode = 2;
  }
  return read;
}

/** Converts a recording; says why not, or why not the whole of it. */
async function convertOne(
  { bits, fromArch, perf, progress, quiet = false }: ConvertCommandOptions,
  { path, name, many }: { readonly path: string; readonly name: string; readonly many: boolean },
  { tables, open, interruption }: Conversion,
): Promise<string | null> {
  const options = {
    name,
    path,
    tables,
    bits,
    ...(fromArch !== undefined && { fromArch }),
    ...(perf !== undefined && { perf }),
  };
  using files = new TableFiles((table) => open(table, name));
  try {
    using file = fromInput(() => tables.includes("packets") ? openSeekable(path) : openInput(path));
    for (const table of tables) files.of(table);
    using bar = new Progress(file.size, progress && !quiet);
    const batches = tableBatches(file, options);
    for (;;) {
      const { done, value } = fromInput(() => batches.next());
      if (done) {
        files.finish();
        const { finalised } = file;
        return value.cut && cutLine(path, { reason: value.cut.message, finalised });
      }
      if (value.rows > 0) files.write(value);
      bar.show(value.fileOffset);
      await interruption?.check();
    }
  } catch (error) {
    if (!(error instanceof InputFailure)) throw error;
    if (!many) throw error.cause;
    if (tables.includes("recordings") && !files.have("recordings")) {
      for (const batch of failedRecording(options, error.message)) files.write(batch);
    }
    files.finish();
    return `${path}: ${error.message}`;
  }
}

/** The files of the tables of a recording. */
class TableFiles implements Disposable {
  readonly #open: (table: TableName) => TableFile;
  readonly #files = new Map<TableName, TableFile>();
  readonly #written = new Set<TableName>();

  constructor(open: (table: TableName) => TableFile) {
    this.#open = open;
  }

  /** The file of a table, begun if need be. */
  of(table: TableName): TableFile {
    const file = this.#files.get(table) ?? this.#open(table);
    this.#files.set(table, file);
    return file;
  }

  /** Whether there are rows of a table. */
  have(table: TableName): boolean {
    return this.#written.has(table);
  }

  write(batch: RowBatch): void {
    this.of(batch.table.name).write(batch);
    this.#written.add(batch.table.name);
  }

  /** Writes what is missing. */
  finish(): void {
    for (const file of this.#files.values()) file.finish();
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file.close();
  }
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
    finish: () => inner.finish(),
    close: () => file.close(),
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
  return { write: (batch) => append(encoder.encode(rows(batch))), finish() {}, close() {} };
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
