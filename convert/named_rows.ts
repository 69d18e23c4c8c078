import type { Column, ColumnType, RowBatch, Table } from "./table.ts";

const RECORDING: Column = { name: "recording", type: "text", nullable: false };
const MAX_U32 = 2 ** 32 - 1;
const MAX_I32 = 2 ** 31 - 1;
const MAX_U64 = 2n ** 64n - 1n;

/** Whether a value fits a column of a type. */
const FITS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  u64: (value) => typeof value === "bigint" && value >= 0n && value <= MAX_U64,
  u32: (value) => Number.isInteger(value) && value as number >= 0 && value as number <= MAX_U32,
  i32: (value) => Number.isInteger(value) && Math.abs(value as number) <= MAX_I32,
  bool: (value) => typeof value === "boolean",
  f64: (value) => typeof value === "number",
  text: (value) => typeof value === "string",
};

/** The table of many recordings: its rows begin with the name of theirs. */
export function namedTable({ name, columns }: Table): Table {
  return { name, columns: [RECORDING, ...columns] };
}

/** Puts the name of their recording before the values of rows. */
export function namedRows(batch: RowBatch, recording: string): RowBatch {
  return {
    ...batch,
    table: namedTable(batch.table),
    columns: [new Array(batch.rows).fill(recording), ...batch.columns],
  };
}

/**
 * Refuses rows that no file of the table could hold: one of them would make the rows of others fail,
 * with which it is written.
 *
 * @throws {TypeError} If a value does not fit its column: a bug.
 */
export function checkRows({ table, rows, columns }: RowBatch): void {
  for (const [i, { name, type, nullable }] of table.columns.entries()) {
    const fits = FITS[type];
    const values = columns[i]!;
    if (!Array.isArray(values)) continue; // others hold their type only
    for (let row = 0; row < rows; row++) {
      const value = values[row];
      if (value === null || value === undefined ? nullable : fits(value)) continue;
      throw new TypeError(`${table.name}.${name} cannot be ${typeof value} ${value}`);
    }
  }
}
