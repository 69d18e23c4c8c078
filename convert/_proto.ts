const VARINT = 0;
const I64 = 1;
const LEN = 2;
const MOST_VARINT = 10;
/** Bytes of UTF-8 that a UTF-16 unit can become. */
const MOST_UTF8 = 3;
/** Values up to this are handled as 32-bit numbers. */
const MAX_SMALL = 0x7fffffff;
const UTF8 = new TextEncoder();

/** Writes messages in the wire format of Protocol Buffers, into memory that grows. */
export class ProtoWriter {
  #bytes = new Uint8Array(1 << 12);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Writes an integer: `uint64`, `int64`, `uint32`, `bool` or an enum. */
  integer(field: number, value: bigint | number): void {
    this.#tag(field, VARINT);
    this.#reserve(MOST_VARINT);
    if (typeof value === "number" && value >= 0 && value <= MAX_SMALL) return this.#varint(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > BigInt(MAX_SMALL)) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#varint(Number(rest));
  }

  double(field: number, value: number): void {
    this.#tag(field, I64);
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Writes a `string`; what is not Unicode becomes U+FFFD. */
  string(field: number, text: string): void {
    this.#tag(field, LEN);
    const most = text.length * MOST_UTF8;
    this.#reserve(MOST_VARINT + most);
    const width = widthOf(most);
    const at = this.#length + width;
    const { written } = UTF8.encodeInto(text, this.#bytes.subarray(at));
    this.#prefix(this.#length, { size: written, width });
  }

  /** Writes a message; `fields` writes what is in it. */
  message(field: number, fields: () => void): void {
    this.#tag(field, LEN);
    const at = this.#length;
    this.#reserve(MOST_VARINT);
    this.#length = at + 1;
    fields();
    this.#reserve(MOST_VARINT);
    this.#prefix(at, { size: this.#length - at - 1, width: 1 });
  }

  /** What was written so far; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  /** Puts a length at `at`, before the bytes that are `width` bytes after it. */
  #prefix(at: number, { size, width }: { readonly size: number; readonly width: number }): void {
    const from = at + width;
    const to = at + widthOf(size);
    if (to !== from) this.#bytes.copyWithin(to, from, from + size);
    this.#length = at;
    this.#varint(size);
    this.#length = to + size;
  }

  #tag(field: number, type: number): void {
    this.#reserve(MOST_VARINT);
    this.#varint(field * 8 + type);
  }

  /** Room is there, and the value at most {@linkcode MAX_SMALL}. */
  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const more = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    more.set(this.#bytes);
    this.#bytes = more;
  }
}

/** Bytes of a length as a varint. */
function widthOf(size: number): number {
  let width = 1;
  for (let rest = size; rest > 0x7f; rest >>>= 7) width++;
  return width;
}
