import type { AuxListener, ReplayReport, TailStep, WalkFacts } from "../auxtrace/mod.ts";
import type { FormatError, PerfFile, RecordCursor } from "../parsers/perf/mod.ts";
import type { RowBatch, Table, TableOptions } from "./table.ts";

/** A table, and how it is filled from a recording. */
export interface TableSource {
  readonly table: Table;
  fill(file: PerfFile, options: TableOptions): TableFiller;
}

/** Fills a table while the records of a recording are read, once for all tables. */
export interface TableFiller {
  /** The rows so far. */
  readonly rows?: RowSource;
  /** Listens to the walk over the AUX data. */
  readonly listener?: AuxListener;
  /** Takes each stored tail. */
  step?(step: TailStep): void;
  /** Takes each record, after listener and step. */
  record?(cursor: RecordCursor): void;
  /** Adds the rows that need the whole recording. */
  finish?(report: ReplayReport): void;
  /** Reads payload, after all records; returns where it was cut. */
  payload?(walk: WalkFacts, cut: FormatError | null): Generator<RowBatch, FormatError | null>;
}

/** Rows that come as batches. */
export interface RowSource {
  /** Whether it is time to take them. */
  readonly isFull: boolean;
  /** Yields the rows so far, and forgets them. */
  take(fileOffset: number): Generator<RowBatch>;
}
