import type { AuxChunkHeader } from "../../auxtrace/mod.ts";
import { joinU64 } from "../../parsers/internal.ts";
import { TableRows } from "../_rows.ts";
import type { TableSource } from "../_table_source.ts";
import { QUEUE_COLUMNS, tableOf } from "../table.ts";

/** A row for each AUXTRACE record whose payload is whole: a cut one is a cut, not a chunk. */
export const chunkTable: TableSource = {
  table: tableOf(
    "chunks",
    `${QUEUE_COLUMNS} chunk:u64 file_offset:u64 aux_offset:u64 size:u64 reference:u64`,
  ),
  fill() {
    const rows = new TableRows<AuxChunkHeader>(this.table, {
      queue: ({ queue }) => queue.idx,
      cpu: ({ queue }) => queue.cpu,
      tid: ({ queue }) => queue.tid,
      chunk: ({ number }) => number,
      "aux_offset": ({ high, low }) => joinU64(high, low),
      reference: ({ referenceHigh, referenceLow }) => joinU64(referenceHigh, referenceLow),
    });
    return {
      rows,
      listener: { chunk: (chunk) => chunk.presentSize >= chunk.size && rows.add(chunk) },
    };
  },
};
