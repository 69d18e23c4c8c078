const HEX = new TextEncoder().encode("0123456789abcdef");
const SPACES = new TextEncoder().encode(" ".repeat(8));

/** Two hexadecimal digits of each byte, as the little-endian `u16` that stores them in order. */
const PAIRS = Uint16Array.from({ length: 256 }, (_, i) => HEX[i >> 4]! | HEX[i & 15]! << 8);

/** Two digits and two spaces of each byte, as a little-endian `u32`. */
const SPACED = Uint32Array.from(PAIRS, (pair) => pair | 0x20200000);

/** Eight spaces at once: ASCII text is never a NaN, so that it can be stored as a double. */
const EIGHT_SPACES = new DataView(SPACES.buffer).getFloat64(0, true);

/** `0x`, as a little-endian `u16`. */
const HEX_PREFIX = 0x7830;

/** A colon and three spaces, as a little-endian `u32`. */
const COLON_SPACES = 0x2020203a;

/** Eight digits, a colon and two spaces. */
const POSITION_SIZE = 11;

let quads: Uint32Array | undefined;

/** Four hexadecimal digits of each 16-bit value, as the little-endian `u32` that stores them in order. */
function digitQuads(): Uint32Array {
  return quads ??= Uint32Array.from(
    { length: 65536 },
    (_, i) => PAIRS[i >> 8]! | PAIRS[i & 0xff]! << 16,
  );
}

/** Room for a line of {@linkcode LineCache}, in bytes. */
const LINE_SIZE = 64;
const LINE_WORDS = LINE_SIZE / 8;

/**
 * ASCII text under construction, without a string for each of its parts.
 *
 * The buffer is used again after `length` was set back. The methods make room by themselves;
 * who writes to `bytes` or `view` directly calls {@linkcode TextBuffer.reserve} before, since it
 * replaces both when they are full.
 */
export class TextBuffer {
  /** The text is `bytes.subarray(0, length)`. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  view: DataView<ArrayBuffer>;
  /** Number of bytes written so far. */
  length = 0;

  /** Starts empty, with room for `capacity` bytes. */
  constructor(capacity = 1 << 16) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** The text so far; valid until more is written. */
  text(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    bytes.set(this.text());
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /** Adds text that has only ASCII characters. */
  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes, length } = this;
    for (let i = 0; i < text.length; i++) bytes[length + i] = text.charCodeAt(i);
    this.length = length + text.length;
  }

  /** Adds text of any kind as UTF-8. */
  utf8(text: string): void {
    this.reserve(text.length * 3);
    const { written } = new TextEncoder().encodeInto(text, this.bytes.subarray(this.length));
    this.length += written;
  }

  /** Adds one character. */
  char(code: number): void {
    this.reserve(1);
    this.bytes[this.length++] = code;
  }

  /** Adds spaces up to the column that is `width` bytes after position `from`. */
  padTo(from: number, width: number): void {
    const end = from + width;
    this.reserve(width + 8);
    const { view } = this;
    for (let at = this.length; at < end; at += 8) view.setFloat64(at, EIGHT_SPACES, true);
    if (this.length < end) this.length = end;
  }

  /** Adds a 64-bit value, given as halves: hexadecimal, without leading zeros. */
  hex(high: number, low: number): void {
    if (high === 0) return this.#hex32(low);
    this.#hex32(high);
    this.hex8(low);
  }

  /** Adds a 64-bit value as {@linkcode TextBuffer.hex} does, after `0x`. */
  prefixedHex(high: number, low: number): void {
    this.reserve(2);
    this.view.setUint16(this.length, HEX_PREFIX, true);
    this.length += 2;
    this.hex(high, low);
  }

  /** Adds a 32-bit value with all of its eight digits. */
  hex8(value: number): void {
    this.reserve(8);
    const { view, length } = this;
    view.setUint16(length, PAIRS[value >>> 24]!, true);
    view.setUint16(length + 2, PAIRS[value >>> 16 & 0xff]!, true);
    view.setUint16(length + 4, PAIRS[value >>> 8 & 0xff]!, true);
    view.setUint16(length + 6, PAIRS[value & 0xff]!, true);
    this.length = length + 8;
  }

  /** Adds a 64-bit position, given as halves: at least eight digits, a colon and two spaces. */
  position(high: number, low: number): void {
    if (high !== 0) this.#hex32(high);
    this.hex8(low);
    this.reserve(4);
    this.view.setUint32(this.length, COLON_SPACES, true);
    this.length += 3;
  }

  /** Adds bytes as pairs of digits, a space after each. */
  hexBytes(bytes: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 3 + 1);
    const { view } = this;
    let { length } = this;
    for (let i = start; i < end; i++) {
      view.setUint32(length, SPACED[bytes[i]!]!, true);
      length += 3;
    }
    this.length = length;
  }

  /** Writes eight digits from the first that is not zero on, and goes back after the last. */
  #hex32(value: number): void {
    const digits = 35 - Math.clz32(value | 1) >> 2;
    this.hex8(value << 32 - 4 * digits);
    this.length -= 8 - digits;
  }
}

/** Texts that are written again and again, by number; each of at most 64 bytes. */
export class LineCache {
  readonly #bytes: Uint8Array;
  readonly #words: Float64Array;
  /** Lengths of the texts: 0 where there is none. */
  readonly known: Uint8Array;

  /** Starts without any of `count` texts. */
  constructor(count: number) {
    this.#bytes = new Uint8Array(count * LINE_SIZE);
    this.#words = new Float64Array(this.#bytes.buffer);
    this.known = new Uint8Array(count);
  }

  /** Writes text `index`; false if it is not there. */
  write(out: TextBuffer, index: number): boolean {
    const length = this.known[index]!;
    if (length === 0) return false;
    out.reserve(LINE_SIZE);
    const { view, length: to } = out;
    const words = this.#words;
    for (let i = 0, from = index * LINE_WORDS; i < length; i += 8) {
      view.setFloat64(to + i, words[from++]!, true);
    }
    out.length = to + length;
    return true;
  }

  /**
   * Writes the texts of `count` bytes from `start` on, after positions that count on from one given
   * as halves, of which the lower does not pass 2^32.
   */
  writeAt(
    out: TextBuffer,
    high: number,
    low: number,
    { bytes, start, count }: { bytes: Uint8Array; start: number; count: number },
  ): void {
    const words = this.#words;
    const { known } = this;
    const digits = digitQuads();
    out.reserve(count * 2 * LINE_SIZE);
    const { view } = out;
    let at = out.length;
    for (let i = 0; i < count; i++) {
      const position = low + i;
      if (high !== 0) {
        out.length = at;
        out.hex(0, high);
        at = out.length;
      }
      view.setUint32(at, digits[position >>> 16]!, true);
      view.setUint32(at + 4, digits[position & 0xffff]!, true);
      view.setUint32(at + 8, COLON_SPACES, true);
      at += POSITION_SIZE;
      const index = bytes[start + i]!;
      const end = at + known[index]!;
      let from = index * LINE_WORDS;
      for (let to = at; to < end; to += 8) view.setFloat64(to, words[from++]!, true);
      at = end;
    }
    out.length = at;
  }

  /** Keeps what stands in `out` from a position on as text `index`, unless it is too long. */
  keep(out: TextBuffer, from: number, index: number): void {
    const length = out.length - from;
    if (length > LINE_SIZE) return;
    this.#bytes.set(out.bytes.subarray(from, out.length), index * LINE_SIZE);
    this.known[index] = length;
  }
}
