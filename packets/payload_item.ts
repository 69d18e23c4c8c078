import type { StreamStart } from "../parsers/internal.ts";

/** Bytes of a ring, or a mark between them. */
export type PayloadItem = PayloadBytes | PayloadMark;

/**
 * What is before the first of some bytes of a ring.
 *
 * `nothing`: a stream of its own starts, with the first bytes of a ring, a snapshot, an AUX sample or
 * a CoreSight fragment. `loss`: an AUX record that is truncated or partial ends here, or bytes are
 * missing, or come again. No packet continues here and the decoder's state is gone, but a packet can
 * start here if one ended before the loss. `bytes`: the bytes continue those of the item before.
 */
export type Follows = "nothing" | "loss" | "bytes";

/** What is known of the first of some bytes. */
export interface PieceStart extends StreamStart {
  /** What is before the first byte, so that a decoder knows where packets end. */
  readonly follows: Follows;
}

/** A run of bytes that lie together in the file. */
export interface PayloadBytes extends PieceStart {
  /** Discriminates the union. */
  readonly type: "bytes";
  /**
   * Position of the first byte in the ring's stream. Where a kernel of 32 bits wraps, positions
   * count on. AUX samples have none: there it counts the bytes of the queue's earlier samples.
   */
  readonly auxOffset: bigint;
  /** Number of bytes, without the padding that perf added. */
  readonly size: number;
  /** Where the bytes lie in their file; null for those of compressed records. */
  readonly fileOffset: number | null;
  /** Name of the file in a directory that holds them; null for other recordings. */
  readonly part: string | null;
  /**
   * Copies bytes from `from` on, as many as there are and `into` can hold.
   *
   * @returns How many bytes were copied; 0 at the end.
   * @throws {FormatError} If the file has become shorter.
   */
  read(from: number, into: Uint8Array): number;
}

/** Where bytes are missing, or are there twice. */
export interface PayloadMark {
  /** Discriminates the union. */
  readonly type: "mark";
  /**
   * `gap`: bytes between two chunks are in neither. `overlap`: bytes come again. `regression`: the
   * next chunk starts before the one that it follows. `missing`: announced bytes that were cut off
   * or never recorded. `truncated`, `partial`, `collision`: flags of the AUX record that ends here.
   */
  readonly mark:
    | "gap"
    | "overlap"
    | "regression"
    | "missing"
    | "truncated"
    | "partial"
    | "collision";
  /** Where in the ring's stream. */
  readonly auxOffset: bigint;
  /** Bytes that are missing, or come again; 2^53 stands for that and more; null if unknown. */
  readonly size: number | null;
}
