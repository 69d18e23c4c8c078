import type { TextBuffer } from "../parsers/internal.ts";
import { ownFields, type SampleLayout } from "../parsers/perf/internal.ts";
import type { RecordCursor } from "../parsers/perf/mod.ts";
import { jsonText } from "../text/mod.ts";

/** Where lines are kept: longer ones are those of records with more than a word for each field. */
const LINE_SIZE = 512;
/** High halves from here on make numbers that may not be exact. */
const MAX_EXACT_HIGH = 0x1fffff;
/** Lines that are kept: samples differ in event and CPU mode. */
const MOST_LINES = 64;
const E8 = 1e8;
/** The two digits of each number below 100. */
const PAIRS = new TextEncoder().encode(
  Array.from({ length: 100 }, (_, i) => `${i}`.padStart(2, "0")).join(""),
);
const HEX = new TextEncoder().encode("0123456789abcdef");

/** A field of a line. */
interface Slot {
  /** Offset in the record. */
  readonly at: number;
  /** Whether it has 64 bits. */
  readonly isWord: boolean;
  readonly isHex: boolean;
  /** Where its digits stand in the line. */
  from: number;
  digits: number;
  low: number;
  high: number;
  /** The number without its last eight digits; -1 if those before are to be written. */
  upper: number;
}

/** The text of the last sample of an event and mode. */
interface Line {
  readonly layout: SampleLayout;
  readonly misc: number;
  readonly bytes: Uint8Array;
  readonly words: Float64Array;
  length: number;
  readonly slots: readonly Slot[];
}

/**
 * Writes what `jsonText(ownFields())` says of samples that have only fields of one word, many times
 * faster: the text of the last one is kept, and the digits that differ are replaced.
 */
export class SampleText {
  readonly #lines: Line[] = [];
  #last: Line | null = null;

  /** Writes the fields of a sample; false if they are not as simple, and nothing is written. */
  write(cursor: RecordCursor, layout: SampleLayout, out: TextBuffer): boolean {
    const { misc } = cursor;
    let line = this.#last;
    if (line === null || line.layout !== layout || line.misc !== misc) {
      line = this.#lines.find((line) => line.layout === layout && line.misc === misc) ?? null;
      line ??= this.#make(cursor, layout);
      if (line === null) return false;
      this.#last = line;
    }
    for (const slot of line.slots) {
      const low = slot.isWord ? cursor.low(slot.at) : cursor.u32(slot.at);
      const high = slot.isWord ? cursor.high(slot.at) : 0;
      if (low === slot.low && high === slot.high) continue;
      if (slot.isHex) {
        setDigits(line, slot, high === 0 ? hexDigits(low) : 8 + hexDigits(high));
        writeHex(line.bytes, slot, high, low);
      } else {
        if (high >= MAX_EXACT_HIGH || (!slot.isWord && low > 0x7fffffff)) return false;
        const value = high * 2 ** 32 + low;
        setDigits(line, slot, decimalDigits(value));
        writeDecimal(line.bytes, slot, value);
      }
      slot.low = low;
      slot.high = high;
    }
    const { length, words } = line;
    out.reserve(LINE_SIZE);
    const { view, length: to } = out;
    // Text is never a NaN, so that it can be copied as doubles.
    for (let i = 0, word = 0; i < length; i += 8) view.setFloat64(to + i, words[word++]!, true);
    out.length = to + length;
    return true;
  }

  /** Makes a line of the text of a sample; null if its fields are not all exact numbers. */
  #make(cursor: RecordCursor, layout: SampleLayout): Line | null {
    const { sample } = layout;
    const fields: readonly [name: string, position: number, isWord: boolean][] = [
      ["ip", sample.ip, true],
      ["pid", sample.tid, false],
      ["tid", sample.tid < 0 ? -1 : sample.tid + 4, false],
      ["timeNs", sample.time, true],
      ["addr", sample.addr, true],
      ["id", sample.id, true],
      ["streamId", sample.streamId, true],
      ["cpu", sample.cpu, false],
      ["period", sample.period, true],
    ];
    const text = jsonText(ownFields(cursor.record()));
    const slots: Slot[] = [];
    for (const [name, at, isWord] of fields) {
      if (at < 0) continue;
      const value = new RegExp(`"${name}":"?(0x)?(?=(\\w+))`).exec(text);
      if (value === null) return null;
      const [found, prefix, digits] = value;
      const isHex = prefix !== undefined;
      const [low, high] = isWord ? [cursor.low(at), cursor.high(at)] : [cursor.u32(at), 0];
      if (!isHex && high >= MAX_EXACT_HIGH) return null;
      const from = value.index + found.length;
      slots.push({ at, isWord, isHex, from, digits: digits!.length, low, high, upper: -1 });
    }
    const bytes = new Uint8Array(LINE_SIZE);
    const { read } = new TextEncoder().encodeInto(text, bytes);
    if (read < text.length) return null;
    const words = new Float64Array(bytes.buffer);
    const line = { layout, misc: cursor.misc, bytes, words, length: text.length, slots };
    if (this.#lines.length === MOST_LINES) this.#lines.shift();
    this.#lines.push(line);
    return line;
  }
}

/** Makes room for the digits of a field, and moves what follows. */
function setDigits(line: Line, slot: Slot, digits: number): void {
  const more = digits - slot.digits;
  if (more === 0) return;
  const end = slot.from + slot.digits;
  line.bytes.copyWithin(end + more, end, line.length);
  line.length += more;
  slot.digits = digits;
  slot.upper = -1;
  for (const other of line.slots) if (other.from > slot.from) other.from += more;
}

function hexDigits(value: number): number {
  return value === 0 ? 1 : 35 - Math.clz32(value) >> 2;
}

function decimalDigits(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

function writeHex(bytes: Uint8Array, { from, digits }: Slot, high: number, low: number): void {
  let at = from + digits;
  const lowest = Math.max(from, at - 8);
  for (let rest = low; at > lowest; rest >>>= 4) bytes[--at] = HEX[rest & 15]!;
  for (let rest = high; at > from; rest >>>= 4) bytes[--at] = HEX[rest & 15]!;
}

/** Writes a number of at most 16 digits: those above the eighth only if they differ. */
function writeDecimal(bytes: Uint8Array, slot: Slot, value: number): void {
  const { from } = slot;
  let at = from + slot.digits;
  if (value < E8) return writeDigits(bytes, from, at, value);
  const upper = Math.floor(value / E8);
  writeDigits(bytes, at - 8, at, value - upper * E8);
  at -= 8;
  if (upper === slot.upper) return;
  slot.upper = upper;
  writeDigits(bytes, from, at, upper);
}

/** Writes the last digits of a number below 10^8 to `[from, to)`. */
function writeDigits(bytes: Uint8Array, from: number, to: number, value: number): void {
  let at = to;
  for (let rest = value; at > from;) {
    const next = (rest / 100) | 0;
    const pair = (rest - next * 100) << 1;
    bytes[--at] = PAIRS[pair + 1]!;
    if (at > from) bytes[--at] = PAIRS[pair]!;
    rest = next;
  }
}
