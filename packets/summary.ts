import { Mark, type PacketScan } from "../parsers/internal.ts";
import type { StreamStart } from "../parsers/internal.ts";
import type { PayloadFormat } from "./payload_format.ts";
import type { QueueName } from "./ndjson_writer.ts";
import type { PayloadMark, PieceStart } from "./payload_item.ts";
import type { PayloadQueue, PayloadRecording } from "./payload_recording.ts";
import { QueueScanner } from "./reader.ts";

/** What the scan of a stream, or of a piece of one, counted. Plain data. */
export interface StreamCounts {
  /** Number of packets and marks by kind. */
  readonly packets: Float64Array;
  /** Number of their bytes by kind. */
  readonly bytes: Float64Array;
  /** First and last timestamp, in this order; null if there is none. */
  readonly time: TimeSpan | null;
}

/** Time between two timestamps: nanoseconds of the recording's clock, or ticks of the trace's. */
export interface TimeSpan {
  /** What `first` and `last` count. */
  readonly unit: "ns" | "ticks";
  /** The earliest. */
  readonly first: bigint;
  /** The latest. */
  readonly last: bigint;
}

/** What there is of a kind of mark. */
export interface MarkCount {
  /** How often. */
  count: number;
  /** Bytes concerned, as far as that is known; null if it is never. */
  bytes: number | null;
}

/** Counts of a queue, or of all. */
export interface PacketCounts {
  /** Bytes of payload. */
  readonly bytes: number;
  /** Number of packets. */
  readonly packets: number;
  /** Number of packets by vendors' names, those that occur. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Number of their bytes. */
  readonly bytesByKind: Readonly<Record<string, number>>;
  /** Number of packets that a decoder can start at; null where it can at each. */
  readonly syncPoints: number | null;
  /** Bytes that are no packets, or cut ones. */
  readonly damagedBytes: number;
  /** Bytes passed over in search of a sync point. */
  readonly skippedBytes: number;
  /** Marks of decoder and recording by name. */
  readonly marks: Readonly<Record<string, Readonly<MarkCount>>>;
  /** Time covered; null if there are no timestamps. */
  readonly time: TimeSpan | null;
}

/** Counts of a queue. */
export interface QueueSummary extends QueueName, PacketCounts {
  /** Format of its payload. */
  readonly type: string;
}

/** Counts the packets of a recording, queue by queue. */
export interface PacketSummary {
  /** The queues. */
  readonly queues: readonly QueueSummary[];
  /** Sums of the queues. */
  readonly totals: PacketCounts;
}

/**
 * Counts the packets of the queues of a recording with the fast scans.
 *
 * @param recording Which queues; of `format`'s type.
 */
export function packetSummary(
  recording: Pick<PayloadRecording, "queues">,
  format: PayloadFormat,
): PacketSummary {
  const counters = recording.queues.map((queue) => {
    const counter = new SummaryCounter(format);
    countQueue(queue, format, counter);
    return counter;
  });
  return summaryOf(recording.queues, counters, format);
}

/** Joins the counts of the queues. */
export function summaryOf(
  queues: readonly PayloadQueue[],
  counters: readonly SummaryCounter[],
  format: PayloadFormat,
): PacketSummary {
  const totals = new SummaryCounter(format);
  for (const counter of counters) totals.merge(counter);
  return {
    queues: counters.map((counter, i) => counter.queue(queues[i]!)),
    totals: totals.counts(),
  };
}

/** Counts the packets of a queue into `counter`. */
export function countQueue(
  queue: PayloadQueue,
  format: PayloadFormat,
  counter: SummaryCounter,
): void {
  const scanner = new QueueScanner(format, (scan, start) => {
    counter.addScan(scan, start, { format });
  });
  for (const item of queue.items()) {
    if (item.type === "mark") {
      counter.mark(item);
    } else {
      counter.bytes += item.size;
      scanner.take(item);
    }
  }
  scanner.finish();
}

/** What a scan has counted. */
type ScanCounts = Pick<PacketScan, "packets" | "bytes" | "firstTicks" | "lastTicks">;

/** Takes the counts out of a scan that has ended. */
function streamCounts(
  { packets, bytes, firstTicks, lastTicks }: ScanCounts,
  start: StreamStart,
  format: PayloadFormat,
): StreamCounts {
  if (firstTicks === null || lastTicks === null) return { packets, bytes, time: null };
  const first = format.timeNs(firstTicks, start);
  const last = format.timeNs(lastTicks, start);
  const time: TimeSpan = first === null || last === null
    ? { unit: "ticks", first: firstTicks, last: lastTicks }
    : { unit: "ns", first, last };
  return { packets, bytes, time };
}

