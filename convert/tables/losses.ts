import { remedyFor } from "../../auxtrace/internal.ts";
import type { AuxLoss, WalkFacts } from "../../auxtrace/mod.ts";
import { TableRows } from "../_rows.ts";
import type { RowSource, TableSource } from "../_table_source.ts";
import { QUEUE_COLUMNS, tableOf } from "../table.ts";

/** Losses that are held, as their queue's `idx` and the remedy may be known only later. */
const MOST_LOSSES = 1 << 16;

/** A row for each loss, in file order. */
export const lossTable: TableSource = {
  table: tableOf(
    "losses",
    `${QUEUE_COLUMNS} kind:text file_offset:u64 from_offset:u64? to_offset:u64? time_ns:u64? ` +
      "events:u64? remedy:text",
  ),
  fill(file) {
    const held: AuxLoss[] = [];
    let walk: WalkFacts;
    const rows = new TableRows<AuxLoss>(this.table, {
      queue: ({ queue }) => queue?.idx,
      cpu: ({ queue }) => queue?.cpu,
      tid: ({ queue }) => queue?.tid,
      "from_offset": ({ from }) => from,
      "to_offset": ({ to }) => to,
      remedy: (loss) =>
        remedyFor(loss, { basis: walk.basis, type: file.auxtraceInfo?.type ?? null }),
    });
    const source: RowSource = {
      get isFull() {
        return held.length >= MOST_LOSSES;
      },
      *take(fileOffset) {
        held.sort((a, b) => a.fileOffset - b.fileOffset);
        for (const loss of held.splice(0)) {
          rows.add(loss);
          if (rows.isFull) yield* rows.take(fileOffset);
        }
        yield* rows.take(fileOffset);
      },
    };
    return {
      rows: source,
      listener: {
        loss(loss, facts) {
          held.push(loss);
          walk = facts;
        },
      },
    };
  },
};
