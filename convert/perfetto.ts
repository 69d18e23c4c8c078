import {
  type AuxAnnouncement,
  type AuxListener,
  type AuxLoss,
  type AuxQueue,
  type ReplayOptions,
  ReportReplay,
  type TailStep,
} from "../auxtrace/mod.ts";
import { Feature, FormatError, type PerfFile } from "../parsers/perf/mod.ts";
import type { ClockData } from "../parsers/perf/features/mod.ts";
import { joinU64 } from "../parsers/internal.ts";
import { TraceGroup } from "./_trace_group.ts";
import { fitsCounter, type TraceFacts, TraceWriter } from "./_trace_writer.ts";

/** Options of {@linkcode perfettoPackets}. */
export type PerfettoOptions = Pick<ReplayOptions, "bits" | "perf" | "fromArch">;

/** What {@linkcode perfettoPackets} returns. */
export interface PerfettoEnd {
  /** Number of queues that are drawn. */
  readonly queues: number;
  /** Whether there were times; without them the order is that of the file. */
  readonly timed: boolean;
  /** Where the records end early, and why; null if they do not. */
  readonly cut: FormatError | null;
}

const PIECE = 1 << 16;
const STEP_NS = 1000n;
const TIME_END = 1n << 63n;

/**
 * Makes a trace that Perfetto's user interface opens, in pieces of some 64 KiB.
 *
 * Each queue is a group of tracks: counters of head, tail, and the distance from the tail to the
 * limit in bytes (negative beyond it); a slice for each AUX record; an event for each flagged tail
 * and each loss, by the name of its kind, with positions. Losses of no queue have a track of their
 * own.
 *
 * - Counters are `int64`, exact. A position of 2^63 or more is written as a `double`, and an event
 *   beside it has the exact one. Perfetto itself shows counters as doubles, exact to 2^53.
 * - perf writes an AUX record when trace became available, so its slice goes from the record before
 *   it in its queue to its own time: its bytes were traced within. The first one has no duration.
 * - Times are those of the recording. One with a clock of its own (`perf record -k`) and CLOCK_DATA
 *   is placed on that clock, with a `ClockSnapshot` that says what the wall clock showed, so that it
 *   merges with other traces; a file that is read as a stream only if nothing was drawn before its
 *   features, which come last. All others have the times of Perfetto's own trace clock, of
 *   which only differences mean something. What has no time is put at the newest time before it; in a recording without times everything
 *   is in file order, a microsecond apart.
 *
 * Packets of one queue are in order, those of different queues as the recording has them; Perfetto
 * sorts. The records are read once, those of a source that only moves forward, too; what is known
 * only at the end comes as one piece. Memory does not depend on the number of records.
 *
 * @example The trace of a recording, which begins with a packet
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { perfettoPackets } from "@auxtail/auxtail/convert";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const [first] = perfettoPackets(file);
 * assertEquals(first?.[0], 0x0a); // field 1, a message
 * ```
 *
 * @throws {RangeError} If `bits` is not an integer from 8 to 52.
 * @throws {FormatError} If there are more queues than any machine has.
 */
export function* perfettoPackets(
  file: PerfFile,
  options: PerfettoOptions = {},
): Generator<Uint8Array<ArrayBuffer>, PerfettoEnd> {
  const drawing = new Drawing(options.bits ?? 32, () => clockOf(file));
  const replay = new ReportReplay(file, {
    ...options,
    maxFlagged: 1,
    onStep: (step, queue) => drawing.step(step, queue),
    listeners: [drawing],
  });
  const cursor = file.recordCursor();
  while (cursor.next()) {
    replay.record(cursor);
    if (drawing.writer.length >= PIECE) yield drawing.writer.take();
  }
  const report = replay.finish(cursor);
  yield drawing.writer.take();
  return { queues: report.queues.length, timed: drawing.hasTimes, cut: cursor.cut };
}

/** Draws what the walk over a recording finds. */
class Drawing implements AuxListener {
  readonly writer = new TraceWriter();
  hasTimes = false;
  readonly #bits: number;
  readonly #maxTail: bigint;
  readonly #root = this.writer.track("AUX area tracing", null);
  readonly #groups = new Map<AuxQueue | null, TraceGroup>();
  #newestNs = 0n;
  /** Asked before the first event. */
  #clock: (() => ClockData | null) | null;

