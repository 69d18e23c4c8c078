import type { TextBuffer } from "../parsers/internal.ts";
import { jsonText } from "../text/mod.ts";

/** High half of 2^53 - 1, from which on numbers are not exact, and are said to be so. */
const MAX_EXACT_HIGH = 2 ** 21 - 1;
const E8 = 1e8;
/** Room for a number, or a word with what is around it. */
const MOST_ROOM = 32;
/** Keys that are kept; a recording can make up keys of its own, as those of features. */
const MOST_KEYS = 1 << 10;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const ZERO = 0x30;
const LETTER_X = 0x78;
const [TRUE, FALSE, NULL] = ["true", "false", "null"].map((word) =>
  new TextEncoder().encode(word)
) as [Uint8Array, Uint8Array, Uint8Array];

/** The two digits of each byte, as the little-endian `u16` that stores them in order. */
const PAIRS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, "0");
  return digits.charCodeAt(0) | digits.charCodeAt(1) << 8;
});

/** How `jsonText()` writes the words of a field. */
const Style = { Hex: 0, Time: 1, Count: 2 } as const;
type Style = typeof Style[keyof typeof Style];

const styles = new Map<string, Style>();
const names = new Map<string, Uint8Array>();

/** Writes what `jsonText()` says of a value, without strings for its parts: several times faster. */
export function writeJson(out: TextBuffer, value: object): void {
  const start = out.length;
  if (writeValue(out, "", value)) return;
  out.length = start;
  out.utf8(jsonText(value));
}

/** Writes a value; false if that is for `jsonText()`, which says so where a number is not exact. */
function writeValue(out: TextBuffer, key: string, value: unknown): boolean {
  out.reserve(MOST_ROOM);
  switch (typeof value) {
    case "number":
      return writeNumber(out, key, value);
    case "bigint":
      if (value < 0n || value > 0xffff_ffff_ffff_ffffn) return false;
      return writeWord(out, styleOf(key), Number(value >> 32n), Number(value & 0xffff_ffffn));
    case "string":
      writeString(out, value);
      return true;
    case "boolean":
      put(out, value ? TRUE : FALSE);
      return true;
    case "object":
      if (value === null) put(out, NULL);
      else if (value instanceof BigUint64Array) return writeWords(out, key, value);
      else if (value instanceof Uint8Array) writeBytes(out, value);
      else if (Array.isArray(value)) return writeArray(out, key, value);
      else return !ArrayBuffer.isView(value) && writeObject(out, value);
      return true;
    default:
      return false;
  }
}

function writeObject(out: TextBuffer, value: object): boolean {
  out.char(OPEN_OBJECT);
  let isFirst = true;
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (item === undefined) continue;
    const name = nameOf(key);
    out.reserve(name.length + 1);
    if (isFirst) isFirst = false;
    else out.bytes[out.length++] = COMMA;
    put(out, name);
    if (!writeValue(out, key, item)) return false;
  }
  out.char(CLOSE_OBJECT);
  return true;
}

function writeArray(out: TextBuffer, key: string, values: readonly unknown[]): boolean {
  out.char(OPEN_ARRAY);
  for (let i = 0; i < values.length; i++) {
    if (i > 0) out.char(COMMA);
    if (!writeValue(out, key, values[i])) return false;
  }
  out.char(CLOSE_ARRAY);
  return true;
}

function writeWords(out: TextBuffer, key: string, words: BigUint64Array): boolean {
  const halves = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
  const style = styleOf(key);
  out.reserve(MOST_ROOM * words.length + 2);
  out.bytes[out.length++] = OPEN_ARRAY;
  for (let i = 0; i < halves.length; i += 2) {
    if (i > 0) out.bytes[out.length++] = COMMA;
    if (!writeWord(out, style, halves[i + 1]!, halves[i]!)) return false;
  }
  out.bytes[out.length++] = CLOSE_ARRAY;
  return true;
}

/** Writes a word, given as halves, for which there is room. */
function writeWord(out: TextBuffer, style: Style, high: number, low: number): boolean {
  if (style === Style.Hex) {
    if (high === MAX_EXACT_HIGH) return false;
    writeHex(out, high, low);
    return true;
  }
  if (high >= MAX_EXACT_HIGH) return false;
  if (style === Style.Time) out.bytes[out.length++] = QUOTE;
  writeDigits(out, high * 2 ** 32 + low);
  if (style === Style.Time) out.bytes[out.length++] = QUOTE;
  return true;
}

