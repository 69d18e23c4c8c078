/** Size of the first output buffer, which grows as needed. */
const STEP = 1 << 16;
/** Size of the buffer of the stream itself, which is not used; the least that it takes. */
const LEAST_CHUNK = 64;

/** What is used of `node:zlib`, which `process` brings without an asynchronous import. */
interface Zlib {
  createZstdCompress(options: {
    readonly chunkSize: number;
    readonly params: Readonly<Record<number, number>>;
  }): {
    /** `[free output bytes, unread input bytes]` after each step. */
    readonly _writeState: Uint32Array;
    readonly _handle: ZlibHandle;
  };
  readonly constants: {
    readonly "ZSTD_e_flush": number;
    readonly "ZSTD_c_compressionLevel": number;
  };
}

interface ZlibHandle {
  close(): void;
  onerror: (message: string) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputSize: number,
    output: Uint8Array,
    outputAt: number,
    outputSize: number,
  ): void;
}

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
 * The stream's own synchronous methods end the stream after one call, so this drives the handle
 * below them, step by step.
 *
 * @param level 1, the fastest, to 22.
 */
export function nodeZstdEncoder(level: number): ZstdEncoder {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: "node:zlib"): Zlib };
  };
  const { createZstdCompress, constants } = process.getBuiltinModule("node:zlib");
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  const stream = createZstdCompress({ chunkSize: LEAST_CHUNK, params });
  const handle = stream._handle;
  let encoded = new Uint8Array(STEP);
  let failure: string | null = null;
  handle.onerror = (message) => failure = message;
  return {
    encode(piece) {
      let size = 0;
      let left = piece.length;
      for (;;) {
        const room = encoded.length - size;
        const at = piece.length - left;
        handle.writeSync(constants.ZSTD_e_flush, piece, at, left, encoded, size, room);
        if (failure !== null) throw new Error(`Cannot compress: ${failure}`);
        const [free = 0, unread = 0] = stream._writeState;
        size += room - free;
        left = unread;
        if (free > 0) return encoded.subarray(0, size);
        const more = new Uint8Array(2 * encoded.length);
        more.set(encoded);
        encoded = more;
      }
    },
    close: () => handle.close(),
  };
}
