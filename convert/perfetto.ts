import {
  type Gap,
  type QueueReport,
  replayTails,
  ReportReplay,
  type TailStep,
} from "../auxtrace/mod.ts";
import {
  AUXTRACE_SIZE,
  FormatError,
  type PerfFile,
  type RecordCursor,
  RecordType,
} from "../parsers/perf/mod.ts";
import { RingTracks } from "./_ring_tracks.ts";
import { fitsCounter, TraceWriter } from "./_trace_writer.ts";

/** Options of {@linkcode perfettoPackets}. */
export interface PerfettoOptions {
  /** Bits that a tail may have, 8 to 52; by default 32. */
  readonly bits?: number;
  /** Judge as a 32-bit perf on this machine would behave; by default by the generic accessors. */
  readonly fromArch?: string;
}

/** What {@linkcode perfettoPackets} returns. */
export interface PerfettoEnd {
  /** Number of rings that are drawn. */
  readonly queues: number;
  /** Whether there were times; without them the order is that of the file. */
  readonly timed: boolean;
  /** Where the records end early, and why; null if they do not. */
  readonly cut: FormatError | null;
}

const PIECE = 1 << 16;
const AUX_SIZE = 32;
const LOST_SIZE = 24;
const PADDING = 7n;
const MAX_GAPS = 1000;
const STEP_NS = 1000n;
const TIME_END = 1n << 63n;

