import {
  type AuxAnnouncement,
  type AuxListener,
  type AuxLoss,
  type AuxQueue,
  type ReplayOptions,
  type ReplayReport,
  ReportReplay,
  type TailStep,
  type WalkFacts,
} from "../auxtrace/mod.ts";
import { SharedSteps } from "../auxtrace/internal.ts";
import { PayloadIndex, type PayloadRecording } from "../packets/mod.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import { joinU64 } from "../parsers/internal.ts";
import type { ChartAxis, ChartData, ChartMark, ReportData } from "./data.ts";
import { reportFacts } from "./facts.ts";
import { MarkCollector } from "./_marks.ts";
import { packetTimeline } from "./_packet_timeline.ts";
import { TailCollector, type XAxis } from "./tail_buckets.ts";

/** Options of {@linkcode collectReport}. */
export interface CollectOptions extends Pick<ReplayOptions, "bits" | "perf" | "fromArch"> {
  /** Name of the recording in the report. */
  readonly name: string;
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
/** Names of the packets by which a PMU says that it lost some. */
const OVERFLOWS = new Set(["OVF", "I_OVERFLOW"]);

/**
 * Gathers all that a report of a recording says: the replay, tails over time, packets over time.
 *
 * Visits each record once and decodes the payload once. Yields every few milliseconds, so that a
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
export function collectReport(
  file: PerfFile,
  options: CollectOptions,
): Generator<CollectStep, ReportData> {
  return reportSteps(file, options.name, new ReportRecords(file, options));
}

/** Gathers a report with a walk over the records that others may share. */
export function* reportSteps(
  file: PerfFile,
  name: string,
  records: ReportRecords,
): Generator<CollectStep, ReportData> {
  const steps = records.steps();
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    yield { phase: "records", done: step.value, total: file.size, data: null };
  }
  const { replay, chart, payload } = step.value;
  const data: ReportData = {
    name,
    size: file.size,
    replay,
    chart,
    packets: null,
    facts: reportFacts(file, replay),
  };
  yield { phase: "packets", done: 0, total: file.size, data };
  const packets = packetTimeline(file, chart, payload);
  for (;;) {
    const { done, value } = packets.next();
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
    const marks = bins.map(({ from, to, counts }): ChartMark => {
      return { kind: "overflow", from, to, count: counts[overflow]!, position: null };
    }).filter(({ count }) =>
      count > 0
    );
    return { ...queue, marks: inOrder([...queue.marks, ...marks]) };
  });
  return { ...data, packets, chart: { ...chart, queues } };
}

/** What the records of a recording say: all of a report but the packets. */
export interface RecordFindings {
  /** The replay, with the first thousand flagged tails. */
  readonly replay: ReplayReport;
  /** Tails and heads over time. */
  readonly chart: ChartData;
  /** Where the payload lies; null for a stream, whose payload has passed. */
  readonly payload: PayloadRecording | null;
}

/** The walk over a recording's records, once for replay, charts and payload. */
export class ReportRecords {
  readonly #steps: SharedSteps<number, RecordFindings>;

  /**
   * Begins at the first record.
   *
   * @throws {RangeError} If `bits` is not an integer from 8 to 52.
   */
  constructor(file: PerfFile, options: Omit<CollectOptions, "name"> = {}) {
    this.#steps = new SharedSteps(walk(file, options));
  }

  /**
   * Resumes where the previous caller stopped. Yields the position of the record that was reached,
   * every 1,024 records.
   *
   * @throws {FormatError} If there are more queues than any machine has.
   */
  steps(): Generator<number, RecordFindings> {
    return this.#steps.steps();
  }
}

function* walk(
  file: PerfFile,
  options: Omit<CollectOptions, "name">,
): Generator<number, RecordFindings> {
  const index = file.seekable ? new PayloadIndex(file) : null;
  const charts = new ChartCollector(options.bits ?? 32);
  const replay = new ReportReplay(file, {
    ...options,
    maxFlagged: MAX_FLAGGED,
    onStep: (step, queue) => charts.step(step, queue),
    listeners: index === null ? [charts] : [charts, index],
  });
  const cursor = file.recordCursor();
  for (let n = 1; cursor.next(); n++) {
    replay.record(cursor);
    if (n % RECORDS === 0) yield cursor.fileOffset;
  }
  const report = replay.finish(cursor);
  return {
    replay: report,
    chart: charts.chart(report, { queues: replay.walk.queues, size: file.size }),
    payload: index && index.recording(replay.walk, cursor.cut),
  };
}

interface Drawn {
  readonly tails: TailCollector;
  readonly heads: TailCollector;
  readonly marks: MarkCollector;
}

/**
 * Collects tails, heads and marks of each queue.
 *
 * Times are kept in seconds from the first one that was met. The least is known at the end only:
 * then the axis starts there.
 */
class ChartCollector implements AuxListener {
  readonly #limit: number;
  readonly #drawn = new Map<AuxQueue, Drawn>();
  #originNs: bigint | null = null;
  #least = Infinity;
  #most = -Infinity;

  constructor(bits: number) {
    this.#limit = 2 ** bits;
  }

