import { type ByteSource, bytesSource } from "../internal.ts";

/** Where a recording can be read from; bytes are borrowed, not copied, and must not change. */
export type PerfBytes = ByteSource | Uint8Array | ArrayBuffer;

/**
 * Returns the given source, or one that reads the given bytes.
 *
 * @throws {TypeError} If it is something else.
 */
export function sourceOf(given: PerfBytes): ByteSource {
  if (given instanceof Uint8Array) return bytesSource(given);
  if (given instanceof ArrayBuffer) return bytesSource(new Uint8Array(given));
  if (typeof given?.size === "number" && typeof given.read === "function") return given;
  throw wrongArgument(given, "a Uint8Array, an ArrayBuffer or a ByteSource");
}

/**
 * Checks that a recording can be read from chunks.
 *
 * @throws {TypeError} If they cannot be iterated.
 */
export function checkChunks(chunks: AsyncIterable<Uint8Array>): void {
  if (typeof chunks?.[Symbol.asyncIterator] === "function") return;
  throw wrongArgument(chunks, "an AsyncIterable of Uint8Array, such as a ReadableStream");
}

/** Reports an argument of a wrong type, which a caller in JavaScript, or with a cast, can give. */
export function wrongArgument(given: unknown, expected: string): TypeError {
  const type = given === null
    ? "null"
    : Object(given) === given
    ? Object(given).constructor?.name || "object"
    : typeof given;
  return new TypeError(
    `Cannot read a recording from a value of type ${type}: expected ${expected}`,
  );
}

/** Reads until `into` is full or the source ends, and returns the number of bytes read. */
export function fill(source: ByteSource, into: Uint8Array, offset: number): number {
  let filled = 0;
  while (filled < into.length) {
    const count = source.read(offset + filled, into.subarray(filled));
    if (count <= 0) break;
    filled += count;
  }
  return filled;
}
