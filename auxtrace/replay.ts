import { type FormatError, placeOf } from "../parsers/internal.ts";
import { type PerfFile, type RecordCursor, RecordType } from "../parsers/perf/mod.ts";
import { ownerName } from "../text/mod.ts";
import { type AuxPointers, auxPointersFor, checkBits, compatAuxPointers } from "./accessors.ts";
import type { AuxLoss, AuxQueue } from "./aux_events.ts";
import { type AuxListener, AuxWalk } from "./aux_walk.ts";
import { conclude, wasStopped } from "./conclusion.ts";
import { DataRings } from "./data_rings.ts";
import { FirstInFile } from "./first_in_file.ts";
import { judge, type Judgement } from "./judgement.ts";
import { namesKernel32, namesKernelLast } from "./kernel_32.ts";
import { LossList } from "./losses.ts";
import type { QueueTails, TailStep } from "./queue_tails.ts";
import { recordingFacts } from "./recording_facts.ts";
import { NO_RATE, rateOf, remedyFor } from "./remedies.ts";
import type {
  FlaggedTail,
  LossReport,
  QueueReport,
  RecorderOutcome,
  ReplayReport,
  Verdict,
} from "./report.ts";
import { safeSum } from "./safe_sum.ts";
import { TailReplay } from "./tail_replay.ts";

const MAX_U32 = 0xffffffffn;

/** Options of {@linkcode replayReport}. */
export interface ReplayOptions {
  /** Bits that a tail may have, 8 to 52; by default 32. */
  readonly bits?: number;
  /**
   * Which 32-bit perf the verdict is about: one with the accessors of the v4 patch, or a released
   * one. By default `generic`, and `released` where `fromArch` is given.
   */
  readonly perf?: "generic" | "released";
  /** The machine to judge a released perf by; by default the one that the recording names. */
  readonly fromArch?: string;
  /** Most flagged tails, and most losses, to list; by default 10. */
  readonly maxFlagged?: number;
  /** Called with every step, as the tails become known. */
  readonly onStep?: (step: TailStep, queue: AuxQueue) => void;
  /** Further listeners of the walk over the records, which is made once for all. */
  readonly listeners?: readonly AuxListener[];
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
 * @throws {TypeError} If `file` is not an open recording.
 * @throws {FormatError} If there are more queues than any machine has, or compressed records
 * without a zstd decoder.
 */
export function replayReport(file: PerfFile, options: ReplayOptions = {}): ReplayReport {
  const replay = new ReportReplay(file, options);
  const cursor = file.recordCursor();
  while (cursor.next()) replay.record(cursor);
  return replay.finish(cursor);
}

/**
 * The replay of {@linkcode replayReport}, for records that the caller brings one by one.
 *
 * A regular file that is read from front to back names its machine at the end: its report is right,
 * but steps and listeners are told what is so under a 64-bit kernel.
 */
export class ReportReplay {
  readonly #replay: Replay;
  /** The same under a 32-bit kernel, while the machine is not yet known; else null. */
  readonly #under32: Replay | null = null;
  readonly #file: PerfFile;

  /** See {@linkcode replayReport}. */
  constructor(file: PerfFile, options: ReplayOptions = {}) {
    this.#file = file;
    this.#replay = new Replay(file, options);
    if (!namesKernelLast(file)) return;
    const { onStep: _, listeners: __, ...quiet } = options;
    this.#under32 = new Replay(file, quiet, () => true);
  }

  /** The walk that feeds the replay and its fellow listeners. */
  get walk(): AuxWalk {
    return this.#replay.walk;
  }

  /** Takes in the record under the cursor. */
  record(cursor: RecordCursor): void {
    this.#replay.record(cursor);
    this.#under32?.record(cursor);
  }

  /** Draws the conclusions, when the cursor has reached the end. */
  finish(cursor: RecordCursor): ReplayReport {
    const report = this.#replay.finish(cursor);
    return this.#under32 !== null && namesKernel32(this.#file)
      ? this.#under32.finish(cursor)
      : report;
  }
}

class Replay {
  readonly walk: AuxWalk;
  readonly #file: PerfFile;
  readonly #options: ReplayOptions;
  readonly #bits: number;
  readonly #maxTail: bigint;
  readonly #perf: "generic" | "released";
  readonly #replay: TailReplay;
  readonly #flagged: FirstInFile<FlaggedTail>;
  readonly #losses: LossList;
  readonly #dataRings: DataRings;
  #hasKernelRecords = false;

