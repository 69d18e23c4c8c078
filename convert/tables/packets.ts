import {
  formatFacts,
  Mark,
  type PacketSink,
  type PacketStream,
  type PayloadBytes,
  type PayloadFormat,
  payloadFormat,
  PayloadIndex,
  type PayloadMark,
  payloadPart,
  type PayloadQueue,
  type PayloadRecording,
  QueueReader,
} from "../../packets/mod.ts";
import { FormatError, type PerfFile } from "../../parsers/perf/mod.ts";
import { jsonText } from "../../text/mod.ts";
import { TableRows } from "../_rows.ts";
import type { TableSource } from "../_table_source.ts";
import { QUEUE_COLUMNS, type RowBatch, tableOf } from "../table.ts";

/** Bytes that are decoded at a time: packets of one byte make as many rows. */
const STEP = 1 << 13;

/** A row for each packet, and for each mark. */
export const packetTable: TableSource = {
  table: tableOf(
    "packets",
    `${QUEUE_COLUMNS} aux_offset:u64? size:u64? kind:text mark:bool fields:text?`,
  ),
  fill(file) {
    const index = new PayloadIndex(file);
    return {
      listener: index,
      payload: (walk, cut) => packetBatches(file, index.recording(walk, cut)),
    };
  },
};

/** Reads the packets of a recording as rows; returns where it was cut. */
function* packetBatches(
  file: PerfFile,
  recording: PayloadRecording,
): Generator<RowBatch, FormatError | null> {
  try {
    if (recording.queues.length === 0) return recording.cut;
    const format = payloadFormat(formatFacts(file, recording));
    for (const queue of recording.queues) {
      const cut = yield* queueBatches(file, queue, format);
      if (cut !== null) return cut;
    }
    return recording.cut;
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

/** Reads the packets of a queue; returns where it was cut. */
function* queueBatches(
  file: PerfFile,
  queue: PayloadQueue,
  format: PayloadFormat,
): Generator<RowBatch, FormatError | null> {
  const rows = new TableRows<object>(packetTable.table);
  const reader = new QueueReader(format, new RowSink(rows, queue, format.kindNames));
  try {
    for (const item of queue.items()) {
      if (item.type === "mark") {
        reader.take(item);
        continue;
      }
      for (let from = 0; from < item.size; from += STEP) {
        reader.take(payloadPart(item, { from, size: Math.min(STEP, item.size - from) }));
        yield* rows.take(item.fileOffset ?? 0);
      }
    }
    reader.finish();
    yield* rows.take(file.size);
    return null;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    yield* rows.take(file.size);
    return error;
  }
}

/** Makes a row of each packet, and of each mark. */
class RowSink implements PacketSink {
  readonly isDone = false;
  readonly #rows: TableRows<object>;
  readonly #queue: PayloadQueue;
  readonly #kindNames: readonly string[];
  #stream: PacketStream | null = null;
  #start = 0n;
  #cpu: number | null = null;

  constructor(rows: TableRows<object>, queue: PayloadQueue, kindNames: readonly string[]) {
    this.#rows = rows;
    this.#queue = queue;
    this.#kindNames = kindNames;
  }

  open(stream: PacketStream, { auxOffset, cpu }: PayloadBytes): void {
    this.#stream = stream;
    this.#start = auxOffset;
    this.#cpu = cpu;
  }

  packet(): boolean {
    const { cursor: { kind, offset, size } } = this.#stream!;
    const auxOffset = this.#start + BigInt(offset);
    const name = this.#kindNames[kind]!;
    const mark = kind <= Mark.Cut;
    const fields = mark ? null : jsonText(this.#stream!.fields());
    this.#add({ auxOffset, size, kind: mark ? name.toLowerCase() : name, mark, fields });
    return true;
  }

  mark({ mark: kind, auxOffset, size }: PayloadMark): void {
    this.#add({ auxOffset, size, kind, mark: true, fields: null });
  }

  #add(row: object): void {
    const { idx, cpu, tid } = this.#queue;
    this.#rows.add({ queue: idx, cpu: this.#cpu ?? cpu, tid, ...row });
  }
}
