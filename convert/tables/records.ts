import { ownFields } from "../../parsers/perf/internal.ts";
import { type RecordCursor, recordTypeName } from "../../parsers/perf/mod.ts";
import { jsonText } from "../../text/mod.ts";
import { TableRows } from "../_rows.ts";
import type { TableSource } from "../_table_source.ts";
import { tableOf } from "../table.ts";

/** A row for each record. */
export const recordTable: TableSource = {
  table: tableOf(
    "records",
    "file_offset:u64 type:u32 name:text size:u32 misc:u32 event:text? cpu:u32? pid:u32? " +
      "tid:u32? time_ns:u64? fields:text",
  ),
  fill() {
    const rows = new TableRows<RecordCursor>(this.table, {
      name: ({ type }) => recordTypeName(type),
      event: ({ event }) => event?.name,
      fields: (cursor) => jsonText(ownFields(cursor.record())),
    });
    return { rows, record: (cursor) => rows.add(cursor) };
  },
};
