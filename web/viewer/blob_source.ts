import type { ByteSource } from "../../parsers/internal.ts";

/** Bytes that are loaded after a jump: for records between two chunks, and for payload. */
const FEW_AHEAD = 1 << 12;
const SOME_AHEAD = 1 << 17;
/** Most bytes that are loaded at once. */
const MOST_AHEAD = 1 << 21;
/** Loading this many bytes takes about as long as making a call: 0.8 ms on a slow machine. */
const SHORT_JUMP = 1 << 18;
/** Reads after a jump are at most this long, and this many of them are kept: 16 MiB. */
const SHORT_READ = 512;
const MOST_KEPT = 1 << 15;

export type BlobSlices = Pick<Blob, "size" | "slice">;

/** What is used of a Worker's `FileReaderSync`. */
export interface SyncReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/**
 * Reads a file of the browser by slices, so that it can be larger than memory.
 *
 * A slice of at most 2 MiB is held. Reading from its end, or not far after it, loads a longer
 * one; reading elsewhere starts again with little: large payload that is jumped over is not loaded,
 * and reading in order does not need a call for every record. Short reads, which are those of
 * records between chunks, are kept: the next walk over the records loads nothing.
 *
 * @param reader A `FileReaderSync`, which there is in Workers only.
 */
export function blobSource(blob: BlobSlices, reader: SyncReader): ByteSource {
  const { size } = blob;
  const kept = new Map<number, Uint8Array>();
  let held = new Uint8Array(0);
  let start = -Infinity;
  let ahead = FEW_AHEAD;
  const load = (offset: number, wanted: number) => {
    const jump = offset - start - held.length;
    const isNear = jump >= 0 && jump < SHORT_JUMP;
    const least = wanted > SHORT_READ ? SOME_AHEAD : FEW_AHEAD;
    ahead = isNear ? Math.min(Math.max(ahead * 4, least), MOST_AHEAD) : least;
    const end = Math.min(offset + ahead, size);
    release(held.buffer);
    held = new Uint8Array(reader.readAsArrayBuffer(blob.slice(offset, end)));
    start = offset;
  };
  const copy = (bytes: Uint8Array, into: Uint8Array) => {
    const part = bytes.subarray(0, into.length);
    into.set(part);
    return part.length;
  };
  return {
    size,
    read(offset, into) {
      if (offset >= size || into.length === 0) return 0;
      const isShort = into.length <= SHORT_READ;
      const known = isShort ? kept.get(offset) : undefined;
      if (known !== undefined && known.length >= into.length) return copy(known, into);
      if (offset < start || offset >= start + held.length) load(offset, into.length);
      const count = copy(held.subarray(offset - start), into);
      if (isShort && kept.size < MOST_KEPT) kept.set(offset, into.slice(0, count));
      return count;
    },
  };
}

/**
 * Frees a buffer at once, by giving it to nobody. Those that wait for Chromium's collector take
 * some 200 MB when a file is read in slices.
 */
function release(buffer: ArrayBuffer): void {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.postMessage(null, [buffer]);
  port1.close();
}
