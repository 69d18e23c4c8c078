import { alignSpan, type AuxSpan } from "../auxtrace/mod.ts";
import type { FeatureSpec } from "../encoders/internal.ts";
import { RingTally } from "./_ring_tally.ts";
import type { AuxReference } from "./_reference.ts";
import { AuxTailOverflow } from "./aux_ring.ts";
import type { PerfWriter } from "./perf_writer.ts";
import type { RingSession, SessionRing } from "./ring_session.ts";

/** A ring that ended at the limit of the compat accessor. */
export interface LimitedRing {
  /** Number of the ring. */
  readonly ring: SessionRing;
  /** The tail that was refused. */
  readonly overflow: AuxTailOverflow;
}

/** What a recording consists of. */
export interface RecordingSummary {
  /** Bytes written. */
  readonly bytes: number;
  /** Records of the kernel. */
  readonly records: number;
  /** Samples among them. */
  readonly samples: number;
  /** Bytes of AUX data, without padding. */
  readonly auxBytes: number;
  /** Records that the kernel dropped. */
  readonly lostEvents: number;
  /** AUX records that are marked TRUNCATED. */
  readonly truncated: number;
  /** How often the events of an AUX ring were restarted after that. */
  readonly restarts: number;
}

/** How rings are copied. */
export interface RecorderOptions {
  /** Offset of the time in samples; -1 if they have none. */
  readonly timeAt: number;
  /** Offset of the time in other records, from their end; -1 if they have none. */
  readonly trailerTimeAt: number;
  /** Says when AUX data was read. */
  readonly reference: AuxReference;
  /** Size of one item of AUX data, which no chunk may cut: 24 for Intel BTS. */
  readonly auxAlignment?: number;
  /** Whether the AUX rings are overwritten, and read by {@linkcode Recorder.snapshot}. */
  readonly snapshot?: boolean;
  /** What is written at the end, given the times of the first and the last sample in ns. */
  readonly features: (sampleTimes: readonly [bigint, bigint] | null) => readonly FeatureSpec[];
}

/** A recording in progress. */
export interface Recording {
  /** Rings that ended at the limit of the compat accessor; their bytes are recorded. */
  readonly limited: readonly LimitedRing[];
  /** What was recorded so far. */
  readonly summary: RecordingSummary;
  /**
   * Copies what the rings hold, and returns how many bytes.
   *
   * @throws What the sink throws; the rings then keep what was not written.
   */
  pass(): number;
  /** Copies the rings' records, and of each AUX ring the newest bytes since the last snapshot. */
  snapshot(): void;
  /**
   * Stops the events, copies what is left, and ends the recording, even where copying fails.
   *
   * @returns Whether all features found room.
   * @throws What the sink throws while records are copied.
   */
  finish(): boolean;
}

/**
 * Copies the rings of a session to a recording, straight from the memory that the kernel writes.
 *
 * As perf does, a pass reads each ring's records before its AUX area and ends with FINISHED_ROUND,
 * unless a compat accessor refused a tail in it. Memory does not grow with the recording but for the
 * index of AUX chunks.
 */
export class Recorder implements Recording {
  readonly limited: LimitedRing[] = [];
  readonly #session: RingSession;
  readonly #writer: PerfWriter;
  readonly #options: RecorderOptions;
  readonly #tally: RingTally;
  #auxBytes = 0;

  /** Records a session; the writer has written everything that comes before the rings' data. */
  constructor(session: RingSession, writer: PerfWriter, options: RecorderOptions) {
    this.#session = session;
    this.#writer = writer;
    this.#options = options;
    this.#tally = new RingTally(options.timeAt, options.trailerTimeAt);
  }

  get summary(): RecordingSummary {
    const { records, samples, lostEvents, truncated } = this.#tally;
    const { size: bytes } = this.#writer;
    const restarts = this.#session.rings.reduce((sum, { aux }) => sum + (aux?.restarts ?? 0), 0);
    return { bytes, records, samples, auxBytes: this.#auxBytes, lostEvents, truncated, restarts };
  }

  pass(): number {
    let size = 0;
    for (const ring of this.#session.rings) {
      const { truncated } = this.#tally;
      size += ring.data.lend((first, second) => {
        this.#writer.ringData(first, second);
        this.#tally.add(first, second);
        this.#options.reference.learn(this.#tally.auxTime);
      });
      if (this.#tally.truncated > truncated) ring.aux?.noteTruncated();
      if (ring.aux !== null && !this.#options.snapshot) size += this.#drain(ring);
    }
    if (this.limited.length === 0) this.#writer.finishedRound();
    return size;
  }

  snapshot(): void {
    this.pass();
    for (const ring of this.#session.rings) {
      ring.aux?.snapshot((span) => this.#write(ring, span));
    }
    this.#writer.finishedRound();
  }

  finish(): boolean {
    let complete = false;
    this.#session.disable();
    try {
      if (this.#options.snapshot) this.snapshot();
      else this.pass();
    } finally {
      const { samples, firstTime, lastTime } = this.#tally;
      const times = samples > 0 ? [firstTime, lastTime] as const : null;
      complete = this.#writer.finalise(this.#options.features(times));
    }
    return complete;
  }

  #drain(ring: SessionRing): number {
    try {
      return ring.aux!.drain((span) => this.#write(ring, span));
    } catch (overflow) {
      if (!(overflow instanceof AuxTailOverflow)) throw overflow;
      this.limited.push({ ring, overflow });
      return 0;
    }
  }

  #write({ index, cpu, tid }: SessionRing, span: AuxSpan): void {
    const { auxAlignment = 1 } = this.#options;
    const { offset, size, first, second } = alignSpan(span, auxAlignment);
    const reference = this.#options.reference.now();
    this.#writer.auxtrace({ idx: index, cpu, tid, offset, reference }, first, second);
    this.#auxBytes += size;
  }
}
