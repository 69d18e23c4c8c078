import { zstdStream } from "./_node_zlib.ts";
import type { ZstdDecoder } from "./parsers/perf/mod.ts";

const FIRST_SIZE = 1 << 14;

/** Decodes zstd with `node:zlib`, piece by piece and without waiting. */
export function nodeZstd(): ZstdDecoder {
  const stream = zstdStream(FIRST_SIZE);
  return { decode: (piece, maxSize) => stream.pass(piece, maxSize), close: () => stream.close() };
}
