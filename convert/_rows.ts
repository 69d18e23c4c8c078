import { type ColumnRows, columnRows } from "./_column_rows.ts";
import type { RowBatch, Table } from "./table.ts";
import type { RowSource } from "./_table_source.ts";

const MOST_ROWS = 512;

/** The value of a column in the row of a thing. */
type ValueOf<T> = (thing: T) => unknown;

/** Gathers the rows of a table, each of a thing such as a record. */
export class TableRows<T extends object> implements RowSource {
  readonly #table: Table;
  readonly #values: readonly ValueOf<T>[];
  #columns: ColumnRows[];
  #rows = 0;

  /** `values` are those that are not the thing's property of the column's name. */
  constructor(table: Table, values: Readonly<Record<string, ValueOf<T>>> = {}) {
    this.#table = table;
    this.#values = table.columns.map(({ name }) => values[name] ?? propertyOf(name));
    this.#columns = table.columns.map(({ type }) => columnRows(type));
  }

  get isFull(): boolean {
    return this.#rows >= MOST_ROWS;
  }

  add(thing: T): void {
    const columns = this.#columns;
    const values = this.#values;
    for (let i = 0; i < values.length; i++) columns[i]!.add(values[i]!(thing) ?? null);
    this.#rows++;
  }

  *take(fileOffset: number): Generator<RowBatch> {
    if (this.#rows === 0) return;
    const columns = this.#columns.map((column) => column.take());
    const batch = { table: this.#table, fileOffset, rows: this.#rows, columns };
    this.#rows = 0;
    yield batch;
  }
}

/** Reads `auxOffset` for a column `aux_offset`. */
function propertyOf<T extends object>(column: string): ValueOf<T> {
  const key = column.replace(/_./g, ([, letter]) => letter!.toUpperCase()) as keyof T;
  return (thing) => thing[key];
}
