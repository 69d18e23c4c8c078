import { zstdStream } from "./_node_zlib.ts";

const FIRST_SIZE = 1 << 16;

/** Compresses pieces of one stream that never ends, as `perf record -z` does. */
export interface ZstdEncoder {
  /**
   * Compresses the next piece and flushes, so that all of it can be decoded at once.
   *
   * @returns The compressed bytes, valid until the next call.
   */
  encode(piece: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Releases the context. */
  close(): void;
}

/**
 * Starts a zstd stream of `node:zlib` that compresses without waiting.
 *
 * @param level 1, the fastest, to 22.
 */
export function nodeZstdEncoder(level: number): ZstdEncoder {
  const stream = zstdStream(FIRST_SIZE, level);
  return { encode: (piece) => stream.pass(piece, Infinity), close: () => stream.close() };
}
