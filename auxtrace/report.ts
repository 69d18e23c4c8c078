import { Feature } from "../parsers/perf/features/feature.ts";
import type { PerfFile } from "../parsers/perf/perf_file.ts";
import type { RecordCursor } from "../parsers/perf/record_cursor.ts";
import {
  type AuxPointers,
  type AuxPointersChoice,
  auxPointersFor,
  compatAuxPointers,
  kernelIs64Bit,
} from "./accessors.ts";
import type { AuxLane } from "./aux_lane.ts";
import { conclude } from "./conclusion.ts";
import { type Gap, type QueueReplay, sum, type TailStep } from "./queue_replay.ts";
import { type AuxMode, readable, type RecordCounts, recordedArch, TailReplay } from "./replay.ts";

/** Options of {@linkcode replayReport}. */
export interface ReplayOptions {
  /** Bits that a tail may have, 8 to 52; by default 32. */
  readonly bits?: number;
  /** Judge as a 32-bit perf on this machine would behave; by default by the generic accessors. */
  readonly fromArch?: string;
  /** Most flagged tails to list; by default 10. */
  readonly maxFlagged?: number;
  /** Called with every step, as the tails become known. */
  readonly onStep?: (step: TailStep) => void;
}

/** Who wrote the recording, as far as its flagged tails tell. */
export type Recorder = "stopped-by-limit" | "not-limited" | "unknown" | "not-applicable";

/** The answer for a whole recording. */
export type Verdict = "fits" | "exceeds" | "incomplete" | "not-applicable" | "no-aux";

/** The answer for one queue. Positions count bytes in the stream of its ring. */
export interface QueueReport {
  /** `idx` of its AUXTRACE records; null where there are none. */
  readonly idx: number | null;
  /** CPU of the ring; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the ring; null where the recording does not say. */
  readonly tid: number | null;
  /** Number of chunks; of AUX records, or samples, where there are no AUXTRACE records. */
  readonly chunks: number;
  /** Recorded bytes, padding included. */
  readonly auxBytes: number;
  /** Start of the first chunk. */
  readonly firstOffset: bigint | null;
  /** Tail after the last chunk; null where none is stored. */
  readonly lastTail: bigint | null;
  /** Whether the recording proves the last tail. */
  readonly lastTailExact: boolean;
  /** Lowest and highest possible last tail, where it is not exact. */
  readonly lastTailWindow: readonly [bigint, bigint] | null;
  /** Bytes left to the limit. */
  readonly headroomBytes: number | null;
  /** Number of tails that need more bits. */
  readonly flaggedTails: number;
  /** The first of them. */
  readonly firstFlagged: Omit<FlaggedTail, "queue"> | null;
  /** Bytes recorded after the first flagged chunk. */
  readonly bytesAfterLimit: number;
  /** Chunks during which the head crossed a multiple of 2^32. */
  readonly tornReadWindows: number;
  /** The first thousand places where positions do not follow on each other. */
  readonly gaps: readonly Gap[];
  /** AUX bytes per second; null without two AUX records with times. */
  readonly bytesPerSecond: number | null;
  /** Time that a recording at this rate takes to the limit, from its start. */
  readonly secondsToLimit: number | null;
  /** The same from the last tail on. */
  readonly secondsLeft: number | null;
  /** Who wrote the recording, as far as this queue tells. */
  readonly recorder: Recorder;
}

/** A tail that the accessor refused. */
export interface FlaggedTail {
  /** `idx` of the queue. */
  readonly queue: number | null;
  /** Number of the chunk in its queue, from 0. */
  readonly chunk: number;
  /** Position of its record. */
  readonly fileOffset: number;
  /** Where the chunk starts in the stream of its ring. */
  readonly auxOffset: bigint;
  /** Recorded size in bytes. */
  readonly size: number;
  /** The refused tail. */
  readonly tail: bigint;
  /** Whether the recording proves the tail. */
  readonly tailExact: boolean;
  /** Time of the newest AUX record that ends at or before the tail, in ns. */
  readonly timeNs: bigint | null;
}

