import {
  type QueueReport,
  type ReplayReport,
  ReportReplay,
  type TailStep,
} from "../auxtrace/mod.ts";
import type { PayloadSearch } from "../packets/mod.ts";
import { type PerfFile, type RecordCursor, RecordType } from "../parsers/perf/mod.ts";
import type { ChartAxis, ChartData, ChartMark, ChartMarkKind, ReportData } from "./data.ts";
import { reportFacts } from "./facts.ts";
import { MarkCollector } from "./_marks.ts";
import { packetTimeline } from "./_packet_timeline.ts";
import { TailCollector, xOfPosition } from "./tail_buckets.ts";

/** Options of {@linkcode collectReport}. */
export interface CollectOptions {
  /** The recording, as the report shall call it. */
  readonly name: string;
  /** Bits that a tail may have, 8 to 52; by default 32. */
  readonly bits?: number;
  /** Judge as a 32-bit perf on this machine would behave; by default by the generic accessors. */
  readonly fromArch?: string;
  /** The search for the payload, if others use its answer, too. */
  readonly payload?: PayloadSearch;
}

/** How far {@linkcode collectReport} is. */
export interface CollectStep {
  /** Records are walked over first, then the payload is decoded. */
  readonly phase: "records" | "packets";
  /** Bytes of the phase that are done. */
  readonly done: number;
  /** Bytes of the phase; Infinity where that is not known. */
  readonly total: number;
  /** The report without packets, once, when the records are read. */
  readonly data: ReportData | null;
}

const MAX_FLAGGED = 1000;
/** Buckets, and marks, of all queues together, as far as each may have a few. */
const ALL_BUCKETS = 40_000;
const ALL_MARKS = 6000;
const MOST_MARKS = 256;
const RECORDS = 1024;
const AUX_SIZE = 32;
const FLAGS: readonly (readonly [flag: number, kind: ChartMarkKind])[] = [
  [1, "truncated"],
  [4, "partial"],
  [8, "collision"],
];
/** Names of the packets by which a PMU says that it lost some. */
const OVERFLOWS = new Set(["OVF", "I_OVERFLOW"]);
/** Lanes of AUX records that are kept apart. */
const MAX_LANES = 8192;

/**
 * Gathers all that a report of a recording says: the replay, tails over time, packets over time.
 *
 * Walks over the records once and over the payload once. Yields every few milliseconds, so that a
 * Worker can answer, or stop, in between. Memory is bounded as that of `replayReport()` and
 * `packetSummary()`, and some megabytes for the charts.
 *
 * @example The verdict, and how many tails there are to draw
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { collectReport } from "@auxtail/auxtail/report";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const steps = collectReport(file, { name: "perf.data" });
 * let step = steps.next();
 * while (!step.done) step = steps.next();
 * const { replay, chart } = step.value;
 * assertEquals(replay.verdict, "exceeds");
 * assertEquals(chart.queues.map(({ tails }) => tails.max.length), [4, 2]);
 * ```
 *
 * @throws {RangeError} If `bits` is not an integer from 8 to 52.
 * @throws {FormatError} If there are more queues than any machine has.
 */
export function* collectReport(
  file: PerfFile,
  options: CollectOptions,
): Generator<CollectStep, ReportData> {
  const records = new RecordWalk(file, options);
  const cursor = file.recordCursor();
  for (let n = 1; cursor.next(); n++) {
    records.record(cursor);
    if (n % RECORDS === 0) {
      yield { phase: "records", done: cursor.fileOffset, total: file.size, data: null };
    }
  }
  const replay = records.finish(cursor);
  const chart = records.chart(replay);
  const data: ReportData = {
    name: options.name,
    size: file.size,
    replay,
    chart,
    packets: null,
    facts: reportFacts(file, replay),
  };
  yield { phase: "packets", done: 0, total: file.size, data };
  const payload = packetTimeline(file, chart, options.payload);
  for (;;) {
    const { done, value } = payload.next();
    if (!done) yield { phase: "packets", ...value, data: null };
    else return value === null ? data : withPackets(data, value);
  }
}

