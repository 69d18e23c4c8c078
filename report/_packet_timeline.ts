import { FormatError } from "../parsers/internal.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import {
  formatFacts,
  type PayloadFormat,
  payloadFormat,
  payloadPart,
  type PayloadQueue,
  type PayloadRecording,
  QueueScanner,
  type UndecodedTrace,
} from "../packets/mod.ts";
import { SummaryCounter, summaryOf, undecodedSteps } from "../packets/internal.ts";
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
  const most = Math.max(1, Math.min(MOST_BINS, Math.floor(ALL_BINS / queues.length)));
  let done = 0;
  const counters: SummaryCounter[] = [];
  const binsOf: (readonly CountedBin[])[] = [];
  for (const [i, queue] of queues.entries()) {
    const binSize = Math.max(LEAST_BIN, Math.ceil(sizes[i]! / most));
    const steps = countBins(queue, format, { binSize, xOf: xOf(queue, chart) });
    let step = steps.next();
    for (; !step.done; step = steps.next()) yield { done: done += step.value, total };
    counters.push(step.value.counter);
    binsOf.push(step.value.bins);
  }
  const undecoded = yield* undecodedOf(recording, format, total);
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
    undecoded,
  };
}

function* undecodedOf(
  recording: PayloadRecording,
  format: PayloadFormat,
  total: number,
): Generator<BytesDone, readonly UndecodedTrace[]> {
  const steps = undecodedSteps(recording, format);
  try {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      yield { done: total, total };
    }
  } catch (error) {
    // The file has become shorter: what was counted is shown.
    if (error instanceof FormatError) return [];
    throw error;
  }
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

/** Finds the x of a byte by its position in the queue, or its place in the file. */
type XOfByte = (position: bigint, place: number | null) => number;

/** How the x of a byte is found: by the tails of its queue, or by its place in the file. */
function xOf({ idx }: PayloadQueue, { axis, queues }: ChartData): XOfByte {
  // Payload of a queue without an idx is that of AUX samples, which have no tails.
  const tails = idx === null ? undefined : queues.find((queue) => queue.idx === idx)?.tails;
  if (axis.kind === "file" || tails === undefined || tails.first.length === 0) {
    let last = axis.from;
    return (_, place) => axis.kind === "file" && place !== null ? last = place : last;
  }
  return (position) => xOfPosition(tails, Number(position));
}

/** Counts a queue bin by bin; yields the sizes of what was counted. */
function* countBins(
  queue: PayloadQueue,
  format: PayloadFormat,
  { binSize, xOf }: { readonly binSize: number; readonly xOf: XOfByte },
): Generator<number, { readonly counter: SummaryCounter; readonly bins: readonly CountedBin[] }> {
  const counter = new SummaryCounter(format);
  const bins: CountedBin[] = [];
  /** Packets of the streams that have ended, and of the bins so far. */
  const ended = new Float64Array(format.kindNames.length);
  const before = new Float64Array(format.kindNames.length);
  const scanner = new QueueScanner(format, (scan, start) => {
    for (const [kind, count] of scan.packets.entries()) ended[kind]! += count;
    counter.addScan(scan, start, { format });
  });
  let inBin = 0;
  let start = 0;
  let end = 0;
  const endBin = () => {
    const last = bins.at(-1);
    const counts = inBin > 0 ? new Float64Array(ended.length) : last?.counts;
    for (let kind = 0; kind < ended.length; kind++) {
      const now = ended[kind]! + (scanner.counted?.[kind] ?? 0);
      if (counts) counts[kind]! += now - before[kind]!;
      before[kind] = now;
    }
    if (inBin > 0) bins.push({ from: start, to: Math.max(start, end), counts: counts! });
    inBin = 0;
  };
  try {
    for (const item of queue.items()) {
      if (item.type === "mark") {
        counter.mark(item);
        continue;
      }
      const { auxOffset, fileOffset } = item;
      const at = (from: number) =>
        xOf(auxOffset + BigInt(from), fileOffset === null ? null : fileOffset + from);
      for (let from = 0; from < item.size;) {
        const size = Math.min(item.size - from, STEP, binSize - inBin);
        if (inBin === 0) start = at(from);
        scanner.take(payloadPart(item, { from, size }));
        counter.bytes += size;
        inBin += size;
        from += size;
        end = at(from);
        if (inBin === binSize) {
          scanner.unused();
          endBin();
        }
        yield size;
      }
    }
    scanner.finish();
  } catch (error) {
    // The file has become shorter, or its payload cannot be put together: what was read counts.
    if (!(error instanceof FormatError)) throw error;
  }
  endBin();
  return { counter, bins };
}
