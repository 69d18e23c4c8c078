import type { FormatError } from "../parsers/internal.ts";
import type { PerfFile, RecordCursor } from "../parsers/perf/mod.ts";
import { ownerName } from "../text/mod.ts";
import { type AuxPointers, auxPointersFor, compatAuxPointers } from "./accessors.ts";
import type { AuxQueue } from "./aux_queue.ts";
import type {
  AuxBasis,
  AuxListener,
  AuxLoss,
  AuxMode,
  LossKind,
  RecordCounts,
} from "./aux_events.ts";
import { AuxWalk, sum } from "./aux_walk.ts";
import { conclude, wasStopped } from "./conclusion.ts";
import { type DataRingBytes, DataRings } from "./data_rings.ts";
import { judge, type Judgement } from "./judgement.ts";
import { type Gap, isLongEnough, LossList, NO_RATE, rateOf, remedyFor } from "./losses.ts";
import type { QueueTails, TailStep } from "./queue_tails.ts";
import { type RecordingFacts, recordingFacts } from "./recording_facts.ts";
import { TailReplay } from "./tail_replay.ts";

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
  /** What else listens to the walk over the records, which is made once for all. */
  readonly listeners?: readonly AuxListener[];
}

/** Who wrote the recording, as far as its flagged tails tell. */
export type Recorder = "stopped-by-limit" | "not-limited" | "unknown" | "not-applicable";

/** The answer for a whole recording. */
export type Verdict = "fits" | "exceeds" | "incomplete" | "not-applicable" | "no-aux";

/** The answer for one queue. Positions count bytes in the stream of its queue. */
export interface QueueReport {
  /** `idx` of its AUXTRACE records; null where there are none. */
  readonly idx: number | null;
  /** CPU of the ring; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the ring; null where the recording does not say. */
  readonly tid: number | null;
  /** Number of chunks; of AUX records, or samples, where there are no AUXTRACE records. */
  readonly chunks: number;
  /** The same as `presentBytes`. */
  readonly auxBytes: number;
  /** Bytes that its AUX records speak of. */
  readonly announcedBytes: number;
  /** Bytes that the recording holds, padding included. */
  readonly presentBytes: number;
  /** Announced bytes that it does not hold; 0 for snapshots and AUX samples. */
  readonly missingBytes: number;
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
  /** The first thousand places where positions do not follow on each other, and missing ranges. */
  readonly gaps: readonly Gap[];
  /** Time from the first to the last AUX record; null without two that have times. */
  readonly observedSeconds: number | null;
  /** AUX bytes per second in that time. */
  readonly bytesPerSecond: number | null;
  /**
   * Time that a recording at this rate takes to the limit, from its start; null where less than
   * 10 ms were observed.
   */
  readonly secondsToLimit: number | null;
  /** The same from the last tail on. */
  readonly secondsLeft: number | null;
  /** Bytes of records of its data ring; null where no record names the ring. */
  readonly dataBytes: number | null;
  /** Who wrote the recording, as far as this queue tells. */
  readonly recorder: Recorder;
}

/** A tail that needs more bits than the limit has. */
export interface FlaggedTail {
  /** `idx` of the queue. */
  readonly queue: number | null;
  /** Number of the chunk in its queue, from 0. */
  readonly chunk: number;
  /** Position of its record. */
  readonly fileOffset: number;
  /** Where the chunk starts in the stream of its queue. */
  readonly auxOffset: bigint;
  /** Recorded size in bytes. */
  readonly size: number;
  /** The tail. */
  readonly tail: bigint;
  /** Whether the recording proves the tail. */
  readonly tailExact: boolean;
  /** Time of the newest AUX record that ends at or before the tail, in ns. */
  readonly timeNs: bigint | null;
}

