import { earlyEnd, payloadCut } from "./_record_cuts.ts";
import type { Segment } from "./segment.ts";

/**
 * Copies bytes `[from, to)` of a payload, by default all of them.
 *
 * @throws {FormatError} If the bytes were cut off.
 * @throws {RangeError} If the payload has no such range, or a stream is asked for more than the cap.
 */
export type PayloadReader = (from?: number, to?: number) => Uint8Array;

/** A payload: where its record stands, and what of it is held already. */
interface PayloadPlace {
  readonly segment: Segment;
  /** Whether the recording is a pipe stream. */
  readonly pipe: boolean;
  /** First bytes, of a source that cannot go back to them. */
  readonly held: Uint8Array;
  readonly type: number;
  readonly fileOffset: number;
  readonly size: number;
  readonly payloadSize: number;
  /** Most bytes to read at once where the source does not tell whether it has them. */
  readonly maxSize: number;
}

/** Makes a reader of the payload after a record. */
export function payloadReader(payload: PayloadPlace): PayloadReader {
  const { segment, pipe, held, type, fileOffset, size, payloadSize, maxSize } = payload;
  const { source, end } = segment;
  const start = fileOffset + size;
  const cut = (actual: number) =>
    payloadCut(earlyEnd(segment, pipe), { type, offset: fileOffset, size: payloadSize, actual });
  return (from = 0, to = payloadSize) => {
    const isRange = Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to;
    if (!isRange || to > payloadSize) {
      throw new RangeError(`Cannot read payload [${from}, ${to}): it has ${payloadSize} bytes`);
    }
    const there = Math.min(end, source.size) - start;
    if (there < to) throw cut(Math.max(there, 0));
    if (there === Infinity && to - from > maxSize) {
      throw new RangeError(
        `Cannot read ${to - from} bytes of a stream at once: the cap is ${maxSize}`,
      );
    }
    const into = new Uint8Array(to - from);
    into.set(held.subarray(from, to));
    let filled = Math.min(Math.max(held.length - from, 0), into.length);
    while (filled < into.length) {
      const count = source.read(start + from + filled, into.subarray(filled));
      if (count < 0) throw new TypeError("Cannot read a payload that has not arrived yet");
      if (count === 0) throw cut(from + filled);
      filled += count;
    }
    return into;
  };
}