function withPackets(data: ReportData, packets: NonNullable<ReportData["packets"]>): ReportData {
  const { chart } = data;
  const overflow = packets.kinds.findIndex((kind) => OVERFLOWS.has(kind));
  if (overflow < 0) return { ...data, packets };
  const queues = chart.queues.map((queue) => {
    const bins = packets.queues.find((of) =>
      queue.idx === null ? of.cpu === queue.cpu && of.tid === queue.tid : of.idx === queue.idx
    )?.bins ?? [];
    const marks = bins.filter(({ counts }) =>
      counts[overflow]! > 0
    ).map((
      { from, to, counts },
    ): ChartMark => ({ kind: "overflow", from, to, count: counts[overflow]!, position: null }));
    return { ...queue, marks: inOrder([...queue.marks, ...marks]) };
  });
  return { ...data, packets, chart: { ...chart, queues } };
}

/** What belongs to one ring. */
interface Ring {
  readonly tails: TailCollector;
  readonly marks: MarkCollector;
}

/** Replays a recording, and collects tails and marks meanwhile. */
class RecordWalk {
  readonly #file: PerfFile;
  readonly #replay: ReportReplay;
  readonly #rings = new Map<number | string, Ring>();
  /** What AUX and LOST records say, by CPU and by thread. */
  readonly #lanes = new Map<number | string, MarkCollector>();
  #startNs: bigint | null = null;
  #endNs = 0n;