/** A loss as a report lists it. */
export interface LossReport {
  /** `idx` of the queue; null where it has none, or the loss belongs to no queue. */
  readonly queue: number | null;
  /** CPU of the queue. */
  readonly cpu: number | null;
  /** Thread of the queue. */
  readonly tid: number | null;
  /** What happened. */
  readonly kind: LossKind;
  /** Position of the record that tells of it. */
  readonly fileOffset: number;
  /** Position in the queue's stream where it starts; null where unknown. */
  readonly from: bigint | null;
  /** Position where it ends; null where unknown. */
  readonly to: bigint | null;
  /** Time in ns of the recording's clock; null where unknown. */
  readonly timeNs: bigint | null;
  /** What to do about it. */
  readonly remedy: string;
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
    /** The first position beyond 64 bits: no answer is proven; null if 64 bits hold all. */
    readonly damage: { readonly fileOffset: number; readonly reason: string } | null;
  };
  /** What the recording says of itself; null where it does not. */
  readonly recording: RecordingFacts & {
    /** Kind of trace; null where the recording does not say. */
    readonly auxtraceType: string | null;
    /** How the AUX data is carried. */
    readonly mode: AuxMode;
  };
  /** What the tails are known from. */
  readonly basis: AuxBasis;
  /** Which tails are flagged. */
  readonly limit: { readonly bits: number; readonly maxTail: bigint };
  /** Which 32-bit perf refuses a tail. */
  readonly judgement: Judgement;
  /** The perf that the verdict is about. */
  readonly perf: "generic" | "released";
  /** Sums over all queues. */
  readonly totals: RecordCounts & {
    readonly queues: number;
    readonly chunks: number;
    readonly auxBytes: number;
    readonly announcedBytes: number;
    readonly presentBytes: number;
    readonly missingBytes: number;
    readonly flaggedTails: number;
    readonly bytesAfterLimit: number;
    readonly tornReadWindows: number;
    readonly gaps: number;
  };
  /** The queues, by `idx`, or by CPU and thread. */
  readonly queues: readonly QueueReport[];
  /** The first flagged tails, in file order. */
  readonly flagged: readonly FlaggedTail[];
  /** The first losses, in file order. */
  readonly losses: readonly LossReport[];
  /** Losses by kind, those included that are not listed. */
  readonly lossCounts: Readonly<Record<LossKind, number>>;
  /** Data rings: what the records of each CPU, or thread, come to. */
  readonly dataRings: readonly DataRingBytes[];
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
 * @throws {FormatError} If there are more queues than any machine has, or if records are compressed
 * and the file was opened without a decoder.
 */
export function replayReport(file: PerfFile, options: ReplayOptions = {}): ReplayReport {
  const replay = new ReportReplay(file, options);
  const cursor = file.recordCursor();
  while (cursor.next()) replay.record(cursor);
  return replay.finish(cursor);
}

/** The replay of {@linkcode replayReport}, for records that the caller brings one by one. */
export class ReportReplay {
  /** The walk that feeds the replay and its fellow listeners. */
  readonly walk: AuxWalk;
  readonly #file: PerfFile;
  readonly #options: ReplayOptions;
  readonly #bits: number;
  readonly #maxTail: bigint;
  readonly #perf: "generic" | "released";
  readonly #replay: TailReplay;
  readonly #flagged: FlaggedList;
  readonly #losses: LossList;
  readonly #dataRings: DataRings;

