import { constants, createZstdCompress } from "node:zlib";
import type { ZstdDecoder } from "../parsers/perf/mod.ts";

/**
 * Compresses ring data as `perf record -z` does: one streaming context for a whole recording,
 * flushed for each record, never ended. Source: tools/perf/util/zstd.c.
 */
export class ZstdRing {
  #stream = createZstdCompress();
  #parts: Uint8Array[] = [];

  /** Starts the context. */
  constructor() {
    this.#stream.on("data", (part: Uint8Array) => this.#parts.push(part));
  }

  /** Compresses `bytes` and returns what the context has to say since the last call. */
  async flush(bytes: Uint8Array): Promise<Uint8Array> {
    this.#stream.write(bytes);
    await new Promise<void>((done) => this.#stream.flush(constants.ZSTD_e_flush, () => done()));
    return concat(this.#parts.splice(0));
  }

  /** Drops the context. */
  [Symbol.dispose](): void {
    this.#stream.destroy();
  }
}

/** Joins byte arrays. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** All that a piece decodes to, read `step` bytes at a time. */
export function decoded(decoder: ZstdDecoder, piece: Uint8Array, step = 10_000): Uint8Array {
  decoder.push(piece);
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(step);
    const count = decoder.read(part);
    if (count === 0) return concat(parts);
    parts.push(part.subarray(0, count));
  }
}