  constructor(file: PerfFile, options: ReplayOptions, isKernel32?: () => boolean) {
    const { bits = 32, fromArch, maxFlagged = 10, onStep, listeners = [] } = options;
    checkBits(bits);
    this.#file = file;
    this.#options = options;
    this.#bits = bits;
    this.#maxTail = 2n ** BigInt(bits) - 1n;
    this.#perf = options.perf ?? (fromArch === undefined ? "generic" : "released");
    this.#flagged = new FirstInFile(maxFlagged);
    this.#losses = new LossList(maxFlagged);
    this.#replay = new TailReplay({
      pointersOf: (page) => this.#pointersOf(page),
      maxTail: Number(this.#maxTail),
      wants: (isFlagged, fileOffset) =>
        onStep !== undefined || (isFlagged && this.#flagged.wants(fileOffset)),
      step: (step, queue) => {
        if (step.tail !== null && step.tail > this.#maxTail) this.#flagged.add(flaggedTail(step));
        onStep?.(step, queue);
      },
    });
    this.walk = new AuxWalk(file, [this.#replay, this.#losses, ...listeners], isKernel32);
    this.#dataRings = new DataRings(file);
  }

  record(cursor: RecordCursor): void {
    this.walk.record(cursor);
    this.#dataRings.record(cursor);
    this.#hasKernelRecords ||= cursor.type < RecordType.HeaderAttr;
  }

  finish(cursor: RecordCursor): ReplayReport {
    const { walk } = this;
    walk.finish(cursor);
    const { trailingBytes, strayTexts, cut } = cursor;
    // The cursor stops where it has no decoder; the input is not cut there.
    if (cut?.fault === "unsupported") throw cut;
    const beyond = walk.mode === "full" ? walk.beyond : null;
    const file = this.#file;
    const { container, byteOrder, finalised } = file;
    const facts = recordingFacts(file);
    const queues = this.#queues();
    const totals = this.#totals(queues);
    const judgement = this.#judgement(queues, facts.arch, (cut ?? beyond) !== null);
    const report: Omit<ReplayReport, "conclusion" | "advice" | "notes"> = {
      input: {
        container,
        byteOrder,
        finalised,
        compressed: walk.compressed,
        trailingBytes,
        strayTexts,
        cut: cut && placeOf(cut),
        damage: beyond && placeOf(beyond),
        packed: file.packed,
        secondRecording: file.secondRecording,
      },
      recording: { ...facts, auxtraceType: file.auxtraceInfo?.type ?? null, mode: walk.mode },
      basis: walk.basis,
      limit: { bits: this.#bits, maxTail: this.#maxTail },
      judgement,
      perf: this.#perf,
      totals,
      queues,
      flagged: walk.mode === "full" ? this.#flagged.list : [],
      losses: this.#losses.first.map((loss) => this.#lossReport(loss)),
      lossCounts: this.#losses.counts,
      dataRings: this.#dataRings.rings(),
      verdict: this.#verdict(judgement, { cut, beyond }),
    };
    return {
      ...report,
      ...conclude(report, {
        highestHead: this.#replay.highestHead,
        damage: file.damage,
        lacksEvents: this.#hasKernelRecords && file.events.length === 0,
        isMissingExact: walk.queues.every((queue) => queue.isMissingExact),
        hasWrapped: walk.wraps && walk.hasWrapped,
      }),
    };
  }

  /** Chosen when the first chunk comes: by then a stream has named its machine. */
  #pointersOf(page: ArrayBuffer): AuxPointers {
    const bits = this.#bits;
    if (this.#perf === "generic") return compatAuxPointers(page, { bits });
    const arch = this.#options.fromArch ?? recordingFacts(this.#file).arch;
    return arch === null
      ? compatAuxPointers(page, { bits })
      : auxPointersFor(32, arch).pointersOf(page, { bits });
  }

  #queues(): QueueReport[] {
    const { queues } = this.walk;
    const dataBytes = new Map(
      this.#dataRings.rings().map((ring) => [ownerName(ring), ring.bytes]),
    );
    // Numbers without an idx come last: Infinity - Infinity is NaN, which the next key decides.
    return queues.map((queue) => this.#queue(queue, dataBytes)).sort((a, b) =>
      (a.idx ?? Infinity) - (b.idx ?? Infinity) || (a.cpu ?? -1) - (b.cpu ?? -1) ||
      (a.tid ?? -1) - (b.tid ?? -1)
    );
  }

  #queue(queue: AuxQueue, dataBytes: ReadonlyMap<string, number>): QueueReport {
    const { mode, basis } = this.walk;
    const isFull = mode === "full";
    const { idx, cpu, tid, announced, presentBytes } = queue;
    const tails = isFull ? this.#replay.tailsOf(queue) : null;
    const lastTail = tails?.lastTail ?? null;
    const maxTail = this.#maxTail;
    const headroom = lastTail === null ? null : lastTail > maxTail ? 0 : Number(maxTail - lastTail);
    const { observedSeconds, bytesPerSecond, reliable: rate } = isFull ? rateOf(queue) : NO_RATE;
    return {
      idx,
      cpu,
      tid,
      chunks: basis === "announcements"
        ? announced.records
        : basis === "samples"
        ? queue.samples
        : queue.chunks,
      auxBytes: presentBytes,
      announcedBytes: announced.bytes,
      presentBytes,
      missingBytes: isFull ? queue.missingBytes : 0,
      firstOffset: this.#replay.tailsOf(queue)?.firstOffset ?? null,
      lastTail,
      lastTailExact: tails?.lastTailExact ?? false,
      lastTailWindow: tails?.lastTailWindow ?? null,
      headroomBytes: headroom,
      flaggedTails: tails?.flaggedTails ?? 0,
      firstFlagged: tails?.firstFlagged ? withoutQueue(tails.firstFlagged) : null,
      bytesAfterLimit: tails?.bytesAfterLimit ?? 0,
      tornReadWindows: tails?.tornReadWindows ?? 0,
      gaps: isFull ? this.#losses.gapsOf(queue) : [],
      observedSeconds,
      bytesPerSecond,
      secondsToLimit: rate ? Number(maxTail + 1n) / rate : null,
      secondsLeft: rate && headroom !== null ? headroom / rate : null,
      dataBytes: dataBytes.get(ownerName(queue.cpu === null ? queue : { cpu, tid: null })) ?? null,
      recorder: isFull ? this.#recorder(tails) : "not-applicable",
    };
  }

  #recorder(tails: QueueTails | null): RecorderOutcome {
    if (tails === null || tails.flaggedTails === 0) return "unknown";
    if (this.walk.rounds > tails.roundsAtFirst) return "not-limited";
    if (this.#file.finalised && !finishesAtLimit(this.#file)) return "not-limited";
    return tails.flaggedTails <= 2 ? "stopped-by-limit" : "unknown";
  }

  #judgement(queues: readonly QueueReport[], arch: string | null, isCut: boolean): Judgement {
    const { walk } = this;
    return judge({
      arch: this.#options.fromArch ?? arch,
      auxtraceType: this.#file.auxtraceInfo?.type ?? null,
      storesTails: walk.mode === "full",
      hasMore: isCut && (walk.mode === "full" || walk.mode === "none"),
      flaggedTails: queues.reduce((total, { flaggedTails }) => safeSum(total, flaggedTails), 0),
      bits: this.#bits,
      stoppedByLimit: wasStopped(queues),
      crosses4GiB: this.#replay.highestHead > MAX_U32 ||
        queues.some(({ lastTail, tornReadWindows }) =>
          tornReadWindows > 0 || (lastTail !== null && lastTail > MAX_U32)
        ),
    });
  }

  #verdict(
    judgement: Judgement,
    { cut, beyond }: { readonly cut: FormatError | null; readonly beyond: FormatError | null },
  ): Verdict {
    const { mode } = this.walk;
    if (beyond !== null) return "incomplete";
    if (judgement[this.#perf].refuses === true) return "exceeds";
    if (mode === "snapshot" || mode === "sample") return "not-applicable";
    if (cut !== null) return "incomplete";
    return mode === "none" ? "no-aux" : "fits";
  }

  #lossReport({ queue, kind, fileOffset, from, to, timeNs, error }: AuxLoss): LossReport {
    const { idx = null, cpu = null, tid = null } = queue ?? {};
    const remedy = remedyFor({ kind, queue }, {
      basis: this.walk.basis,
      type: this.#file.auxtraceInfo?.type,
    });
    return { queue: idx, cpu, tid, kind, fileOffset, from, to, timeNs, error, remedy };
  }

  #totals(queues: readonly QueueReport[]): ReplayReport["totals"] {
    const total = (key: Exclude<keyof ReplayReport["totals"] & keyof QueueReport, "gaps">) =>
      queues.reduce((total, queue) => safeSum(total, queue[key]), 0);
    return {
      queues: queues.length,
      chunks: total("chunks"),
      auxBytes: total("auxBytes"),
      announcedBytes: total("announcedBytes"),
      presentBytes: total("presentBytes"),
      missingBytes: total("missingBytes"),
      ...this.walk.counts,
      flaggedTails: total("flaggedTails"),
      bytesAfterLimit: total("bytesAfterLimit"),
      tornReadWindows: total("tornReadWindows"),
      gaps: this.walk.mode === "full" ? this.#losses.gapCount : 0,
    };
  }
}

/** A flagged step as a report lists it. */
function flaggedTail(step: TailStep): FlaggedTail {
  const { queue, chunk, fileOffset, auxOffset, size, tail, tailExact, timeNs } = step;
  return { queue, chunk, fileOffset, auxOffset, size, tail: tail ?? 0n, tailExact, timeNs };
}

function withoutQueue(step: TailStep): Omit<FlaggedTail, "queue"> {
  const { queue: _, ...tail } = flaggedTail(step);
  return tail;
}

/** Whether the recorder ends its files properly even at the limit: auxtail's own, reading as 32-bit perf. */
function finishesAtLimit(file: PerfFile): boolean {
  const { perfVersion, cmdline } = recordingFacts(file);
  const accessor = cmdline?.join("=").includes("--accessor=compat") ?? false;
  return accessor && (perfVersion?.startsWith("auxtail ") ?? false);
}
