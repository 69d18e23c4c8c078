import type { RowBatch, Table } from "./table.ts";

const MOST_ROWS = 4096;

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

  /** Adds a row: a value for each column. */
  add(...values: readonly unknown[]): void {
    const columns = this.#columns;
    for (let i = 0; i < values.length; i++) columns[i]!.push(values[i]);
    this.#rows++;
  }

  /** Yields what was gathered, and starts anew. */
  *take(fileOffset: number): Generator<RowBatch> {
    if (this.#rows === 0) return;
    const batch = { table: this.#table, fileOffset, rows: this.#rows, columns: this.#columns };
    this.#columns = this.#table.columns.map(() => []);
    this.#rows = 0;
    yield batch;
  }
}
