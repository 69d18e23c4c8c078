import type { ZstdDecoder } from "../parsers/perf/mod.ts";

/** Size of the buffer of the stream itself, which is not used; the smallest that it takes. */
const LEAST_CHUNK = 64;
const FIRST_DECODED_SIZE = 1 << 14;
const FIRST_ENCODED_SIZE = 1 << 16;

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
 * Decodes zstd with `node:zlib`, piece by piece and without waiting.
 *
 * @throws {Error} If this runtime has no zstd: Deno has, and Node.js from 22.15 on.
 */
export function nodeZstd(): ZstdDecoder {
  const stream = zstdStream(FIRST_DECODED_SIZE);
  return { decode: (piece, maxSize) => stream.pass(piece, maxSize), close: () => stream.close() };
}

/**
 * Starts a zstd stream of `node:zlib` that compresses without waiting.
 *
 * @param level 1, the fastest, to 22.
 */
export function nodeZstdEncoder(level: number): ZstdEncoder {
  const stream = zstdStream(FIRST_ENCODED_SIZE, level);
  return { encode: (piece) => stream.pass(piece, Infinity), close: () => stream.close() };
}

/** The parts of `node:zlib` that are used; `process` gives it without an asynchronous import. */
interface Zlib {
  createGunzip(options: StreamOptions): ZlibStream;
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

/** A stream of `node:zlib`, and what lies below it. */
export interface ZlibStream {
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
interface ZstdStream {
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
 * below them, step by step; that also stops a piece that decodes to too much as soon as it does.
 * The handle is internal to Node.js. Tried on Deno 2.9.6 and Node.js 22.
 *
 * @param firstSize Size of the first output buffer, which grows as needed.
 * @throws {Error} If this runtime has no zstd, or its handle is another one.
 */
function zstdStream(firstSize: number, level?: number): ZstdStream {
  const zlib = findZlib();
  if (typeof zlib?.createZstdDecompress !== "function") {
    throw new Error("This runtime has no zstd in node:zlib: Deno and Node.js 22.15 have");
  }
  const { constants } = zlib;
  const stream = level === undefined
    ? zlib.createZstdDecompress({ chunkSize: LEAST_CHUNK })
    : zlib.createZstdCompress({
      chunkSize: LEAST_CHUNK,
      params: { [constants.ZSTD_c_compressionLevel]: level },
    });
  const handle = requireHandle(stream);
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

/** Finds `node:zlib`; undefined where the runtime has none. */
export function findZlib(): Zlib | undefined {
  const { process } = globalThis as unknown as {
    process?: { getBuiltinModule?(name: "node:zlib"): Zlib | undefined };
  };
  return process?.getBuiltinModule?.("node:zlib");
}

/**
 * Returns the handle of a stream.
 *
 * @throws {Error} If the internals of `node:zlib` are no longer those that {@linkcode zstdStream}
 * drives.
 */
export function requireHandle(stream: Partial<ZlibStream>): ZlibHandle {
  const { _handle: handle, _writeState: state } = stream;
  if (typeof handle?.writeSync === "function" && state instanceof Uint32Array) return handle;
  throw new Error(
    "node:zlib of this runtime has no _handle.writeSync() or no _writeState: system/zstd.ts, which " +
      "was tried on Deno 2.9.6, must be adapted to it",
  );
}
