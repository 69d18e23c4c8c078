import { type ByteSource, FormatError, sequentialSource } from "../parsers/internal.ts";
import { FileHeaderSize } from "../parsers/perf/abi.ts";
import { hasPerfMagic } from "../parsers/perf/internal.ts";
import { systemError } from "./files.ts";
import type { ReadOn } from "./unpack.ts";

const PIECE_SIZE = 1 << 20;
const PIPE_HEADER_SIZE: number = FileHeaderSize.Pipe;
/** Most bytes that are held of what can be begun again. */
const MOST_HELD = 1 << 26;
/** Bytes at the end of a long input that are held, where feature sections stand. */
const END_SIZE = 1 << 23;
/** How often a long input is read again: opening, two walks, and some more. */
const MOST_READINGS = 16;
const NO_BYTES = new Uint8Array(0);

/** What of a stream is held. */
export interface Holding {
  /** Regular files, or pipe-mode streams, too. */
  readonly hold: "files" | "all";
  /** Most bytes. */
  readonly maxSize: number;
  /** Begins the stream again; null where it comes only once. */
  readonly again: (() => ReadOn) | null;
}

/**
 * Makes a source that can be read at any place of a stream, by holding it in memory.
 *
 * A regular file that is too long is read again from its start where that is possible: that is for
 * few walks from front to back. What is not to be held gives a source that only moves forward.
 */
export function heldSource(readOn: ReadOn, { hold, again, ...holding }: Holding): ByteSource {
  const isReread = hold === "files" && again !== null;
  const maxSize = Math.min(holding.maxSize, isReread ? MOST_HELD : Infinity);
  const pieces: Uint8Array[] = [];
  let size = 0;
  const read = (offset: number, into: Uint8Array) => {
    const from = offset % PIECE_SIZE;
    const to = Math.min(from + into.length, from + size - offset);
    const part = pieces[Math.floor(offset / PIECE_SIZE)]?.subarray(from, to) ?? NO_BYTES;
    into.set(part);
    return part.length;
  };
  const isOther = () =>
    size >= PIPE_HEADER_SIZE &&
    (!hasPerfMagic(pieces[0]!) || (hold === "files" && isPipe(pieces[0]!)));
  while (size <= maxSize && !isOther()) {
    if (size % PIECE_SIZE === 0) pieces.push(new Uint8Array(PIECE_SIZE));
    const { count, failure } = attempt(readOn, pieces.at(-1)!.subarray(size % PIECE_SIZE));
    if (count === 0) return { size, failure, read };
    size += count;
  }
  if (isReread && !isOther()) {
    pieces.length = 0;
    return rereadSource(again);
  }
  let at = 0;
  return sequentialSource((into) => {
    if (at === size) return readOn(into);
    const count = read(at, into);
    at += count;
    if (at === size || at % PIECE_SIZE === 0) pieces[Math.ceil(at / PIECE_SIZE) - 1] = NO_BYTES;
    return count;
  });
}

/** Whether a recording is a pipe-mode stream: its header, in either byte order, has 16 bytes. */
function isPipe(start: Uint8Array): boolean {
  const view = new DataView(start.buffer, start.byteOffset);
  return [true, false].some((little) => view.getBigUint64(8, little) === BigInt(PIPE_HEADER_SIZE));
}

/** Reads a stream to find its size and its end, and then once more whenever a reader goes back. */
function rereadSource(again: () => ReadOn): ByteSource {
  const { size, end, failure } = endOf(again());
  const endAt = size - end.length;
  let readings = 1;
  let source = sequentialSource(again());
  return {
    size,
    failure,
    read(offset, into) {
      if (offset >= endAt) {
        const part = end.subarray(offset - endAt, offset - endAt + into.length);
        into.set(part);
        return part.length;
      }
      const part = into.subarray(0, endAt - offset);
      const count = source.read(offset, part);
      if (count > 0) return count;
      if (readings++ === MOST_READINGS) {
        throw systemError(
          "InvalidData",
          "the packed recording would be unpacked too often: unpack it to a file",
        );
      }
      source = sequentialSource(again());
      return source.read(offset, part);
    },
  };
}

/** Reads a stream to its end; holds its last bytes. */
function endOf(readOn: ReadOn) {
  const bytes = new Uint8Array(2 * END_SIZE);
  let size = 0;
  let held = 0;
  for (;;) {
    const { count, failure } = attempt(readOn, bytes.subarray(held));
    if (count === 0) {
      return { size, end: bytes.subarray(Math.max(held - END_SIZE, 0), held), failure };
    }
    size += count;
    held += count;
    if (held < bytes.length) continue;
    bytes.copyWithin(0, END_SIZE);
    held = END_SIZE;
  }
}

/** Reads on; an end that comes too early ends the stream. */
function attempt(readOn: ReadOn, into: Uint8Array) {
  try {
    return { count: readOn(into) ?? 0, failure: null };
  } catch (failure) {
    if (!(failure instanceof FormatError)) throw failure;
    return { count: 0, failure };
  }
}