  constructor(file: PerfFile, { bits, fromArch }: CollectOptions) {
    this.#file = file;
    this.#replay = new ReportReplay(file, {
      ...(bits !== undefined && { bits }),
      ...(fromArch !== undefined && { fromArch }),
      maxFlagged: MAX_FLAGGED,
      onStep: (step) => this.#step(step),
    });
  }

  record(cursor: RecordCursor): void {
    this.#replay.record(cursor);
    if (cursor.type === RecordType.Aux && cursor.size >= AUX_SIZE) {
      const flags = cursor.low(24);
      this.#note(cursor.timeNs);
      for (const [flag, kind] of FLAGS) {
        if (flags & flag) this.#happened(kind, cursor, Number(cursor.u64(8)));
      }
    } else if (cursor.type === RecordType.Lost) {
      this.#happened("lost", cursor, null);
    }
  }

  finish(cursor: RecordCursor): ReplayReport {
    return this.#replay.finish(cursor);
  }

  chart({ queues, limit }: ReplayReport): ChartData {
    const rings = queues.map((queue) => this.#rings.get(keyOf(queue)));
    const hasTimes = this.#startNs !== null && this.#endNs > this.#startNs &&
      rings.every((ring) => ring === undefined || ring.tails.hasTime);
    const kind = hasTimes ? "time" : "file";
    const mostBuckets = share(ALL_BUCKETS, queues.length);
    const lists = queues.reduce(
      (so, queue) =>
        so +
        this.#marksOf(queue).reduce((so, { kinds }) => so + kinds, queue.gaps.length > 0 ? 1 : 0),
      0,
    );
    const mostMarks = Math.min(MOST_MARKS, Math.max(1, Math.floor(ALL_MARKS / Math.max(lists, 1))));
    const drawn = queues.map((queue, i) => {
      const tails = rings[i]?.tails ?? new TailCollector();
      tails.shrink(mostBuckets);
      const buckets = tails.finish(kind, 0);
      const gaps = new MarkCollector();
      for (const gap of queue.gaps) {
        const x = xOfPosition(buckets, Number(gap.to));
        gaps.add(gap.kind, { time: x, place: x, position: Number(gap.from) }, mostMarks);
      }
      const marks = [gaps, ...this.#marksOf(queue)].flatMap((marks) =>
        marks.finish(kind, mostMarks, 0)
      );
      const { idx, cpu, tid } = queue;
      return { idx, cpu, tid, tails: buckets, marks: inOrder(marks) };
    });
    return {
      axis: this.#axis(kind, drawn),
      limit: Number(limit.maxTail) + 1,
      queues: drawn,
    };
  }

  #axis(kind: "time" | "file", queues: ChartData["queues"]): ChartAxis {
    let from = Infinity;
    let to = -Infinity;
    const cover = (x: number) => {
      from = Math.min(from, x);
      to = Math.max(to, x);
    };
    for (const { tails, marks } of queues) {
      for (const xs of [tails.first, tails.last]) for (const x of xs) cover(x);
      for (const mark of marks) for (const x of [mark.from, mark.to]) cover(x);
    }
    if (kind === "time") { for (const x of [0, this.#seconds(this.#endNs)]) cover(x); }
    if (from > to) [from, to] = [0, this.#file.size === Infinity ? 0 : this.#file.size];
    return { kind, from, to, startNs: kind === "time" ? this.#startNs : null };
  }

  #step(step: TailStep): void {
    const { head, tail, auxOffset, refused, fileOffset, timeNs } = step;
    const key = keyOf({ idx: step.queue, cpu: step.cpu, tid: step.tid });
    let ring = this.#rings.get(key);
    if (ring === undefined) {
      this.#rings.set(key, ring = { tails: new TailCollector(), marks: new MarkCollector() });
    }
    this.#note(timeNs);
    const time = timeNs === null ? NaN : this.#seconds(timeNs);
    const position = Number(tail ?? head);
    const most = share(ALL_BUCKETS, this.#rings.size);
    ring.tails.add(position, { time, place: fileOffset, most });
    const happened = { time, place: fileOffset, position };
    if (refused) ring.marks.add("flagged", happened, MOST_MARKS);
    if (tail !== null && tail >> 32n !== auxOffset >> 32n) {
      ring.marks.add("wrap", happened, MOST_MARKS);
    }
  }

  #happened(kind: ChartMarkKind, cursor: RecordCursor, position: number | null): void {
    const { timeNs, fileOffset, cpu, tid } = cursor;
    const time = timeNs === null ? NaN : this.#seconds(timeNs);
    for (const lane of [`cpu ${cpu}`, `tid ${tid}`, keyOf({ idx: null, cpu, tid })]) {
      let marks = this.#lanes.get(lane);
      if (marks === undefined) {
        if (this.#lanes.size >= MAX_LANES * 3) continue;
        this.#lanes.set(lane, marks = new MarkCollector());
      }
      marks.add(kind, { time, place: fileOffset, position }, MOST_MARKS);
    }
  }

  #marksOf({ idx, cpu, tid }: Pick<QueueReport, "idx" | "cpu" | "tid">): MarkCollector[] {
    const lane = idx === null
      ? keyOf({ idx, cpu, tid })
      : cpu !== null
      ? `cpu ${cpu}`
      : `tid ${tid}`;
    return [this.#rings.get(keyOf({ idx, cpu, tid }))?.marks, this.#lanes.get(lane)]
      .filter((marks) => marks !== undefined);
  }

  #note(timeNs: bigint | null): void {
    if (timeNs === null) return;
    this.#startNs ??= timeNs;
    if (timeNs > this.#endNs) this.#endNs = timeNs;
  }

  #seconds(timeNs: bigint): number {
    this.#startNs ??= timeNs;
    return Number(timeNs - this.#startNs) / 1e9;
  }
}

function keyOf(
  { idx, cpu, tid }: Pick<QueueReport, "idx" | "cpu" | "tid">,
): number | string {
  return idx ?? `${cpu} ${tid}`;
}

/** What each of `users` can have of so many, at least two. */
function share(all: number, users: number): number {
  return Math.max(2, Math.floor(all / Math.max(users, 1)));
}

function inOrder(marks: readonly ChartMark[]): ChartMark[] {
  return [...marks].sort((a, b) => a.from - b.from);
}
