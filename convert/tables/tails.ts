import type { TailStep } from "../../auxtrace/mod.ts";
import { TableRows } from "../_rows.ts";
import type { TableSource } from "../_table_source.ts";
import { QUEUE_COLUMNS, tableOf } from "../table.ts";

/** A row for each stored tail. */
export const tailTable: TableSource = {
  table: tableOf(
    "tails",
    `${QUEUE_COLUMNS} chunk:u64 file_offset:u64 aux_offset:u64 size:u64 head:u64 tail:u64? ` +
      "tail_exact:bool refused:bool headroom:u64? time_ns:u64?",
  ),
  fill(_file, { bits = 32 }) {
    const maxTail = 2n ** BigInt(bits) - 1n;
    const rows = new TableRows<TailStep>(this.table, {
      headroom: ({ tail }) => tail === null ? null : tail > maxTail ? 0n : maxTail - tail,
    });
    return { rows, step: (step) => rows.add(step) };
  },
};