/** Time that both cover; the one of other units than the first is left out. */
function covered(a: TimeSpan | null, b: TimeSpan | null): TimeSpan | null {
  const unit = (a ?? b)?.unit;
  if (unit === undefined) return null;
  const times = [a, b].flatMap((span) => span?.unit === unit ? [span.first, span.last] : [])
    .toSorted((a, b) => a < b ? -1 : 1);
  return { unit, first: times[0]!, last: times.at(-1)! };
}

/** Sums up streams. */
export class SummaryCounter {
  /** Bytes of payload. */
  bytes = 0;
  readonly #format: Pick<PayloadFormat, "type" | "kindNames" | "syncKind">;
  readonly #packets: Float64Array;
  readonly #bytesByKind: Float64Array;
  readonly #marks = new Map<string, MarkCount>();
  /** Time that the streams before the last one cover. */
  #time: TimeSpan | null = null;
  /** First and last timestamp of the last stream. */
  #lastTime: TimeSpan | null = null;

  /** Starts with nothing. */
  constructor(format: Pick<PayloadFormat, "type" | "kindNames" | "syncKind">) {
    this.#format = format;
    this.#packets = new Float64Array(format.kindNames.length);
    this.#bytesByKind = new Float64Array(format.kindNames.length);
  }

  /** Adds a stream, or what the last one `continues` with. */
  add(
    { packets, bytes, time }: StreamCounts,
    { continues = false }: { readonly continues?: boolean } = {},
  ): void {
    for (let kind = 0; kind < this.#packets.length; kind++) {
      this.#packets[kind]! += packets[kind]!;
      this.#bytesByKind[kind]! += bytes[kind]!;
    }
    if (!continues) {
      this.#time = this.#coveredTime;
      this.#lastTime = time;
    } else if (time !== null) {
      this.#lastTime = { ...time, first: this.#lastTime?.first ?? time.first };
    }
  }

  /** Adds what the scan of a stream counted; after a loss, it continues the one before. */
  addScan(
    scan: ScanCounts,
    start: PieceStart,
    { format, continues = false }: { readonly format: PayloadFormat; readonly continues?: boolean },
  ): void {
    const isPiece = continues || start.follows === "loss";
    this.add(streamCounts(scan, start, format), { continues: isPiece });
  }

  /** Adds a mark of the recording. */
  mark({ mark, size }: Pick<PayloadMark, "mark" | "size">): void {
    this.#addMark(mark, 1, size);
  }

  /** Adds what another one has. */
  merge(other: SummaryCounter): void {
    this.bytes += other.bytes;
    this.add(other.sums());
    for (const [mark, { count, bytes }] of other.#marks) this.#addMark(mark, count, bytes);
  }

  /** The sums of the streams so far, as those of one. */
  sums(): StreamCounts {
    const time = this.#time === null ? this.#lastTime : this.#coveredTime;
    return { packets: this.#packets, bytes: this.#bytesByKind, time };
  }

  /** The sums so far. */
  counts(): PacketCounts {
    const { kindNames, syncKind } = this.#format;
    const byKind: Record<string, number> = {};
    const bytesByKind: Record<string, number> = {};
    const marks: Record<string, MarkCount> = {};
    let packets = 0;
    for (const [kind, name] of kindNames.entries()) {
      const count = this.#packets[kind]!;
      const bytes = this.#bytesByKind[kind]!;
      if (count === 0) continue;
      if (kind <= Mark.Cut) {
        marks[name.toLowerCase()] = { count, bytes };
      } else {
        byKind[name] = count;
        bytesByKind[name] = bytes;
        packets += count;
      }
    }
    return {
      bytes: this.bytes,
      packets,
      byKind,
      bytesByKind,
      syncPoints: syncKind === null ? null : this.#packets[syncKind]!,
      damagedBytes: this.#bytesByKind[Mark.Bad]! + this.#bytesByKind[Mark.Cut]!,
      skippedBytes: this.#bytesByKind[Mark.Skipped]!,
      marks: { ...marks, ...Object.fromEntries(this.#marks) },
      time: this.#coveredTime,
    };
  }

  /** The sums so far, as those of a queue. */
  queue({ idx, cpu, tid }: QueueName): QueueSummary {
    return { idx, cpu, tid, type: this.#format.type, ...this.counts() };
  }

  #addMark(mark: string, count: number, bytes: number | null): void {
    const sum = this.#marks.get(mark) ?? { count: 0, bytes: null };
    sum.count += count;
    if (bytes !== null) sum.bytes = (sum.bytes ?? 0) + bytes;
    this.#marks.set(mark, sum);
  }

  get #coveredTime(): TimeSpan | null {
    return covered(this.#time, this.#lastTime);
  }
}
