import {
  formatFacts,
  Mark,
  type PacketSink,
  type PacketStream,
  type PayloadBytes,
  type PayloadFormat,
  payloadFormat,
  type PayloadMark,
  payloadPart,
  type PayloadQueue,
  type PayloadRecording,
  QueueReader,
} from "../packets/mod.ts";
import { FormatError, type PerfFile } from "../parsers/perf/mod.ts";
import { jsonText } from "../text/mod.ts";
import { Rows } from "./_rows.ts";
import { type RowBatch, TABLES } from "./table.ts";

/** Bytes that are decoded at a time: packets of one byte make as many rows. */
const STEP = 1 << 13;

/** Reads the packets of a recording as rows; returns where it was cut. */
export function* packetBatches(
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
  const rows = new PacketRows(queue, format.kindNames);
  const reader = new QueueReader(format, rows);
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
class PacketRows implements PacketSink {
  readonly isDone = false;
  readonly #queue: PayloadQueue;
  readonly #kindNames: readonly string[];
  readonly #rows = new Rows(TABLES.packets);
  #stream: PacketStream | null = null;
  #start = 0n;
  #cpu: number | null = null;

  constructor(queue: PayloadQueue, kindNames: readonly string[]) {
    this.#queue = queue;
    this.#kindNames = kindNames;
  }

  open(stream: PacketStream, { auxOffset, cpu }: PayloadBytes): void {
    this.#stream = stream;
    this.#start = auxOffset;
    this.#cpu = cpu ?? this.#queue.cpu;
  }

  packet(): boolean {
    const stream = this.#stream!;
    const { kind, offset, size } = stream.cursor;
    const auxOffset = this.#start + BigInt(offset);
    const name = this.#kindNames[kind]!;
    if (kind <= Mark.Cut) this.#add(auxOffset, BigInt(size), name.toLowerCase(), true, null);
    else this.#add(auxOffset, BigInt(size), name, false, jsonText(stream.fields()));
    return true;
  }

  mark({ mark, auxOffset, size }: PayloadMark): void {
    this.#add(auxOffset, size === null ? null : BigInt(size), mark, true, null);
  }

  take(fileOffset: number): Generator<RowBatch> {
    return this.#rows.take(fileOffset);
  }

  #add(...values: readonly unknown[]): void {
    const { idx, cpu, tid } = this.#queue;
    this.#rows.add(idx, this.#cpu ?? cpu, tid, ...values);
  }
}
