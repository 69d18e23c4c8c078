import type { ByteSource } from "./byte_source.ts";
import { FormatError } from "./format_error.ts";

const BUFFER_SIZE = 1 << 17;
/** While bytes are skipped, the buffer is used again after so many, to stay in the CPU's caches. */
const REUSE_AT = 1 << 16;

/**
 * Makes a source that only moves forward from something that reads on, such as a pipe.
 *
 * It can go back only within what it holds, at most 128 KiB. Its size is Infinity until the end.
 *
 * @param readOn Fills some of the bytes it is given, and returns how many, or null at the end. Where
 * the bytes end too early it throws a FormatError.
 */
export function sequentialSource(readOn: (into: Uint8Array) => number | null): ByteSource {
  const buffer = new Uint8Array(BUFFER_SIZE);
  let start = 0;
  let end = 0;
  const source = { size: Infinity, failure: null as FormatError | null, read };
  return source;

  /** Takes in more bytes; false at the end. */
  function more(): boolean {
    if (source.size < Infinity) return false;
    if (end - start === BUFFER_SIZE) start = end;
    const count = attempt(buffer.subarray(end - start));
    if (count === 0) source.size = end;
    end += count;
    return count > 0;
  }

  function attempt(into: Uint8Array): number {
    try {
      return readOn(into) ?? 0;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      source.failure = error;
      return 0;
    }
  }

  function read(offset: number, into: Uint8Array): number {
    while (offset >= end) {
      if (offset > end && end - start >= REUSE_AT) start = end;
      if (!more()) return 0;
    }
    if (offset < start) return 0;
    const part = buffer.subarray(
      offset - start,
      Math.min(end - start, offset - start + into.length),
    );
    into.set(part);
    return part.length;
  }
}
