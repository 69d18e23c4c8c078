/** Size of the buffer of the stream itself, which is not used; the least that it takes. */
const LEAST_CHUNK = 64;

/** What is used of `node:zlib`, which `process` brings without an asynchronous import. */
interface Zlib {
  createZstdCompress(options: StreamOptions): ZlibStream;
  createZstdDecompress(options: StreamOptions): ZlibStream;
  readonly constants: {
    readonly "ZSTD_e_flush": number;
    readonly "ZSTD_c_compressionLevel": number;
  };
}

interface StreamOptions {
  readonly chunkSize: number;
  readonly params?: Readonly<Record<number, number>>;
}

interface ZlibStream {
  /** `[free output bytes, unread input bytes]` after each step. */
  readonly _writeState: Uint32Array;
  readonly _handle: ZlibHandle;
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

/** A zstd stream that is never ended. */
export interface ZstdStream {
  /**
   * Passes the next piece through and flushes.
   *
   * @param maxSize Most bytes that may come out.
   * @returns What came out, valid until the next call.
   * @throws {Error} If zlib refuses the piece, or more comes out.
   */
  pass(piece: Uint8Array, maxSize: number): Uint8Array<ArrayBuffer>;
  /** Releases the native memory. */
  close(): void;
}

/**
 * Opens a zstd stream of `node:zlib` that works without waiting: it compresses where a level is
 * given, else it decompresses.
 *
 * The stream's own synchronous methods end the stream after one call, so this drives the handle
 * below them, step by step; that also stops a piece that decodes to too much where it does.
 *
 * @param firstSize Size of the first output buffer, which grows as needed.
 */
export function zstdStream(firstSize: number, level?: number): ZstdStream {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: "node:zlib"): Zlib };
  };
  const zlib = process.getBuiltinModule("node:zlib");
  const { constants } = zlib;
  const stream = level === undefined
    ? zlib.createZstdDecompress({ chunkSize: LEAST_CHUNK })
    : zlib.createZstdCompress({
      chunkSize: LEAST_CHUNK,
      params: { [constants.ZSTD_c_compressionLevel]: level },
    });
  const handle = stream._handle;
  let output = new Uint8Array(firstSize);
  let failure: string | null = null;
  handle.onerror = (message) => failure = message;
  return {
    pass(piece, maxSize) {
      let size = 0;
      let left = piece.length;
      for (;;) {
        const room = output.length - size;
        const at = piece.length - left;
        handle.writeSync(constants.ZSTD_e_flush, piece, at, left, output, size, room);
        if (failure !== null) throw new Error(failure);
        const [free = 0, unread = 0] = stream._writeState;
        size += room - free;
        left = unread;
        if (size > maxSize) throw new Error("more than that");
        if (free > 0) return output.subarray(0, size);
        const more = new Uint8Array(Math.min(output.length * 2, maxSize + 1));
        more.set(output);
        output = more;
      }
    },
    close: () => handle.close(),
  };
}
