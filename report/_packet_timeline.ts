import { FormatError } from "../parsers/internal.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import {
  formatFacts,
  type PayloadBytes,
  type PayloadFormat,
  payloadFormat,
  payloadPart,
  type PayloadQueue,
  type PayloadRecording,
  QueueScanner,
} from "../packets/mod.ts";
import { SummaryCounter, summaryOf } from "../packets/internal.ts";
import type { ChartData, PacketBin, PacketTimeline } from "./data.ts";
import { xOfPosition } from "./tail_buckets.ts";

const MOST_BINS = 100;
/** Bins of all queues together, as far as each has one. */
const ALL_BINS = 2000;
/** Bytes that are counted at a time. */
const STEP = 1 << 18;
const LEAST_BIN = 32;
/** Items that are looked at between two steps. */
const ITEMS = 1024;

interface BytesDone {
  readonly done: number;
  readonly total: number;
}

/** A part of a queue, with counts by number of kind. */
interface CountedBin {
  readonly from: number;
  readonly to: number;
  readonly counts: Float64Array;
}

/**
 * Counts the packets of a recording over time, in the x of its chart. Yields the bytes that are
 * done of `total`.
 *
 * @returns Null where there is no payload, or none that can be decoded.
 */
export function* packetTimeline(
  file: PerfFile,
  chart: ChartData,
  recording: PayloadRecording | null,
): Generator<BytesDone, PacketTimeline | null> {
  const format = recording && formatOf(file, recording);
  if (recording === null || format === null) return null;
  const { queues } = recording;
  const sizes: number[] = [];
  for (const queue of queues) sizes.push(yield* sizeOf(queue, file.size));
  const total = sizes.reduce((so, size) => so + size, 0);
  const bins = Math.max(1, Math.min(MOST_BINS, Math.floor(ALL_BINS / queues.length)));
  let done = 0;
  const counters: SummaryCounter[] = [];
  const binsOf: CountedBin[][] = [];
  for (const [i, queue] of queues.entries()) {
    const walk = new BinWalk(format, sizes[i]!, bins, xOf(queue, chart));
    for (const size of walk.count(queue)) {
      done += size;
      yield { done, total };
    }
    counters.push(walk.counter);
    binsOf.push(walk.bins);
  }
  const summary = summaryOf(queues, counters, format);
  const sums = format.kindNames.map((_, kind) =>
    binsOf.reduce((so, bins) => so + bins.reduce((so, { counts }) => so + counts[kind]!, 0), 0)
  );
  const kinds = [...format.kindNames.keys()].filter((kind) => sums[kind]! > 0)
    .sort((a, b) => sums[b]! - sums[a]!);
  return {
    type: format.type,
    kinds: kinds.map((kind) => format.kindNames[kind]!),
    queues: summary.queues.map(({ idx, cpu, tid, type: _, ...counts }, i) => ({
      idx,
      cpu,
      tid,
      counts,
      bins: binsOf[i]!.map(({ from, to, counts }): PacketBin => ({
        from,
        to,
        counts: kinds.map((kind) => counts[kind]!),
      })),
    })),
    totals: summary.totals,
  };
}

function formatOf(file: PerfFile, recording: PayloadRecording): PayloadFormat | null {
  if (recording.queues.length === 0 || recording.type === null) return null;
  try {
    return payloadFormat(formatFacts(file, recording));
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

function* sizeOf(queue: PayloadQueue, total: number): Generator<BytesDone, number> {
  let size = 0;
  let count = 0;
  for (const item of queue.items()) {
    if (item.type === "bytes") size += item.size;
    if (++count % ITEMS === 0) yield { done: 0, total };
  }
  return size;
}

/** How the x of a byte is found: by the tails of its queue, or by its place in the file. */
function xOf(
  { idx, cpu, tid }: PayloadQueue,
  { axis, queues }: ChartData,
): (position: bigint, place: number | null) => number {
  const queue = queues.find((queue) =>
    idx !== null ? queue.idx === idx : queue.cpu === cpu && queue.tid === tid
  );
  const tails = queue?.tails;
  if (axis.kind === "file" || tails === undefined || tails.first.length === 0) {
    let last = axis.from;
    return (_, place) => axis.kind === "file" && place !== null ? last = place : last;
  }
  return (position) => xOfPosition(tails, Number(position));
}

/** Counts a queue bin by bin. */
class BinWalk {
  readonly counter: SummaryCounter;
  readonly bins: CountedBin[] = [];
  readonly #format: PayloadFormat;
  readonly #binSize: number;
  readonly #xOf: (position: bigint, place: number | null) => number;
  readonly #scanner: QueueScanner;
  /** Packets of the streams that have ended. */
  readonly #ended: Float64Array;
  /** Packets of the bins so far. */
  readonly #before: Float64Array;
  #inBin = 0;
  #from = 0;
  #to = 0;

  constructor(
    format: PayloadFormat,
    size: number,
    bins: number,
    xOf: (position: bigint, place: number | null) => number,
  ) {
    this.#format = format;
    this.#binSize = Math.max(LEAST_BIN, Math.ceil(size / bins));
    this.#xOf = xOf;
    this.#ended = new Float64Array(format.kindNames.length);
    this.#before = new Float64Array(format.kindNames.length);
    this.counter = new SummaryCounter(format);
    this.#scanner = new QueueScanner(format, (scan, start) => {
      for (const [kind, count] of scan.packets.entries()) this.#ended[kind]! += count;
      this.counter.addScan(scan, start, { format });
    });
  }

  /** Yields the sizes of what was counted. */
  *count(queue: PayloadQueue): Generator<number> {
    try {
      for (const item of queue.items()) {
        if (item.type === "mark") {
          this.counter.mark(item);
          continue;
        }
        for (let from = 0; from < item.size;) {
          const size = Math.min(item.size - from, STEP, this.#binSize - this.#inBin);
          this.#take(item, from, size);
          from += size;
          yield size;
        }
      }
      this.#scanner.finish();
    } catch (error) {
      // The file has become shorter, or its payload cannot be put together: what was read counts.
      if (!(error instanceof FormatError)) throw error;
    }
    this.#endBin();
  }

  #take(item: PayloadBytes, from: number, size: number): void {
    const at = (from: number) =>
      this.#xOf(
        item.auxOffset + BigInt(from),
        item.fileOffset === null ? null : item.fileOffset + from,
      );
    if (this.#inBin === 0) this.#from = at(from);
    this.#scanner.take(payloadPart(item, { from, size }));
    this.counter.bytes += size;
    this.#inBin += size;
    this.#to = at(from + size);
    if (this.#inBin < this.#binSize) return;
    this.#scanner.unused();
    this.#endBin();
  }

  #endBin(): void {
    const live = this.#scanner.counted;
    const counts = new Float64Array(this.#format.kindNames.length);
    for (let kind = 0; kind < counts.length; kind++) {
      const now = this.#ended[kind]! + (live?.[kind] ?? 0);
      counts[kind] = now - this.#before[kind]!;
      this.#before[kind] = now;
    }
    if (this.#inBin > 0) {
      this.bins.push({ from: this.#from, to: Math.max(this.#from, this.#to), counts });
    } else {
      const last = this.bins.at(-1);
      for (let kind = 0; kind < counts.length; kind++) {
        if (last !== undefined) last.counts[kind]! += counts[kind]!;
      }
    }
    this.#inBin = 0;
  }
}