/** What a replay found. `auxtail replay --format json` prints it. */
export interface ReplayReport {
  /** What was read. */
  readonly input: {
    readonly container: "file" | "pipe" | "directory";
    readonly byteOrder: "little" | "big";
    readonly finalised: boolean;
    readonly compressed: boolean;
    readonly trailingBytes: number;
    readonly cut: { readonly fileOffset: number; readonly reason: string } | null;
  };
  /** What the recording says of itself; null where it does not. */
  readonly recording: {
    readonly arch: string | null;
    readonly kernelIs64Bit: boolean | null;
    readonly perfVersion: string | null;
    readonly hostname: string | null;
    readonly cmdline: readonly string[] | null;
    readonly auxtraceType: string | null;
    readonly mode: AuxMode;
  };
  /** What was judged by. */
  readonly limit: { readonly bits: number; readonly maxTail: bigint };
  /** Sums over all queues. */
  readonly totals: RecordCounts & {
    readonly queues: number;
    readonly chunks: number;
    readonly auxBytes: number;
    readonly flaggedTails: number;
    readonly bytesAfterLimit: number;
    readonly tornReadWindows: number;
    readonly gaps: number;
  };
  /** The queues, by `idx`, or by CPU and thread. */
  readonly queues: readonly QueueReport[];
  /** The first flagged tails, in file order. */
  readonly flagged: readonly FlaggedTail[];
  /** The answer for the whole recording. */
  readonly verdict: Verdict;
  /** One sentence that a person can act on. */
  readonly conclusion: string;
  /** What to do, where the headroom is small or gone. */
  readonly advice: string | null;
  /** Whatever else is worth knowing. */
  readonly notes: readonly string[];
}

/**
 * Says which tails of a recording a 32-bit perf could not have stored, when, and what it means.
 *
 * Reads the records once, without the AUX payload; memory does not depend on their number.
 *
 * @example A recording that crossed 4 GiB
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile, replayReport } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const report = replayReport(file);
 * assertEquals(report.verdict, "exceeds");
 * assertEquals(report.flagged[0]?.tail, 0x1_0000_0187n);
 * assertEquals(report.queues[0]?.recorder, "stopped-by-limit");
 * ```
 *
 * @throws {RangeError} If `bits` is not an integer from 8 to 52.
 * @throws {FormatError} If there are more queues than any machine has.
 */
export function replayReport(file: PerfFile, options: ReplayOptions = {}): ReplayReport {
  const replay = new ReportReplay(file, options);
  const cursor = file.recordCursor();
  while (cursor.next()) replay.record(cursor);
  return replay.finish(cursor);
}

/** The replay behind {@linkcode replayReport}, for records that are brought bit by bit. */
export class ReportReplay {
  /** The accessors that it judges by. */
  readonly pointersOf: (page: ArrayBuffer) => AuxPointers;
  readonly #file: PerfFile;
  readonly #options: ReplayOptions;
  readonly #bits: number;
  readonly #accessor: AuxPointersChoice | null;
  readonly #replay: TailReplay;
  readonly #chunks: FlaggedList;
  readonly #auxRecords: FlaggedList;

