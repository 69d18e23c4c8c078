/**
 * Kinds that every payload format has besides its packets: bytes that are none.
 *
 * The packets of a format are numbered from 3 on.
 */
export const Mark = {
  /** A byte at which no packet starts that the format knows; size 1. */
  Bad: 0,
  /** Bytes that were passed over on the way to the next sync point. */
  Skipped: 1,
  /** The beginning of a packet that the end of the stream cut. */
  Cut: 2,
} as const;

/**
 * What the decoders of all payload formats have in common: a cursor over one stream of bytes that
 * comes in pieces.
 *
 * The bytes are borrowed until the next {@linkcode PacketCursor.refill}. Wherever a stream is cut
 * into pieces, the packets and marks are the same.
 */
export interface PacketCursor {
  /** What stands under the cursor: a kind of the format, or a {@linkcode Mark}. */
  readonly kind: number;
  /** Position of its first byte in the stream. */
  readonly offset: number;
  /** Its bytes, as far as they are at hand, are `bytes.subarray(start, start + size)`. */
  readonly bytes: Uint8Array;
  /** Index of its first byte in `bytes`; of skipped bytes it means nothing. */
  readonly start: number;
  /** Number of its bytes. */
  readonly size: number;
  /**
   * After `next()` returned false: how many of the last bytes were not used. The next piece has to
   * begin with them.
   */
  readonly rest: number;
  /** Continues with the next piece: the `rest` of the one before, then new bytes. */
  refill(bytes: Uint8Array): void;
  /** Says that no more bytes follow: what is left becomes marks. */
  end(): void;
  /** Moves to the next packet or mark; false where the bytes, or all of them, are used up. */
  next(): boolean;
}

/** Counts the packets of a stream by kind, without stopping at each. */
export interface PacketScan {
  /** Number of packets, or marks, by kind. */
  readonly packets: Float64Array;
  /** Number of their bytes, by kind. */
  readonly bytes: Float64Array;
  /** First and last timestamp in ticks of the trace's clock; null if there was none. */
  readonly firstTicks: bigint | null;
  /** See `firstTicks`. */
  readonly lastTicks: bigint | null;
  /**
   * Counts the packets of a piece.
   *
   * @returns How many of the last bytes were not used: the next piece has to begin with them.
   */
  push(bytes: Uint8Array): number;
  /** Says that no more bytes follow the last piece. */
  end(): void;
  /**
   * After `end()`: whether a packet ended with the last byte, so that the next byte starts one. Of
   * formats without sync points it means nothing.
   */
  readonly endsInSync: boolean;
}
