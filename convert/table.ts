import type { ReplayOptions } from "../auxtrace/mod.ts";

/** Type of the values of a column: those of `u64` are bigint. */
export type ColumnType = "u64" | "u32" | "i32" | "bool" | "f64" | "text";

/** A column of a table. */
export interface Column {
  /** In snake case. */
  readonly name: string;
  /** What its values are. */
  readonly type: ColumnType;
  /** Whether values can be null: unknown. */
  readonly nullable: boolean;
}

/** A table that a recording is converted to. */
export interface Table {
  /** Its name. */
  readonly name: TableName;
  /** Its columns, in order. */
  readonly columns: readonly Column[];
}

/** Names of the tables, in their order. */
export const TABLE_NAMES = [
  "recordings",
  "chunks",
  "aux_records",
  "tails",
  "losses",
  "packets",
  "records",
] as const;

/** The tables of a recording. */
export type TableName = typeof TABLE_NAMES[number];

/** Options of `tableBatches()`. */
export interface TableOptions extends Pick<ReplayOptions, "bits" | "perf" | "fromArch"> {
  /** The name of the recording in its row of `recordings`. */
  readonly name: string;
  /** Where it is, for the same row; null unless given. */
  readonly path?: string;
  /** Which tables; all but `packets` unless given. */
  readonly tables?: readonly TableName[];
}

/** Rows of a table, column by column; they can be read until the next batch is asked for. */
export interface RowBatch {
  /** The table. */
  readonly table: Table;
  /** How far the file is read. */
  readonly fileOffset: number;
  /** Number of rows. */
  readonly rows: number;
  /** The values, in the order of the table's columns: bigint for `u64`, null for unknown. */
  readonly columns: readonly ColumnValues[];
}

/** The values of a column, row by row; an array of them is one. */
export interface ColumnValues extends Iterable<unknown> {
  /** How many there are. */
  readonly length: number;
  /** The value of a row. */
  at(row: number): unknown;
}

/** Columns of the tables whose rows belong to a queue. */
export const QUEUE_COLUMNS = "queue:u32? cpu:u32? tid:u32?";

/** Makes a table of columns such as `size:u64`; those with `?` can be null. */
export function tableOf(name: TableName, columns: string): Table {
  return {
    name,
    columns: columns.trim().split(/\s+/).map((column) => {
      const [, name = "", type = "", nullable] = /^(\w+):(\w+)(\?)?$/.exec(column) ?? [];
      return { name, type: type as ColumnType, nullable: nullable !== undefined };
    }),
  };
}
