/** Bytes `[offset, offset + size)` of an AUX ring, as at most two views of its memory. */
export interface AuxSpan {
  /** Position of the first byte: a count of bytes since the ring was made. */
  readonly offset: bigint;
  /** Bytes in both views together. */
  readonly size: number;
  /** The bytes from `offset` on, at most to the end of the ring. */
  readonly first: Uint8Array;
  /** The rest, from the start of the ring; empty if the run does not wrap. */
  readonly second: Uint8Array;
}

/**
 * Finds the bytes between two positions of a ring, without copying them.
 *
 * The views are valid until the ring's writer may use their bytes again, or its memory is gone. The
 * ring may have any size: positions are taken modulo its length.
 *
 * @example A run that wraps
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { auxSpan } from "@auxtail/auxtail/auxtrace";
 *
 * const { first, second } = auxSpan(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), 14n, 17n);
 * assertEquals([[...first], [...second]], [[6, 7], [0]]);
 * ```
 *
 * @param ring The AUX memory.
 * @param offset Position of the first byte, at least 0.
 * @param end Position after the last byte.
 * @throws {RangeError} If the run is longer than the ring, or ends before it starts.
 */
export function auxSpan(ring: Uint8Array, offset: bigint, end: bigint): AuxSpan {
  const size = Number(end - offset);
  if (offset < 0n || size < 0 || size > ring.length) {
    throw new RangeError(
      `Cannot take bytes ${offset} to ${end} of a ring: expected 0 to ${ring.length} bytes, got ${size}`,
    );
  }
  const start = size === 0 ? 0 : Number(offset % BigInt(ring.length));
  const first = ring.subarray(start, start + size);
  return { offset, size, first, second: ring.subarray(0, size - first.length) };
}

/**
 * Drops what exceeds whole items at the end of the first view; `offset` stays.
 *
 * perf records Intel BTS so, in full trace and in snapshots: its records of 24 bytes never cross
 * the end of the buffer, and the space left there is no record. Source: perf's
 * `__auxtrace_mmap__read()`.
 *
 * @example The 8 bytes after a BTS record at the end of a ring
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { alignSpan, auxSpan } from "@auxtail/auxtail/auxtrace";
 *
 * const span = alignSpan(auxSpan(new Uint8Array(32), 0n, 32n), 24);
 * assertEquals([span.size, span.first.length], [24, 24]);
 * ```
 *
 * @param alignment Size of an item in bytes: 24 for Intel BTS.
 */
export function alignSpan(span: AuxSpan, alignment: number): AuxSpan {
  const dropped = span.first.length % alignment;
  if (dropped === 0) return span;
  const first = span.first.subarray(0, span.first.length - dropped);
  return { ...span, size: span.size - dropped, first };
}
