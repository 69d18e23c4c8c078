const encoder = new TextEncoder();

/** Appends fields in one byte order: the opposite of `Cursor`. */
export class ByteWriter {
  /** Whether multi-byte fields are little endian. */
  readonly little: boolean;
  #view = new DataView(new ArrayBuffer(256));
  #size = 0;

  /** Starts empty. */
  constructor(little: boolean) {
    this.little = little;
  }

  /** Number of bytes written. */
  get size(): number {
    return this.#size;
  }

  /** Writes one byte. */
  u8(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  /** Writes a `u16`. */
  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, this.little);
  }

  /** Writes a `u32` or `s32`. */
  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, this.little);
  }

  /** Writes a `u64` or `s64`; values are taken mod 2^64. */
  u64(value: bigint): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, this.little);
  }

  /** Writes several `u32` or `s32`. */
  u32s(values: readonly number[]): void {
    for (const value of values) this.u32(value);
  }

  /** Writes several `u64` or `s64`. */
  u64s(values: readonly bigint[]): void {
    for (const value of values) this.u64(value);
  }

  /** Writes a `double`. */
  f64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, this.little);
  }

  /** Writes bytes as they are. */
  bytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    new Uint8Array(this.#view.buffer).set(bytes, at);
  }

  /** Writes `size` zero bytes. */
  zeros(size: number): void {
    this.#grow(size);
  }

  /** Writes zero bytes until the size is a multiple of `multiple`. */
  align(multiple: number): void {
    this.zeros((multiple - this.#size % multiple) % multiple);
  }

  /** Writes UTF-8 text without a NUL. */
  text(text: string): void {
    this.bytes(encoder.encode(text));
  }

  /** Writes text in a field of `size` bytes, zero padded. */
  field(text: string, size: number): void {
    const end = this.#size + size;
    this.text(text);
    if (this.#size > end) throw new RangeError(`Text does not fit into ${size} bytes: ${text}`);
    this.zeros(end - this.#size);
  }

  /** Writes text with a NUL, then zero bytes until the size is a multiple of 8. */
  paddedText(text: string): void {
    this.text(text);
    this.u8(0);
    this.align(8);
  }

  /** Writes a `perf_header_string`: `u32` length, then NUL-terminated text padded to 64 bytes. */
  headerString(text: string): void {
    const length = encoder.encode(text).length;
    const size = Math.ceil((length + 1) / 64) * 64;
    this.u32(size);
    this.field(text, size);
  }

  /** Copies what has been written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#view.buffer.slice(0, this.#size));
  }

  #grow(size: number): number {
    const at = this.#size;
    this.#size += size;
    if (this.#size > this.#view.byteLength) {
      const larger = new Uint8Array(Math.max(this.#size, 2 * this.#view.byteLength));
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/**
 * Places a C bit-field of `width` bits in a `u64`: counted from bit 0 on little endian machines,
 * from bit 63 downwards on big endian ones.
 */
export function bitField(little: boolean, bit: number, width: number, value: number): bigint {
  const shift = little ? bit : 64 - bit - width;
  return BigInt(value) << BigInt(shift);
}