  /** See {@linkcode replayReport}. */
  constructor(file: PerfFile, options: ReplayOptions = {}) {
    const { bits = 32, fromArch, maxFlagged = 10, onStep } = options;
    if (!Number.isInteger(bits) || bits < 8 || bits > 52) {
      throw new RangeError(`Cannot limit tails to ${bits} bits: expected an integer from 8 to 52`);
    }
    this.#file = file;
    this.#options = options;
    this.#bits = bits;
    this.#accessor = fromArch === undefined ? null : auxPointersFor(32, fromArch);
    const pointersOf = this.#accessor?.pointersOf ?? compatAuxPointers;
    this.pointersOf = (page) => pointersOf(page, { bits });
    this.#chunks = new FlaggedList(maxFlagged, onStep);
    this.#auxRecords = new FlaggedList(maxFlagged);
    this.#replay = new TailReplay(file, this.pointersOf, {
      chunks: this.#chunks,
      auxRecords: this.#auxRecords,
    });
  }

  /** Takes in the record under the cursor. */
  record(cursor: RecordCursor): void {
    this.#replay.record(cursor);
  }

  /** Draws the conclusions, when the cursor has reached the end. */
  finish(cursor: RecordCursor): ReplayReport {
    const replay = this.#replay;
    replay.finish(cursor);
    if (replay.auxOnly && this.#options.onStep !== undefined) this.#stepThroughAuxRecords();
    const maxTail = 2n ** BigInt(this.#bits) - 1n;
    const { cut, trailingBytes } = cursor;
    const file = this.#file;
    const queues = this.#queues(maxTail);
    const totals = this.#totals(queues);
    const report: Omit<ReplayReport, "conclusion" | "advice" | "notes"> = {
      input: {
        container: file.container,
        byteOrder: file.byteOrder,
        finalised: file.finalised,
        compressed: replay.compressed,
        trailingBytes,
        cut: cut && { fileOffset: cut.detail.offset, reason: cut.message },
      },
      recording: {
        ...recordingFacts(file),
        auxtraceType: file.auxtraceInfo?.type ?? null,
        mode: replay.mode,
      },
      limit: { bits: this.#bits, maxTail },
      totals,
      queues,
      flagged: replay.auxOnly ? this.#auxRecords.inFileOrder() : this.#chunks.inFileOrder(),
      verdict: verdictOf(replay.mode, totals.flaggedTails, cut !== null),
    };
    return { ...report, ...conclude(report, this.#accessor, replay.highestHead, file.damage) };
  }

  #stepThroughAuxRecords(): void {
    if (!this.#file.seekable) return;
    const again = new TailReplay(this.#file, this.pointersOf, {
      chunks: new FlaggedList(0),
      auxRecords: new FlaggedList(0, this.#options.onStep),
    });
    const cursor = this.#file.recordCursor();
    while (cursor.next()) again.record(cursor);
  }

  #queues(maxTail: bigint): QueueReport[] {
    const { queues, loose } = this.#replay;
    if (queues.size === 0) {
      return [...loose.values()].map(({ queue }) => this.#queue(queue, maxTail)).sort((a, b) =>
        (a.cpu ?? -1) - (b.cpu ?? -1) || (a.tid ?? -1) - (b.tid ?? -1)
      );
    }
    return [...queues.values()].filter((queue) => queue.chunks > 0)
      .map((queue) => this.#queue(queue, maxTail)).sort((a, b) => a.idx! - b.idx!);
  }

  #queue(queue: QueueReplay, maxTail: bigint): QueueReport {
    const { mode } = this.#replay;
    const full = mode === "full";
    const { idx, cpu, tid, chunks, auxBytes, firstOffset, flaggedTails, bytesAfterLimit } = queue;
    const lastTail = full ? queue.lastTail : null;
    const headroom = lastTail === null ? null : lastTail > maxTail ? 0 : Number(maxTail - lastTail);
    const rate = full ? bytesPerSecond(this.#replay.laneOf(queue)) : null;
    return {
      idx,
      cpu,
      tid,
      chunks,
      auxBytes,
      firstOffset,
      lastTail,
      lastTailExact: full && queue.lastTailExact,
      lastTailWindow: full ? queue.lastTailWindow : null,
      headroomBytes: headroom,
      flaggedTails: full ? flaggedTails : 0,
      firstFlagged: full && queue.firstFlagged ? withoutQueue(queue.firstFlagged) : null,
      bytesAfterLimit: full ? bytesAfterLimit : 0,
      tornReadWindows: full ? queue.tornReadWindows : 0,
      gaps: full ? queue.gaps : [],
      bytesPerSecond: rate,
      secondsToLimit: rate && Number(maxTail + 1n) / rate,
      secondsLeft: rate && headroom !== null ? headroom / rate : null,
      recorder: full ? this.#recorder(queue) : "not-applicable",
    };
  }

  #recorder({ flaggedTails, roundsAtFirst }: QueueReplay): Recorder {
    if (flaggedTails === 0) return "unknown";
    if (this.#replay.rounds > roundsAtFirst) return "not-limited";
    if (this.#file.finalised && !finishesAtLimit(this.#file)) return "not-limited";
    return flaggedTails <= 2 ? "stopped-by-limit" : "unknown";
  }

  #totals(queues: readonly QueueReport[]): ReplayReport["totals"] {
    const total = (of: (queue: QueueReport) => number) =>
      queues.reduce((so, queue) => sum(so, of(queue)), 0);
    return {
      queues: queues.length,
      chunks: total((queue) => queue.chunks),
      auxBytes: total((queue) => queue.auxBytes),
      ...this.#replay.counts,
      flaggedTails: total((queue) => queue.flaggedTails),
      bytesAfterLimit: total((queue) => queue.bytesAfterLimit),
      tornReadWindows: total((queue) => queue.tornReadWindows),
      gaps: this.#replay.mode === "full" ? this.#replay.gapCount : 0,
    };
  }
}

/** Keeps the first flagged tails in file order, and hands on all steps to whoever wants them. */
class FlaggedList {
  readonly #max: number;
  readonly #onStep: ((step: TailStep) => void) | undefined;
  readonly #list: FlaggedTail[] = [];

  constructor(max: number, onStep?: (step: TailStep) => void) {
    this.#max = max;
    this.#onStep = onStep;
  }

  wants(refused: boolean, fileOffset: number): boolean {
    return this.#onStep !== undefined || (refused && this.#hasRoom(fileOffset));
  }

  step(step: TailStep): void {
    if (step.refused && this.#hasRoom(step.fileOffset)) {
      let at = this.#list.length;
      while (at > 0 && this.#list[at - 1]!.fileOffset > step.fileOffset) at--;
      this.#list.splice(at, 0, { queue: step.queue, ...withoutQueue(step) });
      if (this.#list.length > this.#max) this.#list.pop();
    }
    this.#onStep?.(step);
  }

  inFileOrder(): FlaggedTail[] {
    return this.#list;
  }

  #hasRoom(fileOffset: number): boolean {
    if (this.#list.length < this.#max) return true;
    const last = this.#list.at(-1);
    return last !== undefined && fileOffset < last.fileOffset;
  }
}

function withoutQueue(step: TailStep): Omit<FlaggedTail, "queue"> {
  const { chunk, fileOffset, auxOffset, size, tail, tailExact, timeNs } = step;
  return { chunk, fileOffset, auxOffset, size, tail: tail ?? 0n, tailExact, timeNs };
}

function bytesPerSecond(lane: AuxLane | undefined): number | null {
  const ns = lane?.spanNs ?? 0;
  return lane !== undefined && ns > 0 ? lane.bytesAfterFirst / (ns / 1e9) : null;
}

function verdictOf(mode: AuxMode, flaggedTails: number, cut: boolean): Verdict {
  if (flaggedTails > 0) return "exceeds";
  if (mode === "snapshot" || mode === "sample") return "not-applicable";
  if (cut) return "incomplete";
  return mode === "none" ? "no-aux" : "fits";
}

/** Whether the recorder ends its files properly even at the limit: auxtail's own, reading as 32-bit perf. */
function finishesAtLimit(file: PerfFile): boolean {
  const { perfVersion, cmdline } = recordingFacts(file);
  const accessor = cmdline?.join("=").includes("--accessor=compat") ?? false;
  return accessor && (perfVersion?.startsWith("auxtail ") ?? false);
}

function recordingFacts(file: PerfFile) {
  const arch = recordedArch(file);
  return {
    arch,
    kernelIs64Bit: arch === null ? null : kernelIs64Bit(arch),
    perfVersion: readable(() => file.feature(Feature.version)),
    hostname: readable(() => file.feature(Feature.hostname)),
    cmdline: readable(() => file.feature(Feature.cmdline)),
  };
}
