import { RingTally } from "./_ring_tally.ts";
import { type AuxRing, AuxTailOverflow } from "./aux_ring.ts";
import type { DataRing } from "./data_ring.ts";
import type { SessionRing } from "./ring_session.ts";

/** Largest position that needs no more than 32 bits. */
const LIMIT = 0xffff_ffffn;

/** The rings of one CPU or task, as a {@linkcode SessionRing} has them. */
export interface WatchedRing extends Pick<SessionRing, "index" | "cpu" | "tid"> {
  /** The records. */
  readonly data: Pick<DataRing, "head" | "tail" | "size" | "lend">;
  /** The trace data; null if there is none. */
  readonly aux:
    | Pick<
      AuxRing,
      "head" | "tail" | "size" | "overflow" | "drain" | "noteTruncated" | "restarts" | "silent"
    >
    | null;
}

/** How far a ring is written and read. */
export interface RingProgress {
  /** Size in bytes. */
  readonly size: number;
  /** End of what the kernel has written. */
  readonly head: bigint;
  /** End of what was read. */
  readonly tail: bigint;
  /** What the kernel wrote since the last tick. */
  readonly bytesPerSecond: number;
}

/** Progress of a data ring. */
export interface DataProgress extends RingProgress {
  /** Whether the head needs more than 32 bits: a 32-bit reader can read half of it, unchecked. */
  readonly over32Bits: boolean;
  /** Records that the kernel dropped so far. */
  readonly lostEvents: number;
}

/** Progress of an AUX ring. */
export interface AuxProgress extends RingProgress {
  /** Bytes from the tail to the largest one that a 32-bit reader can store; 0 beyond it. */
  readonly headroomBytes: number;
  /** Seconds that this takes at the present rate; null while nothing is written. */
  readonly secondsLeft: number | null;
  /** Whether the accessor has refused a tail, so that nothing more is read. */
  readonly limited: boolean;
  /** AUX records so far that say that trace data was lost. */
  readonly truncatedRecords: number;
  /** How often the events were restarted so far, because such a record said TRUNCATED. */
  readonly restarts: number;
  /** Whether nothing came after the last of ten restarts in a row. */
  readonly silent: boolean;
  /** Trace data that was lost: null if there was some, since the kernel does not say how much. */
  readonly lostBytes: 0 | null;
}

/** The rings of one CPU or task at a tick. */
export interface RingTick {
  /** Number of the ring. */
  readonly ring: number;
  /** CPU; null for a ring of a task. */
  readonly cpu: number | null;
  /** Task; null for a ring of all tasks. */
  readonly tid: number | null;
  /** The ring of records. */
  readonly data: DataProgress;
  /** Null if the ring has no AUX area. */
  readonly aux: AuxProgress | null;
}

/** Empties rings, and tells how they fill. What they hold is counted and dropped. */
export class Watcher {
  /** The first refused tail of a compat accessor. */
  overflow: AuxTailOverflow | null = null;
  readonly #rings: readonly Watched[];
  #lastTick = performance.now();

  /** Watches rings; rates count from now on. */
  constructor(rings: readonly WatchedRing[]) {
    this.#rings = rings.map((ring) => ({
      ring,
      tally: new RingTally(-1),
      dataHead: ring.data.head,
      auxHead: ring.aux?.head ?? 0n,
    }));
  }

  /** Empties all rings. */
  pass(): void {
    for (const { ring: { data, aux }, tally } of this.#rings) {
      const { truncated } = tally;
      data.lend((first, second) => tally.add(first, second));
      if (tally.truncated > truncated) aux?.noteTruncated();
      try {
        aux?.drain(() => {});
      } catch (error) {
        if (!(error instanceof AuxTailOverflow)) throw error;
        this.overflow ??= error;
      }
    }
  }

  /** Tells how far all rings are, then empties them; rates are those since the last tick. */
  tick(): RingTick[] {
    const now = performance.now();
    const seconds = (now - this.#lastTick) / 1000;
    this.#lastTick = now;
    const rings = this.#rings.map((watched) => progressOf(watched, seconds));
    this.pass();
    return rings;
  }
}

interface Watched {
  readonly ring: WatchedRing;
  readonly tally: RingTally;
  /** Heads at the last tick. */
  dataHead: bigint;
  auxHead: bigint;
}

function progressOf(watched: Watched, seconds: number): RingTick {
  const { ring: { index, cpu, tid, data, aux }, tally } = watched;
  const { lostEvents } = tally;
  const ofData = progress(data, watched.dataHead, seconds);
  const dataProgress = { ...ofData, over32Bits: ofData.head > LIMIT, lostEvents };
  watched.dataHead = ofData.head;
  let auxProgress: AuxProgress | null = null;
  if (aux !== null) {
    auxProgress = auxProgressOf(aux, progress(aux, watched.auxHead, seconds), tally);
    watched.auxHead = auxProgress.head;
  }
  return { ring: index, cpu: ifAny(cpu), tid: ifAny(tid), data: dataProgress, aux: auxProgress };
}

function progress(
  { head, tail, size }: Pick<DataRing, "head" | "tail" | "size">,
  lastHead: bigint,
  seconds: number,
): RingProgress {
  const bytesPerSecond = seconds > 0 ? Math.round(Number(head - lastHead) / seconds) : 0;
  return { size, head, tail, bytesPerSecond };
}

function auxProgressOf(
  { overflow, restarts, silent }: Pick<AuxRing, "overflow" | "restarts" | "silent">,
  progress: RingProgress,
  { truncated, lostEvents }: RingTally,
): AuxProgress {
  const { tail, bytesPerSecond } = progress;
  const headroomBytes = tail > LIMIT ? 0 : Number(LIMIT - tail);
  return {
    ...progress,
    headroomBytes,
    secondsLeft: bytesPerSecond > 0 ? headroomBytes / bytesPerSecond : null,
    limited: overflow !== null,
    truncatedRecords: truncated,
    restarts,
    silent,
    // A dropped record may have been one that says so.
    lostBytes: truncated + lostEvents > 0 ? null : 0,
  };
}

function ifAny(id: number): number | null {
  return id < 0 ? null : id;
}
