import type { LossKind, QueueIdentity, ReplayReport } from "../auxtrace/mod.ts";
import type { PacketCounts, UndecodedTrace } from "../packets/mod.ts";

/** All that a report of a recording says. Plain data: it can be sent to another thread. */
export interface ReportData {
  /** The recording, as the user named it. */
  readonly name: string;
  /** Size of its file in bytes; of all files of a directory. */
  readonly size: number;
  /** The replay, with the first thousand flagged tails. */
  readonly replay: ReplayReport;
  /** Tails over time. */
  readonly chart: ChartData;
  /** What was traced; null where there is no payload, or while it is not yet decoded. */
  readonly packets: PacketTimeline | null;
  /** What the recording says of itself. */
  readonly facts: readonly FactGroup[];
}

/** The x axis that all charts of a report share. */
export interface ChartAxis {
  /** `time`: seconds since `startNs`. `file`: positions in the file, where times are missing. */
  readonly kind: "time" | "file";
  /** Lowest value. */
  readonly from: number;
  /** Highest value. */
  readonly to: number;
  /** Time of 0 by the recording's clock, in ns; null with `file`. */
  readonly startNs: bigint | null;
}

/** The tails of all queues over time, and what happened to them. */
export interface ChartData {
  /** The x axis. */
  readonly axis: ChartAxis;
  /** The first position that needs more bits than a tail may have: 2^32, unless asked otherwise. */
  readonly limit: number;
  /** In the order of the replay's queues. */
  readonly queues: readonly ChartQueue[];
}

/** One queue of a chart. */
export interface ChartQueue extends QueueIdentity {
  /** Its tails; of snapshots the heads. */
  readonly tails: TailBuckets;
  /** Where the kernel's head was at each AUX record; empty where the tails come from AUX records. */
  readonly heads: TailBuckets;
  /** What happened, in the order of x. */
  readonly marks: readonly ChartMark[];
}

/**
 * Tails in the order in which they were stored, a number of them in each bucket, of which the
 * lowest and the highest are kept. Where `stride` is 1 every tail is there.
 */
export interface TailBuckets {
  /** Tails of a bucket, a power of two; the last bucket can have fewer. */
  readonly stride: number;
  /** x of the first tail of each bucket. */
  readonly first: Float64Array;
  /** x of the last one. */
  readonly last: Float64Array;
  /** Lowest tail, rounded above 2^53. */
  readonly min: Float64Array;
  /** Highest tail. */
  readonly max: Float64Array;
}

/**
 * What can be marked in a chart. `flagged`: a tail that needs more bits than the limit has. `wrap`:
 * the tail passed a multiple of 2^32. `overflow`: packets by which the PMU says that it lost some
 * (OVF).
 */
export type ChartMarkKind = LossKind | "flagged" | "wrap" | "overflow";

/** Something that happened once, or several times between two places. */
export interface ChartMark {
  /** What happened. */
  readonly kind: ChartMarkKind;
  /** x of the first. */
  readonly from: number;
  /** x of the last. */
  readonly to: number;
  /** How many. */
  readonly count: number;
  /** Position in the queue's stream of the first, rounded above 2^53; null if unknown. */
  readonly position: number | null;
}

/** Packets over time, queue by queue: what a chart of them needs. */
export interface PacketChart {
  /** Format of the payload. */
  readonly type: string;
  /** Kinds that occur, most frequent first; marks of damage among them by their names. */
  readonly kinds: readonly string[];
  /** The queues that have payload. */
  readonly queues: readonly PacketChartQueue[];
}

/** The packets of a recording, counted over time. */
export interface PacketTimeline extends PacketChart {
  /** The queues that have payload. */
  readonly queues: readonly PacketQueue[];
  /** Sums of all queues. */
  readonly totals: PacketCounts;
  /** Trace that there is no decoder for. */
  readonly undecoded: readonly UndecodedTrace[];
}

/** The packets of one queue over time. */
export interface PacketChartQueue extends QueueIdentity {
  /** At most a hundred parts of the payload of about the same size, in order. */
  readonly bins: readonly PacketBin[];
}

/** The packets of one queue. */
export interface PacketQueue extends PacketChartQueue {
  /** Counts of the whole queue. */
  readonly counts: PacketCounts;
}

/** A part of a queue's payload. */
export interface PacketBin {
  /** x of its beginning. */
  readonly from: number;
  /** x of its end. */
  readonly to: number;
  /** Number of packets, by {@linkcode PacketChart.kinds}. */
  readonly counts: readonly number[];
}

/** Facts that belong together. */
export interface FactGroup {
  /** What they are about, such as "Host". */
  readonly title: string;
  /** Name and value. */
  readonly rows: readonly (readonly [name: string, value: string])[];
}
