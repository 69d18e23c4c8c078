import { remedyFor } from "../../auxtrace/internal.ts";
import type { AuxLoss, AuxQueue, LossKind, WalkFacts } from "../../auxtrace/mod.ts";
import { columnRows } from "../_column_rows.ts";
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
    const held = new HeldLosses();
    let walk: WalkFacts;
    const rows = new TableRows<HeldLoss>(this.table, {
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
        for (const loss of held.take()) {
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
          held.add(loss);
          walk = facts;
        },
      },
    };
  },
};

/** What is held of a loss. */
type HeldLoss = Omit<AuxLoss, "error">;

/** Losses without an object for each. */
class HeldLosses {
  #kinds: LossKind[] = [];
  #queues: (AuxQueue | null)[] = [];
  readonly #offsets = columnRows("f64");
  readonly #from = columnRows("u64");
  readonly #to = columnRows("u64");
  readonly #times = columnRows("u64");
  readonly #events = columnRows("f64");

  get length(): number {
    return this.#kinds.length;
  }

  add({ kind, queue, fileOffset, from, to, timeNs, events }: AuxLoss): void {
    this.#kinds.push(kind);
    this.#queues.push(queue);
    this.#offsets.add(fileOffset);
    this.#from.add(from);
    this.#to.add(to);
    this.#times.add(timeNs);
    this.#events.add(events);
  }

  /** Yields them in file order, and forgets them. */
  *take(): Generator<HeldLoss> {
    const kinds = this.#kinds;
    const queues = this.#queues;
    const [offsets, events] = [this.#offsets.take(), this.#events.take()];
    const [from, to, times] = [this.#from.take(), this.#to.take(), this.#times.take()];
    this.#kinds = [];
    this.#queues = [];
    const offsetOf = (row: number) => offsets.at(row) as number;
    const order = Uint32Array.from(kinds, (_, row) => row);
    for (const row of order.sort((a, b) => offsetOf(a) - offsetOf(b) || a - b)) {
      yield {
        kind: kinds[row]!,
        queue: queues[row]!,
        fileOffset: offsetOf(row),
        from: from.at(row) as bigint | null,
        to: to.at(row) as bigint | null,
        timeNs: times.at(row) as bigint | null,
        events: events.at(row) as number | null,
      };
    }
  }
}
