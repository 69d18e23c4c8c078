import type { FormatError } from "../parsers/internal.ts";
import type { SecondRecording, StrayText } from "../parsers/perf/mod.ts";
import type {
  AuxBasis,
  AuxLoss,
  AuxMode,
  LossKind,
  QueueIdentity,
  RecordCounts,
} from "./aux_events.ts";
import type { DataRingBytes } from "./data_rings.ts";
import type { Judgement } from "./judgement.ts";
import type { Gap } from "./losses.ts";
import type { RecordingFacts } from "./recording_facts.ts";

/** Whether the limit stopped the recorder, as far as the flagged tails tell. */
export type RecorderOutcome = "stopped-by-limit" | "not-limited" | "unknown" | "not-applicable";

/** The answer for a whole recording. */
export type Verdict = "fits" | "exceeds" | "incomplete" | "not-applicable" | "no-aux";

/** The answer for one queue. Positions count bytes in the stream of its queue. */
export interface QueueReport extends QueueIdentity {
  /** Chunks; AUX records, or samples, where there are no AUXTRACE records. */
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
  /** Bytes of the chunks after the first flagged one. */
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
  /** Bytes of records of its data ring; null where no record names that ring. */
  readonly dataBytes: number | null;
  /** Whether the limit stopped the recorder, as far as this queue tells. */
  readonly recorder: RecorderOutcome;
}

/** Where an input is damaged, or ends early. */
export interface DamagedPlace extends Pick<FormatError, "fault" | "cure"> {
  /** Position in the file. */
  readonly fileOffset: number;
  /** What is wrong there. */
  readonly reason: string;
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
  /** Size in bytes, padding included. */
  readonly size: number;
  /** The tail. */
  readonly tail: bigint;
  /** Whether the recording proves the tail. */
  readonly tailExact: boolean;
  /** Time of the newest AUX record that ends at or before the tail, in ns. */
  readonly timeNs: bigint | null;
}

/** A loss as a report lists it. */
export interface LossReport extends Omit<AuxLoss, "queue" | "events"> {
  /** `idx` of the queue; null where it has none, or the loss belongs to no queue. */
  readonly queue: number | null;
  /** CPU of the queue. */
  readonly cpu: number | null;
  /** Thread of the queue. */
  readonly tid: number | null;
  /** What to do about it. */
  readonly remedy: string;
}

/** What a replay found. {@linkcode replayJson} makes JSON of it. */
export interface ReplayReport {
  /** What was read. */
  readonly input: {
    readonly container: "file" | "pipe" | "directory";
    readonly byteOrder: "little" | "big";
    readonly finalised: boolean;
    readonly compressed: boolean;
    readonly trailingBytes: number;
    /** The first texts of other programs between the records of a stream, and after them. */
    readonly strayTexts: readonly StrayText[];
    /** Where the records end early; null if they do not. */
    readonly cut: DamagedPlace | null;
    /** The first position beyond 64 bits: no answer is proven; null if 64 bits hold all. */
    readonly damage: DamagedPlace | null;
    /** How the whole input was packed; null if it was not. */
    readonly packed: "gzip" | "zstd" | null;
    /** Where another recording follows, of which nothing is said; null if none does. */
    readonly secondRecording: SecondRecording | null;
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
  readonly totals:
    & RecordCounts
    & Pick<QueueReport, "chunks" | "auxBytes" | "announcedBytes" | "presentBytes" | "missingBytes">
    & Pick<QueueReport, "flaggedTails" | "bytesAfterLimit" | "tornReadWindows">
    & { readonly queues: number; readonly gaps: number };
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
  /** What else is worth knowing. */
  readonly notes: readonly string[];
}