  /** See {@linkcode replayReport}. */
  constructor(file: PerfFile, options: ReplayOptions = {}) {
    const { bits = 32, fromArch, maxFlagged = 10, onStep, listeners = [] } = options;
    if (!Number.isInteger(bits) || bits < 8 || bits > 52) {
      throw new RangeError(`Cannot limit tails to ${bits} bits: expected an integer from 8 to 52`);
    }
    this.#file = file;
    this.#dataRings = new DataRings(file);
    this.#options = options;
    this.#bits = bits;
    this.#maxTail = 2n ** BigInt(bits) - 1n;
    this.#perf = options.perf ?? (fromArch === undefined ? "generic" : "released");
    this.#flagged = new FlaggedList({ max: maxFlagged, maxTail: this.#maxTail, onStep });
    this.#losses = new LossList(maxFlagged);
    this.#replay = new TailReplay({
      pointersOf: (page) => this.#pointersOf(page),
      maxTail: Number(this.#maxTail),
      sink: this.#flagged,
    });
    this.walk = new AuxWalk(file, [this.#replay, this.#losses, ...listeners]);
  }

  /** Takes in the record under the cursor. */
  record(cursor: RecordCursor): void {
    this.walk.record(cursor);
    this.#dataRings.record(cursor);
  }

  /** Draws the conclusions, when the cursor has reached the end. */
  finish(cursor: RecordCursor): ReplayReport {
    const { walk } = this;
    walk.finish(cursor);
    const { trailingBytes, cut } = cursor;
    if (cut?.fault === "unsupported") throw cut; // without a decoder nobody knows what follows
    const beyond = walk.mode === "full" ? walk.beyond : null;
    const file = this.#file;
    const { container, byteOrder, finalised } = file;
    const facts = recordingFacts(file);
    const queues = this.#queues();
    const totals = this.#totals(queues);
    const judgement = this.#judgement(queues, facts.arch);
    const report: Omit<ReplayReport, "conclusion" | "advice" | "notes"> = {
      input: {
        container,
        byteOrder,
        finalised,
        compressed: walk.compressed,
        trailingBytes,
        cut: cut && placed(cut),
        damage: beyond && placed(beyond),
      },
      recording: { ...facts, auxtraceType: file.auxtraceInfo?.type ?? null, mode: walk.mode },
      basis: walk.basis,
      limit: { bits: this.#bits, maxTail: this.#maxTail },
      judgement,
      perf: this.#perf,
      totals,
      queues,
      flagged: walk.mode === "full" ? this.#flagged.inFileOrder() : [],
      losses: this.#losses.first.map((loss) => this.#lossReport(loss)),
      lossCounts: this.#losses.counts,
      dataRings: this.#dataRings.rings(),
      verdict: verdictOf(walk.mode, judgement[this.#perf].refuses === true, {
        isCut: cut !== null,
        isBeyond: beyond !== null,
      }),
    };
    return {
      ...report,
      ...conclude(report, {
        highestHead: this.#replay.highestHead,
        damage: file.damage,
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
    const { basis, queues } = this.walk;
    const dataBytes = new Map(
      this.#dataRings.rings().map((ring) => [ownerName(ring), ring.bytes]),
    );
    const all = queues.map((queue) => this.#queue(queue, dataBytes));
    if (basis === "announcements") {
      return all.sort((a, b) => (a.cpu ?? -1) - (b.cpu ?? -1) || (a.tid ?? -1) - (b.tid ?? -1));
    }
    return all.sort((a, b) =>
      (a.idx ?? Infinity) - (b.idx ?? Infinity) || (a.cpu ?? -1) - (b.cpu ?? -1) ||
      (a.tid ?? -1) - (b.tid ?? -1) || 0
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
    const { observedSeconds, bytesPerSecond: rate } = isFull ? rateOf(queue) : NO_RATE;
    const isLong = isLongEnough(observedSeconds);
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
      bytesPerSecond: rate,
      secondsToLimit: rate && isLong ? Number(maxTail + 1n) / rate : null,
      secondsLeft: rate && isLong && headroom !== null ? headroom / rate : null,
      dataBytes: dataBytes.get(ownerName(queue.cpu === null ? queue : { cpu, tid: null })) ?? null,
      recorder: isFull ? this.#recorder(tails) : "not-applicable",
    };
  }

  #recorder(tails: QueueTails | null): Recorder {
    if (tails === null || tails.flaggedTails === 0) return "unknown";
    if (this.walk.rounds > tails.roundsAtFirst) return "not-limited";
    if (this.#file.finalised && !finishesAtLimit(this.#file)) return "not-limited";
    return tails.flaggedTails <= 2 ? "stopped-by-limit" : "unknown";
  }

  #judgement(queues: readonly QueueReport[], arch: string | null): Judgement {
    const { walk } = this;
    return judge({
      arch: this.#options.fromArch ?? arch,
      auxtraceType: this.#file.auxtraceInfo?.type ?? null,
      storesTails: walk.mode === "full",
      flaggedTails: queues.reduce((so, { flaggedTails }) => sum(so, flaggedTails), 0),
      bits: this.#bits,
      stoppedByLimit: wasStopped(queues),
      crosses4GiB: this.#replay.highestHead > MAX_U32 ||
        queues.some(({ lastTail, tornReadWindows }) =>
          tornReadWindows > 0 || (lastTail !== null && lastTail > MAX_U32)
        ),
    });
  }

  #lossReport({ queue, kind, fileOffset, from, to, timeNs }: AuxLoss): LossReport {
    const { idx = null, cpu = null, tid = null } = queue ?? {};
    const remedy = remedyFor({ kind, queue }, {
      basis: this.walk.basis,
      type: this.#file.auxtraceInfo?.type ?? null,
    });
    return { queue: idx, cpu, tid, kind, fileOffset, from, to, timeNs, remedy };
  }

  #totals(queues: readonly QueueReport[]): ReplayReport["totals"] {
    const total = (of: (queue: QueueReport) => number) =>
      queues.reduce((so, queue) => sum(so, of(queue)), 0);
    const presentBytes = total((queue) => queue.presentBytes);
    return {
      queues: queues.length,
      chunks: total((queue) => queue.chunks),
      auxBytes: presentBytes,
      announcedBytes: total((queue) => queue.announcedBytes),
      presentBytes,
      missingBytes: total((queue) => queue.missingBytes),
      ...this.walk.counts,
      flaggedTails: total((queue) => queue.flaggedTails),
      bytesAfterLimit: total((queue) => queue.bytesAfterLimit),
      tornReadWindows: total((queue) => queue.tornReadWindows),
      gaps: this.walk.mode === "full" ? this.#losses.gapCount : 0,
    };
  }
}

const MAX_U32 = 0xffffffffn;
/** Keeps the first flagged tails in file order, and hands every step to the caller that wants them. */
class FlaggedList {
  readonly #max: number;
  readonly #onStep: ReplayOptions["onStep"];
  readonly #maxTail: bigint;
  readonly #list: FlaggedTail[] = [];

  constructor(
    { max, maxTail, onStep }: {
      readonly max: number;
      readonly maxTail: bigint;
      readonly onStep: ReplayOptions["onStep"];
    },
  ) {
    this.#max = max;
    this.#maxTail = maxTail;
    this.#onStep = onStep;
  }

  wants(isFlagged: boolean, fileOffset: number): boolean {
    return this.#onStep !== undefined || (isFlagged && this.#hasRoom(fileOffset));
  }

  step(step: TailStep, queue: AuxQueue): void {
    if (step.tail !== null && step.tail > this.#maxTail && this.#hasRoom(step.fileOffset)) {
      let at = this.#list.length;
      while (at > 0 && this.#list[at - 1]!.fileOffset > step.fileOffset) at--;
      this.#list.splice(at, 0, { queue: step.queue, ...withoutQueue(step) });
      if (this.#list.length > this.#max) this.#list.pop();
    }
    this.#onStep?.(step, queue);
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

function placed(error: FormatError): { readonly fileOffset: number; readonly reason: string } {
  return { fileOffset: error.detail.offset, reason: error.message };
}

function verdictOf(
  mode: AuxMode,
  refuses: boolean,
  { isCut, isBeyond }: { readonly isCut: boolean; readonly isBeyond: boolean },
): Verdict {
  if (isBeyond) return "incomplete";
  if (refuses) return "exceeds";
  if (mode === "snapshot" || mode === "sample") return "not-applicable";
  if (isCut) return "incomplete";
  return mode === "none" ? "no-aux" : "fits";
}

/** Whether the recorder ends its files properly even at the limit: auxtail's own, reading as 32-bit perf. */
function finishesAtLimit(file: PerfFile): boolean {
  const { perfVersion, cmdline } = recordingFacts(file);
  const accessor = cmdline?.join("=").includes("--accessor=compat") ?? false;
  return accessor && (perfVersion?.startsWith("auxtail ") ?? false);
}