  /** Draws where the kernel's head was, where chunks tell of the tails. */
  announcement(
    { queue, fileOffset, endHigh, endLow, origin }: AuxAnnouncement,
    walk: WalkFacts,
  ): void {
    const time = this.#seconds(joinU64(origin.timeHigh, origin.timeLow) || null);
    if (walk.basis !== "chunks" || walk.isSnapshot) return;
    this.#of(queue).heads.add(endHigh * 2 ** 32 + endLow, {
      time,
      place: fileOffset,
      most: this.#mostBuckets(),
    });
  }

  loss({ queue, kind, fileOffset, from, timeNs }: AuxLoss): void {
    const time = this.#seconds(timeNs);
    if (queue === null) return;
    const position = from === null ? null : Number(from);
    this.#of(queue).marks.add(kind, { time, place: fileOffset, position }, MOST_MARKS);
  }

  /** Draws a tail; of a snapshot the head. */
  step({ head, tail, auxOffset, fileOffset, timeNs }: TailStep, queue: AuxQueue): void {
    const { tails, marks } = this.#of(queue);
    const time = this.#seconds(timeNs);
    const position = Number(tail ?? head);
    tails.add(position, { time, place: fileOffset, most: this.#mostBuckets() });
    const happened = { time, place: fileOffset, position };
    if (tail !== null && position >= this.#limit) marks.add("flagged", happened, MOST_MARKS);
    if (tail !== null && tail >> 32n !== auxOffset >> 32n) marks.add("wrap", happened, MOST_MARKS);
  }

  /** Lays out what was collected, when the walk has reached the end. */
  chart(
    report: ReplayReport,
    { queues, size }: { readonly queues: readonly AuxQueue[]; readonly size: number },
  ): ChartData {
    const drawnOf = new Map(queues.map((queue) => [nameOf(queue), this.#drawn.get(queue)]));
    const rows = report.queues.map((row) => ({ row, drawn: drawnOf.get(nameOf(row)) }));
    const isTimed = this.#most > this.#least &&
      rows.every(({ drawn }) =>
        drawn === undefined || drawn.tails.count === 0 || drawn.tails.hasTime
      );
    const x: XAxis = { kind: isTimed ? "time" : "file", origin: isTimed ? this.#least : 0 };
    const mostBuckets = share(ALL_BUCKETS, 2 * rows.length);
    const lists = rows.reduce((so, { drawn }) => so + (drawn?.marks.kinds ?? 0), 0);
    const mostMarks = Math.min(MOST_MARKS, Math.max(1, Math.floor(ALL_MARKS / Math.max(lists, 1))));
    const charts = rows.map(({ row: { idx, cpu, tid }, drawn = nothingDrawn() }) => ({
      idx,
      cpu,
      tid,
      tails: drawn.tails.finish(x, mostBuckets),
      heads: drawn.heads.finish(x, mostBuckets),
      marks: inOrder(drawn.marks.finish(x, mostMarks)),
    }));
    return { axis: this.#axis(x, charts, size), limit: this.#limit, queues: charts };
  }

  #axis({ kind }: XAxis, queues: ChartData["queues"], size: number): ChartAxis {
    let from = kind === "time" ? 0 : Infinity;
    let to = kind === "time" ? this.#most - this.#least : -Infinity;
    for (const { tails, heads, marks } of queues) {
      const ends = marks.flatMap((mark) => [mark.from, mark.to]);
      for (const xs of [tails.first, tails.last, heads.first, heads.last, ends]) {
        for (const x of xs) {
          from = Math.min(from, x);
          to = Math.max(to, x);
        }
      }
    }
    if (from > to) [from, to] = [0, size];
    const startNs = this.#originNs !== null && kind === "time"
      ? this.#originNs + BigInt(Math.round(this.#least * 1e9))
      : null;
    return { kind, from, to, startNs };
  }

  #of(queue: AuxQueue): Drawn {
    let drawn = this.#drawn.get(queue);
    if (drawn === undefined) this.#drawn.set(queue, drawn = nothingDrawn());
    return drawn;
  }

  #mostBuckets(): number {
    return share(ALL_BUCKETS, 2 * this.#drawn.size);
  }

  /** Seconds from the first time; NaN where the time is unknown. */
  #seconds(timeNs: bigint | null): number {
    if (timeNs === null) return NaN;
    this.#originNs ??= timeNs;
    const seconds = Number(timeNs - this.#originNs) / 1e9;
    if (seconds < this.#least) this.#least = seconds;
    if (seconds > this.#most) this.#most = seconds;
    return seconds;
  }
}

function nameOf({ idx, cpu, tid }: Pick<AuxQueue, "idx" | "cpu" | "tid">): string {
  return `${idx} ${cpu} ${tid}`;
}

function nothingDrawn(): Drawn {
  return { tails: new TailCollector(), heads: new TailCollector(), marks: new MarkCollector() };
}

/** What each of `users` can have of `all`, at least two. */
function share(all: number, users: number): number {
  return Math.max(2, Math.floor(all / Math.max(users, 1)));
}

function inOrder(marks: readonly ChartMark[]): ChartMark[] {
  return [...marks].sort((a, b) => a.from - b.from);
}
