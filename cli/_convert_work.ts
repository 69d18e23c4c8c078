import { checkRows, namedRows, namedTable } from "../convert/internal.ts";
import {
  csvHeading,
  csvRows,
  failedRecording,
  ndjsonRows,
  type ParquetModule,
  ParquetTable,
  type RowBatch,
  type Table,
  tableBatches,
  type TableName,
  type TableOptions,
  TABLES,
} from "../convert/mod.ts";
import { cutReason, openSeekable, openToPrint } from "./_common.ts";
import { recordingError } from "./_failure.ts";

/** What tables are written as. */
export type TableFormat = "parquet" | "ndjson" | "csv";

/** How recordings are converted. Plain data. */
export interface ConvertWork extends Pick<TableOptions, "bits" | "perf" | "fromArch"> {
  readonly to: TableFormat;
  readonly tables: readonly TableName[];
  /** Whether rows begin with the name of their recording. */
  readonly named: boolean;
  /** Whether a recording that cannot be read is a row. */
  readonly errorRows: boolean;
  /** Whether CSV begins with a heading. */
  readonly heading: boolean;
  /** Bytes after which other parts begin. */
  readonly partSize: number;
  /** Recordings after which other parts begin. */
  readonly partRecordings: number;
  /** Characters that are gathered before they are written. */
  readonly flushAt: number;
}

/** A recording to be converted. Plain data. */
export interface ConvertTask {
  readonly path: string;
  readonly name: string;
  /** Whether its parts have no rows of others. */
  readonly alone: boolean;
  /** Whether it may be what ended a worker, which then has no other to do meanwhile. */
  readonly isSuspect?: true;
  /** Why it is not read, if it is not. */
  readonly error: string | null;
  readonly stamp: Stamp;
}

/** What tells whether a recording has changed. Plain data. */
export interface Stamp {
  /** Bytes of all its files; null if it cannot be looked at. */
  readonly size: number | null;
  /** When the last of its files was changed, by ISO 8601; null if it cannot be looked at. */
  readonly mtime: string | null;
}

/** Why a recording was not read, or not to its end. Plain data, but for the cause. */
export interface ConvertProblem {
  readonly kind: "unreadable" | "cut";
  readonly reason: string;
  /** The error; not from a worker. */
  readonly cause?: unknown;
}

/** Takes the bytes of parts, one part of each table at a time. */
export interface PartSink {
  /** Takes bytes of a table; they are overwritten afterwards. */
  append(table: TableName, bytes: Uint8Array): void;
  /** Ends the parts of all tables, which have these numbers of rows. */
  finish(rows: ReadonlyMap<TableName, number>): void;
}

/** The first message to a worker that converts; runs of tasks follow, an empty one for the end. */
export interface ConvertSetup {
  readonly work: ConvertWork;
  /** Whether the package that writes Parquet is asked for. */
  readonly hasParquet: boolean;
  /** Number of bytes that are under way, 32 bits: the worker adds, who writes them takes off. */
  readonly underWay: SharedArrayBuffer;
}

/**
 * What a message from a worker that converts has several of: calls of its sink, and the end of a
 * task, or of all, also by a failure.
 */
export type ConvertReply =
  | { readonly type: "bytes"; readonly table: TableName; readonly bytes: Uint8Array }
  | { readonly type: "finish"; readonly rows: ReadonlyMap<TableName, number> }
  | { readonly type: "done"; readonly problem: ConvertProblem | null }
  | { readonly type: "end" }
  | { readonly type: "failed"; readonly reason: string };

/** How full a part is where it ends with a recording, so that few recordings are split. */
const FULL = 7 / 8;
/** Bytes of a row that is not written yet, until the first are. */
const USUAL_ROW = 16;

/**
 * Converts recordings one after the other. Their rows go to one part of each table until one of
 * these is full; then others begin.
 */
export class RecordingConverter {
  readonly #work: ConvertWork;
  readonly #parquet: ParquetModule | null;
  readonly #sink: PartSink;
  readonly #parts = new Map<TableName, Part>();
  /** Bytes of a row of each table, as it was in parts before. */
  readonly #rowSizes = new Map<TableName, number>();
  /** How many times parts were ended. */
  #finished = 0;
  /** How many recordings were begun since. */
  #recordings = 0;

  /** `parquet` is the package that writes it, where that is asked for. */
  constructor(work: ConvertWork, parquet: ParquetModule | null, sink: PartSink) {
    this.#work = work;
    this.#parquet = parquet;
    this.#sink = sink;
  }

