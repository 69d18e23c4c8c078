import type { Cursor } from "../internal.ts";
import { type AuxtraceInfoBase, optionalWord } from "./auxtrace_info_base.ts";
import { restWords } from "./_fields.ts";

/** How record times follow from TSC: the fields of the same names in `perf_event_mmap_page`. */
export interface TscConversion {
  /** Bits by which the product of ticks and `timeMult` is shifted right. */
  readonly timeShift: bigint;
  /** Factor for TSC ticks. */
  readonly timeMult: bigint;
  /** Time at TSC 0, in nanoseconds; wraps. */
  readonly timeZero: bigint;
  /** Whether the three are valid. */
  readonly capUserTimeZero: boolean;
}

/**
 * Intel PT. The `...Mask` words tell which bits of the PT event's `attr.config` hold a setting.
 * What an older perf did not write is `null`. Source: perf's `util/intel-pt.h`.
 */
export interface IntelPtInfo extends AuxtraceInfoBase, TscConversion {
  /** Names the variant. */
  readonly type: "intel_pt";
  /** What the PT event has in `attr.type`. */
  readonly pmuType: number;
  /** Setting: TSC packets. */
  readonly tscMask: bigint;
  /** Setting: no compressed returns. */
  readonly noretcompMask: bigint;
  /** 0 no context switches, 1 `sched_switch` events, 2 SWITCH records, 3 those of all CPUs. */
  readonly haveSchedSwitch: number;
  /** Whether each CPU has a ring, rather than each thread. */
  readonly perCpuMmaps: boolean;
  /** Setting: MTC packets. */
  readonly mtcMask: bigint | null;
  /** Setting: period of MTC packets. */
  readonly mtcPeriodMask: bigint | null;
  /** Numerator of TSC ticks to crystal clock ticks. */
  readonly tscCtcNumerator: bigint | null;
  /** Denominator of TSC ticks to crystal clock ticks. */
  readonly tscCtcDenominator: bigint | null;
  /** Setting: CYC packets. */
  readonly cycMask: bigint | null;
  /** Highest ratio of core to bus clock without turbo. */
  readonly maxNonTurboRatio: bigint | null;
  /** Address filter as given to perf, empty if none was. */
  readonly filter: string | null;
  /** Whether the CPU has event tracing. */
  readonly capEventTrace: boolean | null;
}

/** Intel BTS. Source: perf's `util/intel-bts.h`. */
export interface IntelBtsInfo extends AuxtraceInfoBase, TscConversion {
  /** Names the variant. */
  readonly type: "intel_bts";
  /** What the BTS event has in `attr.type`. */
  readonly pmuType: number;
}

/** Decodes the words of Intel PT. */
export function decodeIntelPt(body: Cursor, typeId: number): IntelPtInfo {
  const pmuType = Number(body.u64());
  const conversion = decodeTscConversion(body);
  return {
    type: "intel_pt",
    typeId,
    pmuType,
    ...conversion,
    tscMask: body.u64(),
    noretcompMask: body.u64(),
    haveSchedSwitch: Number(body.u64()),
    snapshot: body.u64() !== 0n,
    perCpuMmaps: body.u64() !== 0n,
    mtcMask: optionalWord(body),
    mtcPeriodMask: optionalWord(body),
    tscCtcNumerator: optionalWord(body),
    tscCtcDenominator: optionalWord(body),
    cycMask: optionalWord(body),
    maxNonTurboRatio: optionalWord(body),
    filter: decodeFilter(body),
    capEventTrace: decodeOptionalFlag(body),
    moreWords: [...restWords(body)],
  };
}

/** Decodes the words of Intel BTS. */
export function decodeIntelBts(body: Cursor, typeId: number): IntelBtsInfo {
  const pmuType = Number(body.u64());
  const conversion = decodeTscConversion(body);
  const snapshot = body.u64() !== 0n;
  return {
    type: "intel_bts",
    typeId,
    pmuType,
    ...conversion,
    snapshot,
    moreWords: [...restWords(body)],
  };
}

function decodeTscConversion(body: Cursor): TscConversion {
  return {
    timeShift: body.u64(),
    timeMult: body.u64(),
    timeZero: body.u64(),
    capUserTimeZero: body.u64() !== 0n,
  };
}

/** The length does not count the NUL; length, NUL and padding are there only with a text. */
function decodeFilter(body: Cursor): string | null {
  if (body.remaining < 8) return null;
  const length = body.count64(1);
  return length === 0 ? "" : body.text(8 * Math.floor(length / 8) + 8);
}

function decodeOptionalFlag(body: Cursor): boolean | null {
  const word = optionalWord(body);
  return word === null ? null : word !== 0n;
}
