/** Encodes Intel BTS records: values in, bytes out. */

/** A record. */
export interface BtsValues {
  /** Address of the branch. */
  readonly from: bigint;
  /** Address that it went to. */
  readonly to: bigint;
  /** The word of flags; bit 4 is set where the branch was predicted. */
  readonly misc?: bigint;
}

/** Encodes records one after another. */
export function btsBytes(records: readonly BtsValues[]): Uint8Array {
  const words = records.flatMap(({ from, to, misc = 0n }) => [from, to, misc]);
  const view = new DataView(new ArrayBuffer(8 * words.length));
  words.forEach((word, index) => view.setBigUint64(8 * index, word, true));
  return new Uint8Array(view.buffer);
}
