/** What the AUX records of a queue say, summed up. */
export interface AnnouncedSummary {
  /** Number of AUX records. */
  readonly records: number;
  /** Sum of `aux_size`: the announced bytes. */
  readonly bytes: number;
  /** The same without the first record: what came between the first time and the last. */
  readonly bytesAfterFirst: number;
  /** Time from the first record that has one to the newest, in ns; null without one. */
  readonly spanNs: number | null;
  /** Time of the newest record that ends at or before `tail`; null if it has none. */
  timeAt(tail: bigint): bigint | null;
  /** The one position in `[low, high]` where records end; null if there are several, or none. */
  onlyEndWithin(low: bigint, high: bigint): bigint | null;
}
