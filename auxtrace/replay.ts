import { FormatError } from "../parsers/format_error.ts";
import { SampleType } from "../parsers/perf/attr.ts";
import { AUXTRACE_SIZE } from "../parsers/perf/aux_fields.ts";
import type { AuxtraceInfo } from "../parsers/perf/auxtrace_info.ts";
import { Feature } from "../parsers/perf/features/feature.ts";
import type { PerfFile } from "../parsers/perf/perf_file.ts";
import type { RecordCursor } from "../parsers/perf/record_cursor.ts";
import { RecordType } from "../parsers/perf/record_type.ts";
import { joinU64 } from "../parsers/u64.ts";
import { type AuxPointers, compatAuxPointers } from "./accessors.ts";
import { AuxLane, type AuxPlace, placeOf } from "./aux_lane.ts";
import { QueueReplay, type RingRules, type StepSink, sum, type TailStep } from "./queue_replay.ts";

/** How a recording carries its AUX data. */
export type AuxMode = "full" | "snapshot" | "sample" | "none";

const AUX_SIZE = 32;
const TRUNCATED = 1;
const OVERWRITE = 2;
const PARTIAL = 4;
const COLLISION = 8;
const BTS_SLACK = 23n;
const ALL = 0xffffffff;
const MAX_QUEUES = 8192;
/** Machines whose kernel counts in 32 bits, so that AUX positions wrap at 4 GiB. */
const ARCH_32_BIT = /^(i[3-6]86|arm(v[4-7].*)?|mips|mipsel|ppc|powerpc|riscv32|s390|sparc|parisc)$/;

/** Counts over a whole recording. */
export interface RecordCounts {
  /** AUX records. */
  auxRecords: number;
  /** Those with the flag TRUNCATED: bytes were lost for want of room. */
  truncatedRecords: number;
  /** Those with the flag PARTIAL: the trace has holes. */
  partialRecords: number;
  /** Those with the flag COLLISION: samples collided, or a buffer wrapped. */
  collisionRecords: number;
  /** PERF_RECORD_LOST records. */
  lostRecords: number;
  /** Events that those say were lost. */
  lostEvents: number;
}

/** Where the steps of a replay go. */
export interface StepSinks {
  /** Those of AUXTRACE records. */
  readonly chunks: StepSink;
  /** Those of AUX records that no AUXTRACE record has preceded. */
  readonly auxRecords: StepSink;
}

/**
 * Plays the AUX rings of a recording through accessors, record by record.
 *
 * Fed with every record of a {@linkcode RecordCursor}, it keeps one simulated control page per
 * queue. AUX records are summed per CPU and per thread, because the chunks that tell which of the
 * two a queue belongs to come after them.
 */
export class TailReplay {
  /** Queues with AUXTRACE records, by `idx`. */
  readonly queues = new Map<number, QueueReplay>();
  /** Queues of recordings that have none: by CPU and thread of the AUX records or samples. */
  readonly loose = new Map<string, { queue: QueueReplay; lane: AuxLane }>();
  readonly counts: RecordCounts = {
    auxRecords: 0,
    truncatedRecords: 0,
    partialRecords: 0,
    collisionRecords: 0,
    lostRecords: 0,
    lostEvents: 0,
  };
  /** FINISHED_ROUND records so far. */
  rounds = 0;
  /** Whether compressed records were met. */
  compressed = false;
  readonly #file: PerfFile;
  readonly #pointersOf: (page: ArrayBuffer) => AuxPointers;
  readonly #sinks: StepSinks;
  readonly #byCpu = new Map<number, AuxLane>();
  readonly #byTid = new Map<number, AuxLane>();
  #rules: RingRules | null = null;
  /** What the rules were made from; in a stream it may come late. */
  #rulesOf: AuxtraceInfo | null = null;
  #perCpu = false;
  #perThread = false;
  #overwrite = false;
  #samples = false;

  /** Steps go to `sinks`, in the order in which the tails become known. */
  constructor(file: PerfFile, pointersOf: (page: ArrayBuffer) => AuxPointers, sinks: StepSinks) {
    this.#file = file;
    this.#pointersOf = pointersOf;
    this.#sinks = sinks;
    file.findAuxtraceInfo();
  }

  /** Whether the tails have to be judged from AUX records, for want of AUXTRACE records. */
  get auxOnly(): boolean {
    return this.queues.size === 0 && this.loose.size > 0 && !this.#samples;
  }