function writeHex(out: TextBuffer, high: number, low: number): void {
  const { view, length } = out;
  view.setUint16(length, QUOTE | ZERO << 8, true);
  view.setUint8(length + 2, LETTER_X);
  let at = length + 3;
  let digits = (high === 0 ? 35 - Math.clz32(low | 1) : 67 - Math.clz32(high)) >> 2;
  if (digits & 1) {
    digits--;
    view.setUint8(
      at++,
      PAIRS[(digits < 8 ? low >>> 4 * digits : high >>> 4 * digits - 32) & 15]! >> 8,
    );
  }
  for (; digits > 8; at += 2, digits -= 2) {
    view.setUint16(at, PAIRS[high >>> 4 * digits - 40 & 0xff]!, true);
  }
  for (; digits > 0; at += 2, digits -= 2) {
    view.setUint16(at, PAIRS[low >>> 4 * digits - 8 & 0xff]!, true);
  }
  view.setUint8(at, QUOTE);
  out.length = at + 1;
}

function writeNumber(out: TextBuffer, key: string, value: number): boolean {
  if (!Number.isFinite(value) || value >= Number.MAX_SAFE_INTEGER || key === "fileOffset") {
    return false;
  }
  if (value >= 0 && Number.isInteger(value)) writeDigits(out, value);
  else out.ascii(`${value}`);
  return true;
}

/** Writes a whole number below 2^53, for which there is room. */
function writeDigits(out: TextBuffer, value: number): void {
  if (value < 10) {
    out.bytes[out.length++] = ZERO + value;
    return;
  }
  if (value < E8) {
    let digits = 2;
    for (let limit = 100; value >= limit; limit *= 10) digits++;
    return putDigits(out, value, digits);
  }
  const upper = Math.floor(value / E8);
  writeDigits(out, upper);
  putDigits(out, value - upper * E8, 8);
}

/** Writes the last digits of a number below 10^8. */
function putDigits(out: TextBuffer, value: number, digits: number): void {
  const { bytes, length } = out;
  let rest = value;
  for (let at = length + digits; at > length;) {
    const next = (rest / 10) | 0;
    bytes[--at] = ZERO + rest - next * 10;
    rest = next;
  }
  out.length = length + digits;
}

/** Adds bytes for which there is room. */
function put(out: TextBuffer, text: Uint8Array): void {
  const { bytes, length } = out;
  for (let i = 0; i < text.length; i++) bytes[length + i] = text[i]!;
  out.length = length + text.length;
}

function writeString(out: TextBuffer, text: string): void {
  out.reserve(text.length + 2);
  const { bytes } = out;
  let at = out.length;
  bytes[at++] = QUOTE;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE || code === QUOTE || code === BACKSLASH) {
      return out.utf8(jsonText(text));
    }
    bytes[at++] = code;
  }
  bytes[at++] = QUOTE;
  out.length = at;
}

function writeBytes(out: TextBuffer, bytes: Uint8Array): void {
  out.reserve(2 * bytes.length + 2);
  const { view } = out;
  let at = out.length;
  view.setUint8(at++, QUOTE);
  for (let i = 0; i < bytes.length; i++, at += 2) view.setUint16(at, PAIRS[bytes[i]!]!, true);
  view.setUint8(at++, QUOTE);
  out.length = at;
}

/** A key with its colon. */
function nameOf(key: string): Uint8Array {
  let name = names.get(key);
  if (name === undefined) {
    name = new TextEncoder().encode(`${jsonText(key)}:`);
    if (names.size < MOST_KEYS) names.set(key, name);
  }
  return name;
}

function styleOf(key: string): Style {
  let style = styles.get(key);
  if (style === undefined) {
    const text = jsonText({ [key]: 1n });
    style = text.endsWith(':"0x1"}')
      ? Style.Hex
      : text.endsWith(':"1"}')
      ? Style.Time
      : Style.Count;
    if (styles.size < MOST_KEYS) styles.set(key, style);
  }
  return style;
}
