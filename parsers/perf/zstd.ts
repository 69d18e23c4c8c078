/**
 * Decodes one zstd stream, piece by piece.
 *
 * `perf record -z` writes one frame that never ends and flushes it at every record, so each
 * piece decodes at once to all that went into it, with the history of the pieces before.
 */
export interface ZstdDecoder {
  /**
   * Decodes the next piece of the stream. The result may be overwritten by the next call.
   *
   * @throws {Error} If the bytes are damaged, or decode to more than `maxSize` bytes.
   */
  decode(piece: Uint8Array, maxSize: number): Uint8Array;
  /** Releases what the decoder holds; called at the end of the stream. */
  close?(): void;
}

/** Starts a decoder. The parsers contain none, so that they run anywhere: it is injected. */
export type Zstd = () => ZstdDecoder;
