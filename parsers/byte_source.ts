import type { FormatError } from "./format_error.ts";

/**
 * Random access to the bytes of a recording: all that the parsers know of files.
 *
 * Reading is synchronous: a seekable file, a buffer, or in a browser's Worker a `Blob` through
 * `FileReaderSync`.
 */
export interface ByteSource {
  /** Size in bytes. */
  readonly size: number;
  /** Why the bytes end where they do, if that is too early; known when the end was read. */
  readonly failure?: FormatError | null;
  /**
   * Fills some of `into` from `offset` on and returns how many bytes: 0 only at the end, -1
   * where an asynchronous source has none yet.
   */
  read(offset: number, into: Uint8Array): number;
}

/**
 * Reads from a buffer. The bytes are borrowed, not copied, and must not change.
 *
 * @example Reading the middle of a buffer
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bytesSource } from "@auxtail/auxtail";
 *
 * const into = new Uint8Array(4);
 * assertEquals(bytesSource(new Uint8Array([1, 2, 3])).read(1, into), 2);
 * assertEquals([...into], [2, 3, 0, 0]);
 * ```
 */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return new BytesSource(bytes);
}

/**
 * The bytes of a source that {@linkcode bytesSource} made, not copied; null of others, and of memory
 * that threads share, of which no text can be made. A `Buffer` of Node.js becomes a plain array: its
 * `slice()` copies nothing.
 */
export function sourceBytes(source: ByteSource): Uint8Array<ArrayBuffer> | null {
  if (!(source instanceof BytesSource)) return null;
  const { buffer, byteOffset, length } = source.bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, length) : null;
}

class BytesSource implements ByteSource {
  readonly bytes: Uint8Array;
  readonly size: number;
  /** Its own, so that it can be taken from the source. */
  readonly read = (offset: number, into: Uint8Array): number => {
    const part = this.bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  };

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.size = bytes.length;
  }
}