  /**
   * Converts a recording; what is wrong with it is returned, and is in its row of `recordings`. Rows
   * that were read before stay.
   *
   * @param show Told how far its file is read.
   * @throws {Error} If rows cannot be written.
   */
  convert(
    task: ConvertTask,
    show: (fileOffset: number) => void = () => {},
  ): ConvertProblem | null {
    const { partSize, partRecordings, named } = this.#work;
    const before = this.#finished;
    this.#recordings++;
    const rows = rowsOf(task, this.#work);
    for (;;) {
      const { done, value } = rows.next();
      if (done) {
        const hasOwn = task.alone || this.#finished > before;
        const isFull = this.#recordings >= partRecordings || this.#size >= partSize * FULL;
        if (hasOwn || isFull) {
          this.#finish({ withEmpty: !task.alone || value === null });
        }
        return value;
      }
      if (value.rows > 0) {
        if (this.#size >= partSize) this.#finish();
        this.#partOf(value.table.name).write(named ? namedRows(value, task.name) : value);
      }
      show(value.fileOffset);
    }
  }

  /** Ends the parts that were begun. */
  end(): void {
    if (this.#recordings > 0) this.#finish();
  }

  #finish({ withEmpty = true }: { withEmpty?: boolean } = {}): void {
    if (withEmpty) { for (const table of this.#work.tables) this.#partOf(table); }
    const rows = new Map<TableName, number>();
    for (const [table, part] of this.#parts) {
      part.finish();
      rows.set(table, part.rows);
      if (part.rows > 0) this.#rowSizes.set(table, part.size / part.rows);
    }
    this.#parts.clear();
    this.#finished++;
    this.#recordings = 0;
    this.#sink.finish(rows);
  }

  /** Bytes of the largest part, as far as they are known. */
  get #size(): number {
    let most = 0;
    for (const { size } of this.#parts.values()) most = Math.max(most, size);
    return most;
  }

  #partOf(table: TableName): Part {
    const begun = this.#parts.get(table);
    if (begun !== undefined) return begun;
    const { named } = this.#work;
    const part = new Part(named ? namedTable(TABLES[table]) : TABLES[table], {
      work: this.#work,
      parquet: this.#parquet,
      rowSize: this.#rowSizes.get(table) ?? USUAL_ROW,
      append: (bytes) => this.#sink.append(table, bytes),
    });
    this.#parts.set(table, part);
    return part;
  }
}

/** Reads the rows of a recording; returns what is wrong with it. */
function* rowsOf(
  { path, name, error }: ConvertTask,
  work: ConvertWork,
): Generator<RowBatch, ConvertProblem | null> {
  const { tables, errorRows } = work;
  const options: TableOptions = { ...work, path: path.toWellFormed(), name };
  let own: RowBatch | null = null;
  let problem: ConvertProblem | null = null;
  try {
    if (error !== null) throw new Deno.errors.InvalidData(error);
    using file = tables.includes("packets") ? openSeekable(path) : openToPrint(path);
    const batches = tableBatches(file, options);
    for (;;) {
      const { done, value } = batches.next();
      if (done) {
        const { cut, report } = value;
        const reason = cutReason(cut, file.secondRecording) ?? report.input.damage?.reason ?? null;
        if (reason !== null) problem = { kind: "cut", reason };
        break;
      }
      checkRows(value);
      if (value.table.name === "recordings" && value.rows > 0) own = value;
      else yield value;
    }
  } catch (cause) {
    problem = { kind: "unreadable", reason: recordingError(cause), cause };
    if (!errorRows) return problem;
  }
  if (own !== null) yield withError(own, problem);
  else if (tables.includes("recordings")) yield* failedRecording(options, problem!.reason);
  return problem;
}

/** The row of a recording, which says what is wrong with it. */
function withError(row: RowBatch, problem: ConvertProblem | null): RowBatch {
  if (problem === null) return row;
  const columns = row.table.columns.map(({ name }, i) =>
    name === "error" ? [row.columns[i]!.at(0) ?? problem.reason] : row.columns[i]!
  );
  return { ...row, columns };
}

/** Options of {@linkcode Part}. */
interface PartOptions {
  readonly work: ConvertWork;
  readonly parquet: ParquetModule | null;
  /** Bytes of a row that is not written yet. */
  readonly rowSize: number;
  readonly append: (bytes: Uint8Array) => void;
}

/** A part of a table, while it is written. */
class Part {
  readonly #options: PartOptions;
  readonly #writer: TextTable | ParquetTable;
  #written = 0;
  /** How many of the rows are not written yet. */
  #held = 0;
  rows = 0;

  constructor(table: Table, options: PartOptions) {
    const { parquet } = options;
    this.#options = options;
    const append = (bytes: Uint8Array) => {
      this.#written += bytes.length;
      this.#held = 0;
      options.append(bytes);
    };
    this.#writer = parquet === null
      ? new TextTable(table, options.work, append)
      : new ParquetTable(parquet, table, append);
  }

  /** Bytes, as far as they are known. */
  get size(): number {
    const writer = this.#writer;
    const held = writer instanceof TextTable ? writer.held : this.#held * this.#options.rowSize;
    return this.#written + held;
  }

  write(batch: RowBatch): void {
    this.rows += batch.rows;
    this.#held += batch.rows;
    this.#writer.write(batch);
  }

  finish(): void {
    this.#writer.finish();
  }
}

/** Writes rows as lines. */
class TextTable {
  readonly #work: ConvertWork;
  readonly #append: (bytes: Uint8Array) => void;
  readonly #encoder = new TextEncoder();
  #text: string;

  constructor(table: Table, work: ConvertWork, append: (bytes: Uint8Array) => void) {
    this.#work = work;
    this.#append = append;
    this.#text = work.to === "csv" && work.heading ? csvHeading(table) : "";
  }

  /** Characters that are not written yet. */
  get held(): number {
    return this.#text.length;
  }

  write(batch: RowBatch): void {
    this.#text += this.#work.to === "csv" ? csvRows(batch) : ndjsonRows(batch);
    if (this.#text.length >= this.#work.flushAt) this.finish();
  }

  finish(): void {
    if (this.#text === "") return;
    const bytes = this.#encoder.encode(this.#text);
    this.#text = "";
    this.#append(bytes);
  }
}
