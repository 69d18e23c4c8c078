import { builtinModule } from "./builtin_module.ts";
import type { ZstdDecoder } from "../parsers/perf/mod.ts";

/** Size of the buffer of the stream itself, which is not used; the smallest that it takes. */
const LEAST_CHUNK = 64;
const FIRST_ENCODED_SIZE = 1 << 16;
const NO_BYTES = new Uint8Array(0);
const NO_ZSTD = "This runtime has no zstd in node:zlib: Deno and Node.js 22.15 have";

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
  const stream = zstdStream();
  let piece: Uint8Array = NO_BYTES;
  let at = 0;
  return {
    push(next) {
      piece = next;
      at = 0;
    },
    read(into) {
      let size = 0;
      for (;;) {
        const [read, written] = stream.step(piece.subarray(at), into.subarray(size));
        at += read;
        size += written;
        // After the end of a frame a step reads no further: the next one may follow.
        if (size === into.length || at === piece.length) return size;
        if (read === 0 && written === 0) throw new Error("zstd does not continue");
      }
    },
    close: () => stream.close(),
  };
}

/**
 * Starts a zstd stream of `node:zlib` that compresses without waiting.
 *
 * @param level 1, the fastest, to 22.
 */
export function nodeZstdEncoder(level: number): ZstdEncoder {
  const stream = zstdStream(level);
  let output = new Uint8Array(FIRST_ENCODED_SIZE);
  return {
    encode(piece) {
      let size = 0;
      let at = 0;
      for (;;) {
        const [read, written] = stream.step(piece.subarray(at), output.subarray(size));
        at += read;
        size += written;
        if (size < output.length) return output.subarray(0, size);
        const more = new Uint8Array(output.length * 2);
        more.set(output);
        output = more;
      }
    },
    close: () => stream.close(),
  };
}

/**
 * Compresses bytes to one zstd frame.
 *
 * @param level 1, the fastest, to 22.
 * @throws {Error} If this runtime has no zstd.
 */
export function zstdFrame(bytes: Uint8Array, level: number): Uint8Array {
  const zlib = findZlib();
  if (typeof zlib?.zstdCompressSync !== "function") throw new Error(NO_ZSTD);
  return zlib.zstdCompressSync(bytes, {
    params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
  });
}

/** What is used of `node:zlib`. */
interface Zlib {
  createGunzip(options: StreamOptions): ZlibStream;
  createZstdCompress(options: StreamOptions): ZlibStream;
  createZstdDecompress(options: StreamOptions): ZlibStream;
  zstdCompressSync(bytes: Uint8Array, options: Pick<StreamOptions, "params">): Uint8Array;
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
   * Passes bytes through and flushes, as far as there is room.
   *
   * @returns Number of bytes that went in, and of those that came out.
   * @throws {Error} If zlib refuses the bytes.
   */
  step(input: Uint8Array, output: Uint8Array): [read: number, written: number];
  /** Releases the native memory. */
  close(): void;
}

/**
 * Opens a zstd stream of `node:zlib` that works without waiting: it compresses where a level is
 * given, else it decompresses.
 *
 * The stream's own synchronous methods end the stream after one call, so this drives the handle
 * below them, step by step, which also bounds what comes out at once. The handle is internal to
 * Node.js. Tried on Deno 2.9.6, Node.js 22.15 and 24.21.
 *
 * @throws {Error} If this runtime has no zstd, or its handle is another one.
 */
function zstdStream(level?: number): ZstdStream {
  const zlib = findZlib();
  if (typeof zlib?.createZstdDecompress !== "function") {
    throw new Error(NO_ZSTD);
  }
  const { constants } = zlib;
  const stream = level === undefined
    ? zlib.createZstdDecompress({ chunkSize: LEAST_CHUNK })
    : zlib.createZstdCompress({
      chunkSize: LEAST_CHUNK,
      params: { [constants.ZSTD_c_compressionLevel]: level },
    });
  const handle = requireHandle(stream);
  let failure: string | null = null;
  handle.onerror = (message) => failure = message;
  return {
    step(input, output) {
      const { length } = output;
      handle.writeSync(constants.ZSTD_e_flush, input, 0, input.length, output, 0, length);
      if (failure !== null) throw new Error(failure);
      const [free = 0, unread = 0] = stream._writeState;
      return [input.length - unread, length - free];
    },
    close: () => handle.close(),
  };
}

/** Finds `node:zlib`; undefined where the runtime has none. */
export function findZlib(): Zlib | undefined {
  return builtinModule<Zlib>("node:zlib");
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
