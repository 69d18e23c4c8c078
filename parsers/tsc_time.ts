/**
 * How times follow from the timestamp counter: the fields of the same names of an AUXTRACE_INFO or
 * TIME_CONV record. Source: perf_event.h `struct perf_event_mmap_page`.
 */
export interface TscTime {
  /** Bits by which the product of ticks and `timeMult` is shifted right; at most 63. */
  readonly timeShift: bigint;
  /** Factor for ticks; not 0. */
  readonly timeMult: bigint;
  /** Time at tick 0, in nanoseconds; wraps. */
  readonly timeZero: bigint;
  /** Ticks at which a short counter was last extended. */
  readonly timeCycles?: bigint | null;
  /** Bits of a short counter. */
  readonly timeMask?: bigint | null;
  /** Whether the counter is short, and the two are valid. */
  readonly capUserTimeShort?: boolean;
}

/**
 * Completes the payload of a TSC packet, the lower 56 bits of the counter: gives the value with
 * these bits that is nearest to `reference`.
 *
 * @param reference A value of the whole counter less than 2^55 ticks away, as the `reference` of an
 * AUXTRACE record is.
 */
export function completeTsc(tsc: bigint, reference: bigint): bigint {
  return BigInt.asUintN(64, reference + BigInt.asIntN(56, tsc - reference));
}

/**
 * Converts a value of the timestamp counter to the recording's time in nanoseconds, modulo 2^64.
 *
 * @throws {RangeError} If `timeShift` or `timeMult` is out of range.
 */
export function tscToNs(tsc: bigint, time: TscTime): bigint {
  assertUsable(time);
  const { timeShift, timeMult, timeZero, timeCycles = null, timeMask = null } = time;
  let ticks = tsc;
  if (time.capUserTimeShort && timeCycles !== null && timeMask !== null) {
    ticks = BigInt.asUintN(64, timeCycles + (tsc - timeCycles & timeMask));
  }
  const whole = (ticks >> timeShift) * timeMult;
  const part = BigInt.asUintN(Number(timeShift), ticks) * timeMult >> timeShift;
  return BigInt.asUintN(64, timeZero + whole + part);
}

/**
 * Converts a time of the recording in nanoseconds to the value of the timestamp counter, modulo
 * 2^64.
 *
 * @throws {RangeError} If `timeShift` or `timeMult` is out of range.
 */
export function nsToTsc(ns: bigint, time: TscTime): bigint {
  assertUsable(time);
  const { timeShift, timeMult, timeZero } = time;
  const elapsed = BigInt.asUintN(64, ns - timeZero);
  const whole = elapsed / timeMult << timeShift;
  const part = (elapsed % timeMult << timeShift) / timeMult;
  return BigInt.asUintN(64, whole + part);
}

function assertUsable({ timeShift, timeMult }: TscTime): void {
  if (timeShift < 0n || timeShift > 63n) {
    throw new RangeError(`Cannot convert time: expected timeShift 0 to 63, got ${timeShift}`);
  }
  if (timeMult <= 0n) {
    throw new RangeError(`Cannot convert time: expected timeMult > 0, got ${timeMult}`);
  }
}
