import type { ZstdDecoder } from "./parsers/perf/mod.ts";

/** Size of the first output buffer, which grows as needed. */
const STEP = 1 << 14;
/** Size of the buffer of the stream itself, which is not used; the least that it takes. */
const LEAST_CHUNK = 64;

/** What is used of `node:zlib`, which `process` brings without an asynchronous import. */
interface Zlib {
  createZstdDecompress(options: { readonly chunkSize: number }): {
    /** `[free output bytes, unread input bytes]` after each step. */
    readonly _writeState: Uint32Array;
    readonly _handle: ZlibHandle;
  };
  readonly constants: { readonly "ZSTD_e_flush": number };
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

/**
 * Decodes zstd with `node:zlib`, piece by piece and without waiting.
 *
 * The stream's own synchronous methods end the stream after one call, so this drives the handle
 * below them, step by step; that also stops a piece that decodes to too much where it does.
 */
export function nodeZstd(): ZstdDecoder {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: "node:zlib"): Zlib };
  };
  const { createZstdDecompress, constants } = process.getBuiltinModule("node:zlib");
  const stream = createZstdDecompress({ chunkSize: LEAST_CHUNK });
  const handle = stream._handle;
  let decoded = new Uint8Array(STEP);
  let failure: string | null = null;
  handle.onerror = (message) => failure = message;
  return {
    decode(piece, maxSize) {
      let size = 0;
      let left = piece.length;
      for (;;) {
        const room = decoded.length - size;
        const at = piece.length - left;
        handle.writeSync(constants.ZSTD_e_flush, piece, at, left, decoded, size, room);
        if (failure !== null) throw new Error(failure);
        const [free = 0, unread = 0] = stream._writeState;
        size += room - free;
        left = unread;
        if (size > maxSize) throw new Error("more than that");
        if (free > 0) return decoded.subarray(0, size);
        decoded = grown(decoded, Math.min(decoded.length * 2, maxSize + 1));
      }
    },
    close: () => handle.close(),
  };
}

function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(size);
  more.set(bytes);
  return more;
}
