import { BTS_RECORD_SIZE } from "./packet_kind.ts";

/**
 * Finds how much of a snapshot the one before it has already: the longest run of whole records
 * that ends `older` and begins `newer`.
 *
 * Both are taken from their first byte on in whole records. Time is linear in both sizes whatever
 * they hold, memory is 4 bytes per record of the smaller one.
 *
 * @example Two snapshots of a ring, the newer one a record later
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { btsOverlap } from "@auxtail/auxtail/intel-bts";
 *
 * const records = Uint8Array.from({ length: 96 }, (_, i) => i);
 * assertEquals(btsOverlap(records.subarray(0, 72), records.subarray(24)), 48);
 * ```
 *
 * @returns Number of bytes at the beginning of `newer` to leave out; a multiple of 24.
 */
export function btsOverlap(older: Uint8Array, newer: Uint8Array): number {
  const olderCount = Math.floor(older.length / BTS_RECORD_SIZE);
  const count = Math.min(olderCount, Math.floor(newer.length / BTS_RECORD_SIZE));
  const isSame = comparison(older, newer);
  const isSameInNewer = comparison(newer, newer);

  // Knuth, Morris, Pratt. borders[i]: the longest run of fewer than i records that begins newer
  // and ends its first i records.
  const borders = new Uint32Array(count + 1);
  let matched = 0;
  for (let i = 1; i < count; i++) {
    while (matched > 0 && !isSameInNewer(i, matched)) matched = borders[matched]!;
    if (isSameInNewer(i, matched)) matched++;
    borders[i + 1] = matched;
  }
  matched = 0;
  for (let i = olderCount - count; i < olderCount; i++) {
    while (matched > 0 && !isSame(i, matched)) matched = borders[matched]!;
    if (isSame(i, matched)) matched++;
  }
  return matched * BTS_RECORD_SIZE;
}

/** Compares a record of `a` with one of `b`, by number. */
function comparison(a: Uint8Array, b: Uint8Array): (i: number, j: number) => boolean {
  return (i, j) => {
    const start = i * BTS_RECORD_SIZE;
    const other = j * BTS_RECORD_SIZE;
    for (let k = 0; k < BTS_RECORD_SIZE; k++) {
      if (a[start + k] !== b[other + k]) return false;
    }
    return true;
  };
}
