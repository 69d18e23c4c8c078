/**
 * A recording as tables, for the tools that people already use.
 *
 * Pure: `tableBatches()` reads, `csvRows()`, `ndjsonRows()` and `ParquetTable` write, a batch of
 * rows at a time. The package that writes Parquet is given, so that nothing is fetched here.
 * `perfettoPackets()` makes a trace for Perfetto's user interface.
 *
 * @module
 */

export { jsonText } from "../text/mod.ts";
export { TABLE_NAMES } from "./table.ts";
export type {
  Column,
  ColumnType,
  ColumnValues,
  RowBatch,
  Table,
  TableName,
  TableOptions,
} from "./table.ts";
export { TABLES, USUAL_TABLES } from "./tables.ts";
export { failedRecording } from "./tables/recordings.ts";
export { tableBatches, type TablesRead } from "./table_batches.ts";
export { csvHeading, csvRows } from "./csv.ts";
export { ndjsonRows } from "./ndjson.ts";
export {
  type ParquetBytes,
  type ParquetElement,
  type ParquetFooter,
  type ParquetModule,
  ParquetTable,
} from "./parquet.ts";
export { type PerfettoEnd, type PerfettoOptions, perfettoPackets } from "./perfetto.ts";
