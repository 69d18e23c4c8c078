/**
 * Decodes one zstd stream, which comes in pieces.
 *
 * `perf record -z` writes one frame that never ends and flushes it at every record, so that a piece
 * decodes at once to all that went into it, with the history of the pieces before. How much that is
 * does not matter for the memory: the caller takes it bit by bit.
 */
export interface ZstdDecoder {
  /**
   * Takes the next piece of the stream, after all of the piece before was read.
   *
   * @param piece Borrowed until {@linkcode read} returns 0.
   */
  push(piece: Uint8Array): void;
  /**
   * Decodes some of the piece into `into`, which has room for a byte at least.
   *
   * @returns Number of bytes; 0 only if the piece has no more.
   * @throws {Error} If the bytes are damaged.
   */
  read(into: Uint8Array): number;
  /** Releases what the decoder holds; called at the end of the stream. */
  close?(): void;
}

/** Starts a decoder. The parsers contain none, so that they run anywhere: it is injected. */
export type Zstd = () => ZstdDecoder;