/**
 * Makes a trace that Perfetto's user interface opens, in pieces of some 64 KiB.
 *
 * Each ring is a group of tracks: counters of head, tail, and the distance from the tail to the
 * limit in bytes (negative beyond it); a slice for each AUX record; events for flagged tails, flags
 * of AUX records, LOST records and gaps, with their positions.
 *
 * - Counters are `int64`, exact. A position of 2^63 or more is written as a `double`, and an event
 *   beside it has the exact one. Perfetto itself shows counters as doubles, exact to 2^53.
 * - perf writes an AUX record when trace became available, so its slice goes from the record before
 *   it in its ring to its own time: its bytes were traced within. The first one has no duration.
 * - Times are those of the recording, as times of Perfetto's own trace clock: that needs no
 *   `ClockSnapshot`, and which clock perf had is often not known. Only differences mean something.
 *   What has no time is put at the newest time before it; in a recording without times everything
 *   is in file order, a microsecond apart.
 *
 * Packets of one ring are in order, those of different rings as the recording has them; Perfetto
 * sorts. Recordings without AUXTRACE records are read three times more; over a source that
 * only moves forward they have no counters. Memory does not depend on the number of records.
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
  { bits = 32, fromArch }: PerfettoOptions = {},
): Generator<Uint8Array<ArrayBuffer>, PerfettoEnd> {
  const walk = new TraceWalk(bits);
  let isChunked = false;
  const replay = new ReportReplay(file, {
    bits,
    ...(fromArch !== undefined && { fromArch }),
    maxFlagged: 1,
    onStep: (step) => isChunked && walk.step(step),
  });
  const cursor = file.recordCursor();
  while (cursor.next()) {
    if (cursor.type === RecordType.Auxtrace && cursor.size >= AUXTRACE_SIZE) isChunked = true;
    replay.record(cursor);
    walk.record(cursor);
    if (walk.writer.length >= PIECE) yield walk.writer.take();
  }
  const report = replay.finish(cursor);
  walk.rings.decide(null);
  const { mode } = report.recording;
  if (!isChunked && file.seekable && (mode === "full" || mode === "snapshot")) {
    for (const step of auxRecordSteps(file, replay)) {
      walk.step(step);
      if (walk.writer.length >= PIECE) yield walk.writer.take();
    }
  }
  for (const queue of report.queues) walk.gaps(queue);
  yield walk.writer.take();
  return { queues: report.queues.length, timed: walk.hasTimes, cut: cursor.cut };
}

/** The steps of a recording without AUXTRACE records; its cut is known already. */
function* auxRecordSteps(
  file: PerfFile,
  { pointersOf }: ReportReplay,
): Generator<TailStep> {
  try {
    yield* replayTails(file, pointersOf);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

/** What is drawn of a queue. */
interface Queue {
  readonly head: number;
  /** Tracks of the tail and of its distance to the limit; none in a snapshot. */
  tail: { readonly value: number; readonly distance: number } | null;
  /** Where the last chunk ends. */
  end: bigint;
  firstNs: bigint;
  lastNs: bigint;
  /** Times of the chunks that do not begin where the one before them ends, by their beginning. */
  readonly jumps: Map<bigint, bigint>;
}

/** Draws a recording. */
class TraceWalk {
  readonly writer = new TraceWriter();
  readonly rings = new RingTracks(this.writer);
  readonly #bits: number;
  readonly #maxTail: bigint;
  readonly #queues = new Map<number | string, Queue>();
  #newestNs = 0n;
  hasTimes = false;

  constructor(bits: number) {
    this.#bits = bits;
    this.#maxTail = 2n ** BigInt(bits) - 1n;
  }

  record(cursor: RecordCursor): void {
    switch (cursor.type) {
      case RecordType.Auxtrace:
        if (cursor.size >= AUXTRACE_SIZE) {
          this.rings.decide(cursor.u32(40) === 0xffffffff ? "thread" : "cpu");
        }
        break;
      case RecordType.Aux:
      case RecordType.Lost: {
        const isAux = cursor.type === RecordType.Aux;
        if (cursor.size < (isAux ? AUX_SIZE : LOST_SIZE)) return;
        const { cpu, tid, timeNs, fileOffset } = cursor;
        const low = cursor.u64(isAux ? 8 : 16);
        const aux = isAux ? { offset: low, size: cursor.u64(16), flags: cursor.u64(24) } : null;
        const lost = isAux ? 0n : low;
        this.rings.record({ cpu, tid, timeNs: this.#timeOf(timeNs), fileOffset, aux, lost });
        break;
      }
    }
  }

  step(step: TailStep): void {
    const { head, tail, auxOffset, size, chunk, fileOffset, tailExact } = step;
    const timeNs = this.#timeOf(step.timeNs);
    const queue = this.#queueOf(step, timeNs);
    const writer = this.writer;
    if (chunk > 0 && (auxOffset > queue.end || auxOffset + PADDING < queue.end)) {
      if (queue.jumps.size < MAX_GAPS && !queue.jumps.has(auxOffset)) {
        queue.jumps.set(auxOffset, timeNs);
      }
    }
    queue.end = auxOffset + BigInt(size);
    queue.lastNs = timeNs;
    writer.counter(queue.head, timeNs, head);
    if (tail !== null && queue.tail !== null) {
      writer.counter(queue.tail.value, timeNs, tail);
      writer.counter(queue.tail.distance, timeNs, this.#maxTail - tail);
    }
    const facts = {
      chunk,
      "file_offset": BigInt(fileOffset),
      "aux_offset": auxOffset,
      size,
      head,
    };
    const events = () => this.rings.eventsOf(step);
    if (step.refused && tail !== null) {
      const name = `tail needs more than ${this.#bits} bits`;
      writer.instant(events(), timeNs, name, { ...facts, tail, "tail_exact": tailExact });
    } else if (!fitsCounter(head)) {
      writer.instant(events(), timeNs, "head needs 64 bits", facts);
    }
  }

  /** Draws the gaps of a queue, each where the chunk behind it is. */
  gaps(report: QueueReport): void {
    const queue = this.#queues.get(keyOf(report.idx, report));
    if (queue === undefined) return;
    for (const gap of report.gaps) {
      const { kind, from, to } = gap;
      this.writer.instant(this.rings.eventsOf(report), timeOfGap(gap, queue), kind, { from, to });
    }
  }

  #queueOf(step: TailStep, timeNs: bigint): Queue {
    const key = keyOf(step.queue, step);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      const group = this.rings.groupOf(step);
      const prefix = step.queue === null ? "" : `queue ${step.queue}: `;
      const track = (name: string) => this.writer.track(`${prefix}${name}`, group, "bytes");
      queue = {
        head: track("head"),
        tail: step.tail === null
          ? null
          : { value: track("tail"), distance: track(`to the limit of ${this.#bits} bits`) },
        end: 0n,
        firstNs: timeNs,
        lastNs: timeNs,
        jumps: new Map(),
      };
      this.#queues.set(key, queue);
    }
    return queue;
  }

  #timeOf(timeNs: bigint | null): bigint {
    if (timeNs === null || timeNs >= TIME_END) {
      if (!this.hasTimes) this.#newestNs += STEP_NS;
      return this.#newestNs;
    }
    if (!this.hasTimes || timeNs > this.#newestNs) this.#newestNs = timeNs;
    this.hasTimes = true;
    return timeNs;
  }
}

function keyOf(
  idx: number | null,
  { cpu, tid }: { readonly cpu: number | null; readonly tid: number | null },
): number | string {
  return idx ?? `${cpu} ${tid}`;
}

function timeOfGap({ kind, from, to }: Gap, { jumps, firstNs, lastNs, end }: Queue): bigint {
  const timeNs = jumps.get(to);
  if (timeNs !== undefined) return timeNs;
  return kind === "unrecorded" && from + PADDING < end ? firstNs : lastNs;
}
