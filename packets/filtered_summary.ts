import type { PacketStream, PayloadFormat } from "./payload_format.ts";
import { type PacketFilter, PacketPrinter, type PacketWriter } from "./packet_printer.ts";
import type { PayloadBytes, PayloadMark } from "./payload_item.ts";
import type { PayloadRecording } from "./payload_recording.ts";
import { QueueReader } from "./reader.ts";
import { type PacketSummary, SummaryCounter, summaryOf } from "./summary.ts";
import { CursorScan, type PacketCursor, TextBuffer } from "../parsers/internal.ts";

/**
 * Counts the packets and marks that pass a filter, queue by queue; `bytes` are theirs.
 *
 * Goes from packet to packet, at about a fifth of the speed of `packetSummary()`.
 *
 * @param recording Which queues; of `format`'s type.
 */
export function filteredSummary(
  recording: Pick<PayloadRecording, "queues">,
  format: PayloadFormat,
  filter: PacketFilter,
): PacketSummary {
  const { kindNames } = format;
  const counters = recording.queues.map((queue) => {
    const counter = new SummaryCounter(format);
    const writer = new CountingWriter(format, counter);
    const printer = new PacketPrinter(writer, new TextBuffer(), { kindNames, filter });
    const reader = new QueueReader(format, printer);
    for (const item of queue.items()) reader.take(item);
    reader.finish();
    writer.finish();
    return counter;
  });
  return summaryOf(recording.queues, counters, format);
}

/** Counts what it is given to write. */
class CountingWriter implements PacketWriter {
  readonly #format: PayloadFormat;
  readonly #counter: SummaryCounter;
  #start: PayloadBytes | null = null;
  #scan: CursorScan<PacketCursor> | null = null;

  constructor(format: PayloadFormat, counter: SummaryCounter) {
    this.#format = format;
    this.#counter = counter;
  }

  open(stream: PacketStream, bytes: PayloadBytes): void {
    this.finish();
    this.#start = bytes;
    this.#scan = new CursorScan(stream.cursor, this.#format.kindNames.length, () => stream.ticks());
  }

  packet(): number {
    this.#counter.bytes += this.#scan!.count();
    return 1;
  }

  mark(_out: TextBuffer, mark: PayloadMark): void {
    this.#counter.mark(mark);
  }

  /** Adds the last stream to the counter. */
  finish(): void {
    if (this.#scan !== null) {
      this.#counter.addScan(this.#scan, this.#start!, { format: this.#format });
    }
    this.#scan = null;
  }
}
