import { type Cursor, FormatError } from "../internal.ts";
import { ATTR_SIZE_VER0, AttrFlag, SampleType } from "./abi.ts";

/** Which flags are set. */
export type AttrFlags = { readonly [Name in AttrFlag]: boolean };

/**
 * `struct perf_event_attr`: how an event was opened.
 *
 * Fields that the recorder's version of the struct did not have are 0. Source: perf_event.h.
 */
export interface EventAttr {
  /** 0 hardware, 1 software, 2 tracepoint, 3 cache, 4 raw, 5 breakpoint, from 6 on a PMU. */
  readonly type: number;
  /** Size of the recorder's struct, in bytes. */
  readonly size: number;
  /** Meaning depends on `type`. */
  readonly config: bigint;
  /** Period, or with `flags.freq` the frequency in Hz. */
  readonly samplePeriod: bigint;
  /** {@linkcode SampleType} bits. */
  readonly sampleType: bigint;
  /** {@linkcode ReadFormat} bits. */
  readonly readFormat: bigint;
  /** The one-bit flags. */
  readonly flags: AttrFlags;
  /** Skid constraint, 0 to 3. */
  readonly preciseIp: number;
  /** Events, or with `flags.watermark` bytes, between wake-ups. */
  readonly wakeup: number;
  /** Kind of breakpoint. */
  readonly bpType: number;
  /** `bp_addr`, or `config1`. */
  readonly config1: bigint;
  /** `bp_len`, or `config2`. */
  readonly config2: bigint;
  /** Which branches are sampled. */
  readonly branchSampleType: bigint;
  /** Mask of sampled user registers. */
  readonly sampleRegsUser: bigint;
  /** Bytes of user stack per sample. */
  readonly sampleStackUser: number;
  /** Clock of the timestamps, where `flags.useClockid` is set. */
  readonly clockid: number;
  /** Mask of sampled registers at the interrupt. */
  readonly sampleRegsIntr: bigint;
  /** Bytes of AUX data between wake-ups. */
  readonly auxWatermark: number;
  /** Most frames per callchain. */
  readonly sampleMaxStack: number;
  /** Bytes of AUX data per sample. */
  readonly auxSampleSize: number;
  /** What the event does to its AUX leader. */
  readonly auxAction: {
    readonly startPaused: boolean;
    readonly pause: boolean;
    readonly resume: boolean;
  };
  /** User data of `flags.sigtrap`. */
  readonly sigData: bigint;
  /** Second extension of `config`. */
  readonly config3: bigint;
  /** Third extension of `config`. */
  readonly config4: bigint;
}

const KNOWN_SIZE = 144;
const FLAGS = Object.entries(AttrFlag);
/** The struct that is being decoded, with zeros for what it lacks. */
const known = new Uint8Array(KNOWN_SIZE);
const view = new DataView(known.buffer);
let newest = { bits: -1n, little: true, flags: {} as AttrFlags };

/**
 * Decodes `size` bytes of `struct perf_event_attr` and moves past them.
 *
 * The struct may be older or newer than this parser: what it lacks is 0, what it has more is
 * skipped. Flag bits of big-endian recordings are mirrored, as C bit-fields are.
 *
 * @throws {FormatError} If `size` is below 64 or more than what remains.
 */
export function decodeAttr(body: Cursor, size: number): EventAttr {
  const start = body.take(size);
  if (size < ATTR_SIZE_VER0) {
    throw new FormatError("corrupt", {
      structure: "perf_event_attr",
      offset: body.base + start,
      expected: `size >= ${ATTR_SIZE_VER0}`,
      actual: `size ${size}`,
    });
  }
  const { little } = body;
  known.fill(0).set(body.bytes.subarray(start, start + Math.min(size, KNOWN_SIZE)));
  const u32 = (at: number) => view.getUint32(at, little);
  const u64 = (at: number) => view.getBigUint64(at, little);
  const flagBits = u64(40);
  const action = u32(116);
  const actionBit = (n: number) => (action >>> (little ? n : 31 - n) & 1) === 1;
  return {
    type: u32(0),
    size,
    config: u64(8),
    samplePeriod: u64(16),
    sampleType: u64(24),
    readFormat: u64(32),
    flags: flagsOf(flagBits, little),
    preciseIp: Number(flagBits >> (little ? 15n : 47n) & 3n),
    wakeup: u32(48),
    bpType: u32(52),
    config1: u64(56),
    config2: u64(64),
    branchSampleType: u64(72),
    sampleRegsUser: u64(80),
    sampleStackUser: u32(88),
    clockid: view.getInt32(92, little),
    sampleRegsIntr: u64(96),
    auxWatermark: u32(104),
    sampleMaxStack: view.getUint16(108, little),
    auxSampleSize: u32(112),
    auxAction: { startPaused: actionBit(0), pause: actionBit(1), resume: actionBit(2) },
    sigData: u64(120),
    config3: u64(128),
    config4: u64(136),
  };
}

/** The flags of an event, shared with the event before if that has the same, as in most recordings. */
function flagsOf(bits: bigint, little: boolean): AttrFlags {
  if (bits !== newest.bits || little !== newest.little) {
    const bit = (n: number) => (bits >> BigInt(little ? n : 63 - n) & 1n) === 1n;
    const flags = Object.fromEntries(FLAGS.map(([name, n]) => [name, bit(n)])) as AttrFlags;
    newest = { bits, little, flags };
  }
  return newest.flags;
}

/** Names of the bits that are set in a `sample_type`, without `PERF_SAMPLE_`. */
export function sampleTypeNames(sampleType: bigint): string[] {
  return Object.entries(SampleType)
    .filter(([, bit]) => (sampleType & BigInt(bit)) !== 0n)
    .map(([name]) => name.replace(/(?<=.)([A-Z])/g, "_$1").toUpperCase());
}
