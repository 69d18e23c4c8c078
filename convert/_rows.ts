import type { RowBatch, Table } from "./table.ts";

const MOST_ROWS = 4096;
const MAX_U64 = 2n ** 64n - 1n;

/** Gathers the rows of a table. */
export class Rows {
  readonly #table: Table;
  #columns: unknown[][];
  #rows = 0;

  constructor(table: Table) {
    this.#table = table;
    this.#columns = table.columns.map(() => []);
  }

  /** Whether it is time to take them. */
  get isFull(): boolean {
    return this.#rows >= MOST_ROWS;
  }

  /** Adds a row: a value for each column. A position that 64 bits cannot hold becomes null. */
  add(...values: readonly unknown[]): void {
    const columns = this.#columns;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      columns[i]!.push(typeof value === "bigint" && value > MAX_U64 ? null : value);
    }
    this.#rows++;
  }

  /** Yields what was gathered, and begins again. */
  *take(fileOffset: number): Generator<RowBatch> {
    if (this.#rows === 0) return;
    const batch = { table: this.#table, fileOffset, rows: this.#rows, columns: this.#columns };
    this.#columns = this.#table.columns.map(() => []);
    this.#rows = 0;
    yield batch;
  }
}
