/** Joins the halves of a 64-bit value. */
export function joinU64(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/**
 * What a field that can pass 2^31 holds before its first value: NaN. V8 keeps a field that starts as
 * a float as one. A field that starts as a small integer is changed by the first large number, and
 * all compiled code that knows the object is thrown away, in the middle of a large recording.
 */
export const FLOAT = NaN;