  /** How the AUX data is carried, as far as the records have been read. */
  get mode(): AuxMode {
    if (this.queues.size > 0) return this.#snapshot ? "snapshot" : "full";
    if (this.#samples) return "sample";
    if (this.loose.size > 0) return this.#snapshot ? "snapshot" : "full";
    return "none";
  }

  /** Places where positions do not follow on each other, in all queues. */
  get gapCount(): number {
    const loose = this.queues.size > 0 ? [] : [...this.loose.values()].map(({ queue }) => queue);
    return [...this.queues.values(), ...loose].reduce((so, { gapCount }) => so + gapCount, 0);
  }

  /** Highest head of a snapshot. */
  get highestHead(): bigint {
    let highest = 0n;
    for (const { highestHead } of this.queues.values()) {
      if (highestHead > highest) highest = highestHead;
    }
    return highest;
  }

  /** Takes in the record under the cursor. */
  record(cursor: RecordCursor): void {
    switch (cursor.type) {
      case RecordType.Auxtrace:
        if (cursor.size >= AUXTRACE_SIZE) this.#chunk(cursor);
        break;
      case RecordType.Aux:
        if (cursor.size >= AUX_SIZE) this.#aux(cursor);
        break;
      case RecordType.FinishedRound:
        this.rounds++;
        break;
      case RecordType.Sample:
        if (((cursor.event?.layout.sampleType ?? 0) & SampleType.Aux) !== 0) this.#sample(cursor);
        break;
      case RecordType.Lost:
        this.counts.lostRecords++;
        if (cursor.size >= 24) {
          const lost = cursor.high(16) * 2 ** 32 + cursor.low(16);
          this.counts.lostEvents = sum(this.counts.lostEvents, lost);
        }
        break;
      case RecordType.Compressed:
      case RecordType.Compressed2:
        this.compressed = true;
        break;
    }
  }

  /** Places the last tails. A chunk whose payload was cut off is not one. */
  finish(cursor: RecordCursor): void {
    for (const queue of this.queues.values()) {
      if (queue.pending?.fileOffset === cursor.cutPayloadOf) queue.pending = null;
      queue.finish(this.#ringRules, this.laneOf(queue), this.#sinks.chunks);
    }
  }

  /** The AUX records of a queue: those of its CPU, or of its thread where it has no CPU. */
  laneOf({ idx, cpu, tid }: QueueReplay): AuxLane | undefined {
    if (idx === null) return this.loose.get(`${cpu} ${tid}`)?.lane;
    if (cpu !== null) return this.#byCpu.get(cpu);
    return tid === null ? undefined : this.#byTid.get(tid);
  }

  get #snapshot(): boolean {
    return this.#overwrite || this.#file.auxtraceInfo?.snapshot === true;
  }

  get #ringRules(): RingRules {
    const snapshot = this.#snapshot;
    const { auxtraceInfo } = this.#file;
    if (this.#rules?.snapshot !== snapshot || this.#rulesOf !== auxtraceInfo) {
      this.#rulesOf = auxtraceInfo;
      this.#rules = {
        snapshot,
        slack: auxtraceInfo?.type === "intel_bts" ? BTS_SLACK : 0n,
        wraps: ARCH_32_BIT.test(recordedArch(this.#file) ?? ""),
      };
    }
    return this.#rules;
  }

  #chunk(cursor: RecordCursor): void {
    const idx = cursor.u32(32);
    let queue = this.queues.get(idx);
    if (queue === undefined) {
      const cpu = unlessAll(cursor.u32(40));
      queue = new QueueReplay(idx, cpu, unlessAll(cursor.u32(36)), this.#pointersOf);
      if (this.queues.size >= MAX_QUEUES) throw tooMany(cursor);
      this.queues.set(idx, queue);
      if (cpu === null) this.#perThread = true;
      else this.#perCpu = true;
      this.loose.clear();
    }
    const rules = this.#ringRules;
    let auxOffset = cursor.u64(16);
    let high = cursor.high(16);
    const low = cursor.low(16);
    if (rules.wraps && high === ALL) {
      auxOffset = BigInt(low);
      high = 0;
    } else if (rules.wraps && high !== 0) {
      this.#rules = { ...rules, wraps: false };
    }
    const { fileOffset, payloadSize: size } = cursor;
    const chunk = { fileOffset, auxOffset, high, low, size, rounds: this.rounds };
    queue.arrive(chunk, rules, this.laneOf(queue), this.#sinks.chunks);
  }

  #aux(cursor: RecordCursor): void {
    const flags = cursor.low(24);
    this.counts.auxRecords++;
    if (flags & TRUNCATED) this.counts.truncatedRecords++;
    if (flags & PARTIAL) this.counts.partialRecords++;
    if (flags & COLLISION) this.counts.collisionRecords++;
    if (flags & OVERWRITE) this.#overwrite = true;
    const isOfChunks = this.queues.size > 0;
    const place = placeOf(cursor, this.#ringRules.wraps);
    if (!isOfChunks || this.#perCpu) {
      const { cpu } = cursor;
      if (cpu !== null) laneIn(this.#byCpu, cpu, cursor).add(place);
    }
    if (!isOfChunks || this.#perThread) {
      const { tid } = cursor;
      if (tid !== null) laneIn(this.#byTid, tid, cursor).add(place);
    }
    if (!isOfChunks) this.#looseAux(cursor, place);
  }

  #looseAux(cursor: RecordCursor, place: AuxPlace): void {
    const loose = this.#looseQueue(cursor);
    const { queue } = loose;
    const { high, low, size } = place;
    const auxOffset = joinU64(high, low);
    if (queue.lastTail !== null && queue.lastTail !== auxOffset && !this.#snapshot) {
      const back = queue.pending === null || auxOffset >= queue.pending.auxOffset;
      const kind = auxOffset > queue.lastTail ? "gap" : back ? "overlap" : "regression";
      queue.addGap(queue.lastTail, auxOffset, kind);
    }
    loose.lane.add(place);
    const { fileOffset } = cursor;
    const chunk = { fileOffset, auxOffset, high, low, size, rounds: this.rounds };
    const end = joinU64(place.endHigh, place.endLow);
    queue.settle(chunk, end, place.endHigh, false, loose.lane, this.#sinks.auxRecords);
    queue.pending = chunk;
  }

  #sample(cursor: RecordCursor): void {
    const record = cursor.record();
    if (record.type !== "sample" || record.aux === undefined) return;
    this.#samples = true;
    if (this.queues.size > 0) return;
    const { queue } = this.#looseQueue(cursor);
    queue.chunks++;
    queue.auxBytes += record.aux.length;
  }

  #looseQueue(cursor: RecordCursor): { queue: QueueReplay; lane: AuxLane } {
    const { cpu, tid } = cursor;
    const key = `${cpu} ${tid}`;
    let found = this.loose.get(key);
    if (found === undefined) {
      if (this.loose.size >= MAX_QUEUES) throw tooMany(cursor);
      found = { queue: new QueueReplay(null, cpu, tid, this.#pointersOf), lane: new AuxLane() };
      this.loose.set(key, found);
    }
    return found;
  }
}

/**
 * Replays the tails of a recording, one step per chunk, as they become known.
 *
 * The tail of a chunk is the start of the next chunk of its queue; the last ones come at the end.
 * Recordings without AUXTRACE records are read again for one step per AUX record; over a source
 * that only moves forward they give no steps.
 *
 * @example Which tails a 32-bit perf refuses
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compatAuxPointers, openPerfFile, replayTails } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_crossing.perf.data");
 * const refused = [...replayTails(file, compatAuxPointers)].filter((step) => step.refused);
 * assertEquals(refused[0]?.tail, 0x1_0000_0040n);
 * ```
 *
 * @throws {FormatError} After the last step, if the records end early.
 */
export function* replayTails(
  file: PerfFile,
  pointersOf: (page: ArrayBuffer) => AuxPointers = compatAuxPointers,
): Generator<TailStep> {
  const steps: TailStep[] = [];
  const all = { wants: () => true, step: (step: TailStep) => void steps.push(step) };
  const none = { wants: () => false, step: () => {} };
  const replay = new TailReplay(file, pointersOf, { chunks: all, auxRecords: none });
  const cursor = file.recordCursor();
  while (cursor.next()) {
    replay.record(cursor);
    if (steps.length > 0) yield* steps.splice(0);
  }
  replay.finish(cursor);
  yield* steps.splice(0);
  if (replay.auxOnly && file.seekable) {
    const again = new TailReplay(file, pointersOf, { chunks: none, auxRecords: all });
    const records = file.recordCursor();
    while (records.next()) {
      again.record(records);
      if (steps.length > 0) yield* steps.splice(0);
    }
  }
  if (cursor.cut !== null) throw cursor.cut;
}

/** The machine that a recording names; null where it does not, or not readably. */
export function recordedArch(file: PerfFile): string | null {
  return readable(() => file.feature(Feature.arch));
}

/** The value of a feature section; null where it is missing or damaged. */
export function readable<T>(read: () => T | undefined): T | null {
  try {
    return read() ?? null;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

function laneIn(lanes: Map<number, AuxLane>, key: number, cursor: RecordCursor): AuxLane {
  let found = lanes.get(key);
  if (found === undefined) {
    if (lanes.size >= MAX_QUEUES) throw tooMany(cursor);
    lanes.set(key, found = new AuxLane());
  }
  return found;
}

function tooMany(cursor: RecordCursor): FormatError {
  return new FormatError("unsupported", {
    structure: "AUX queue",
    offset: cursor.fileOffset,
    expected: `at most ${MAX_QUEUES} queues`,
    actual: "more",
  });
}

function unlessAll(value: number): number | null {
  return value === ALL ? null : value;
}