  constructor(bits: number, clock: () => ClockData | null) {
    this.#bits = bits;
    this.#clock = clock;
    this.#maxTail = 2n ** BigInt(bits) - 1n;
  }

  announcement({ queue, fileOffset, fields, origin }: AuxAnnouncement): void {
    const timeNs = this.#timeOf(joinU64(origin.timeHigh, origin.timeLow) || null);
    this.#groupOf(queue).auxRecord(timeNs, {
      "aux_offset": joinU64(fields.offsetHigh, fields.offsetLow),
      "aux_size": joinU64(fields.sizeHigh, fields.sizeLow),
      flags: joinU64(fields.flagsHigh, fields.flags),
      "file_offset": BigInt(fileOffset),
    });
  }

  loss({ kind, queue, fileOffset, from, to, timeNs, events }: AuxLoss): void {
    const facts = { "file_offset": BigInt(fileOffset), from, to, lost: events };
    this.#event(queue, this.#timeOf(timeNs), kind, facts);
  }

  step(step: TailStep, queue: AuxQueue): void {
    const { head, tail, auxOffset, size, chunk, fileOffset, tailExact, refused } = step;
    const timeNs = this.#timeOf(step.timeNs);
    const group = this.#groupOf(queue);
    const prefix = queue.idx === null ? "" : `queue ${queue.idx}: `;
    const counter = (name: string, value: bigint) =>
      this.writer.counter(group.track(`${prefix}${name}`, "bytes"), timeNs, value);
    counter("head", head);
    if (tail !== null) {
      counter("tail", tail);
      counter(`to the limit of ${this.#bits} bits`, this.#maxTail - tail);
    }
    const offsets = { "file_offset": BigInt(fileOffset), "aux_offset": auxOffset };
    const facts = { chunk, ...offsets, size, head };
    if (tail !== null && tail > this.#maxTail) {
      const name = `tail needs more than ${this.#bits} bits`;
      this.#event(queue, timeNs, name, { ...facts, tail, "tail_exact": tailExact, refused });
    } else if (!fitsCounter(head)) {
      this.#event(queue, timeNs, "head needs 64 bits", facts);
    }
  }

  #event(queue: AuxQueue | null, timeNs: bigint, name: string, facts: TraceFacts): void {
    this.writer.instant(this.#groupOf(queue).track("events"), timeNs, name, facts);
  }

  #groupOf(queue: AuxQueue | null): TraceGroup {
    let group = this.#groups.get(queue);
    if (group === undefined) {
      const track = queue === null ? this.#root : this.writer.track(nameOf(queue), this.#root);
      this.#groups.set(queue, group = new TraceGroup(this.writer, track));
    }
    return group;
  }

  #timeOf(timeNs: bigint | null): bigint {
    if (this.#clock !== null) {
      const clock = timeNs === null ? null : this.#clock();
      this.#clock = null;
      if (clock !== null) this.writer.clock(clock);
    }
    if (timeNs === null || timeNs >= TIME_END) {
      if (!this.hasTimes) this.#newestNs += STEP_NS;
      return this.#newestNs;
    }
    if (!this.hasTimes || timeNs > this.#newestNs) this.#newestNs = timeNs;
    this.hasTimes = true;
    return timeNs;
  }
}

/** A moment on the clock that the recording asked the kernel for, and on the wall clock. */
function clockOf(file: PerfFile): ClockData | null {
  const { flags, clockid } = file.events[0]?.attr ?? {};
  if (!flags?.useClockid) return null;
  try {
    const clock = file.feature(Feature.clockData);
    return clock !== undefined && clock.clockid === clockid ? clock : null;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return null;
  }
}

/** Names whose AUX buffer it was; the `idx` may become known only later. */
function nameOf({ idx, cpu, tid }: AuxQueue): string {
  const thread = tid === null ? "no owner" : `thread ${tid}`;
  if (cpu === null) return thread;
  return idx === null && tid !== null ? `CPU ${cpu}, ${thread}` : `CPU ${cpu}`;
}
