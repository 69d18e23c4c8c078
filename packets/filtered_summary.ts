import type { PacketStream, PayloadFormat } from "./payload_format.ts";
import { type PacketFilter, PacketPrinter, type PacketWriter } from "./packet_printer.ts";
import type { PayloadBytes, PayloadMark } from "./payload_item.ts";
import type { PayloadRecording } from "./payload_recording.ts";
import { QueueReader } from "./reader.ts";
import { type PacketSummary, SummaryCounter, summaryOf } from "./summary.ts";
import { TextBuffer } from "../parsers/internal.ts";

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
  readonly #packets: Float64Array;
  readonly #bytes: Float64Array;
  #stream: PacketStream | null = null;
  #start: PayloadBytes | null = null;
  #firstTicks: bigint | null = null;
  #lastTicks: bigint | null = null;

  constructor(format: PayloadFormat, counter: SummaryCounter) {
    this.#format = format;
    this.#counter = counter;
    this.#packets = new Float64Array(format.kindNames.length);
    this.#bytes = new Float64Array(format.kindNames.length);
  }

  open(stream: PacketStream, bytes: PayloadBytes): void {
    this.finish();
    this.#stream = stream;
    this.#start = bytes;
  }

  packet(): number {
    const { kind, size } = this.#stream!.cursor;
    this.#packets[kind]! += 1;
    this.#bytes[kind]! += size;
    this.#counter.bytes += size;
    const ticks = this.#stream!.ticks();
    this.#firstTicks ??= ticks;
    this.#lastTicks = ticks ?? this.#lastTicks;
    return 1;
  }

  mark(_out: TextBuffer, mark: PayloadMark): void {
    this.#counter.mark(mark);
  }

  /** Adds the last stream to the counter. */
  finish(): void {
    if (this.#start === null) return;
    const counts = {
      packets: this.#packets,
      bytes: this.#bytes,
      firstTicks: this.#firstTicks,
      lastTicks: this.#lastTicks,
    };
    this.#counter.addScan(counts, this.#start, { format: this.#format });
    this.#packets.fill(0);
    this.#bytes.fill(0);
    this.#firstTicks = null;
    this.#lastTicks = null;
  }
}
