/** Joins the halves of a 64-bit value. */
export function joinU64(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Writes a size or count of 64 bits: beyond 2^53, where numbers are not exact, as a lower bound. */
export function sizeText(value: number): string {
  return value < Number.MAX_SAFE_INTEGER ? `${value}` : `at least ${Number.MAX_SAFE_INTEGER}`;
}

/** Writes a position of 64 bits: beyond 2^53, where numbers are not exact, as a lower bound. */
export function offsetText(value: number): string {
  const exact = Math.min(value, Number.MAX_SAFE_INTEGER);
  return `0x${exact.toString(16)}${value < Number.MAX_SAFE_INTEGER ? "" : " or beyond"}`;
}

/**
 * What a field that can pass 2^31 holds before its first value: NaN. V8 keeps a field that starts as
 * a float as one. A field that starts as a small integer is changed by the first large number, and
 * all compiled code that knows the object is thrown away, in the middle of a large recording.
 */
export const FLOAT = NaN;
