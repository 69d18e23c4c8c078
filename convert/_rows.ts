import type { ColumnType, RowBatch, Table } from "./table.ts";

const MOST_ROWS = 512;
const MAX_U64 = 2n ** 64n - 1n;

/** The value of a column in the row of a thing. */
type ValueOf<T> = (thing: T) => unknown;

/** Gathers the rows of a table, each of a thing such as a record. */
export class TableRows<T extends object> {
  readonly #table: Table;
  readonly #values: readonly ValueOf<T>[];
  #columns: unknown[][];
  #rows = 0;

  /** `values` are those that are not the thing's property of the column's name. */
  constructor(table: Table, values: Readonly<Record<string, ValueOf<T>>> = {}) {
    this.#table = table;
    this.#values = table.columns.map(({ name, type }) => {
      const value = values[name];
      if (value === undefined) return propertyOf(name, type);
      return type === "u64" ? (thing) => u64(value(thing)) : value;
    });
    this.#columns = table.columns.map(() => []);
  }

  /** Whether it is time to take them. */
  get isFull(): boolean {
    return this.#rows >= MOST_ROWS;
  }

  add(thing: T): void {
    const columns = this.#columns;
    const values = this.#values;
    for (let i = 0; i < values.length; i++) columns[i]!.push(values[i]!(thing) ?? null);
    this.#rows++;
  }

  /** Yields the rows so far, and forgets them. */
  *take(fileOffset: number): Generator<RowBatch> {
    if (this.#rows === 0) return;
    const batch = { table: this.#table, fileOffset, rows: this.#rows, columns: this.#columns };
    this.#columns = this.#table.columns.map(() => []);
    this.#rows = 0;
    yield batch;
  }
}

/** Reads `auxOffset` for a column `aux_offset`. */
function propertyOf<T extends object>(column: string, type: ColumnType): ValueOf<T> {
  const key = column.replace(/_./g, ([, letter]) => letter!.toUpperCase()) as keyof T;
  return type === "u64" ? (thing) => u64(thing[key]) : (thing) => thing[key];
}

/** A number becomes a bigint; a position that 64 bits cannot hold becomes null. */
function u64(value: unknown): unknown {
  if (typeof value === "number") return BigInt(value);
  return typeof value === "bigint" && value > MAX_U64 ? null : value;
}
