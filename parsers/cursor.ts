import { type Fault, FormatError } from "./format_error.ts";

const text = new TextDecoder();

/**
 * Reads fields in file order from a bounded run of bytes, in the byte order of the recording.
 *
 * Every read is checked against the end of the run, so that damaged lengths end in a
 * `FormatError` that names the structure and the absolute offset. One cursor can be aimed
 * at one structure after another without allocating.
 */
export class Cursor {
  /** The bytes that are read; positions below count from their start. */
  bytes: Uint8Array;
  /** The same bytes, for multi-byte fields. */
  view: DataView;
  /** Whether multi-byte fields are little endian. */
  little: boolean;
  /** Absolute file position of `bytes[0]`. */
  base: number;
  /** Position of the next read. */
  at = 0;
  /** Position that no read may pass. */
  end: number;
  /** Name of the structure that is being read, for errors. */
  structure: string;
  /** The cause and what to do, for errors, where what follows from the fault does not fit. */
  cure: string | undefined;

  /** Starts at the first of `bytes`, which stand at `base` in their file. */
  constructor(bytes: Uint8Array, base: number, little: boolean, structure: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = base;
    this.little = little;
    this.end = bytes.length;
    this.structure = structure;
  }

  /** Absolute file position of the next read. */
  get fileOffset(): number {
    return this.base + this.at;
  }

  /** Bytes between the next read and the end of the structure. */
  get remaining(): number {
    return this.end - this.at;
  }

  /** Moves past `size` bytes and returns the position before them; fails if fewer are left. */
  take(size: number): number {
    const at = this.at;
    if (size > this.end - at) this.fail(size);
    this.at = at + size;
    return at;
  }

  /** Reads one byte. */
  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  /** Reads a `u16`. */
  u16(): number {
    return this.view.getUint16(this.take(2), this.little);
  }

  /** Reads a `u32`. */
  u32(): number {
    return this.view.getUint32(this.take(4), this.little);
  }

  /** Reads an `s32`. */
  i32(): number {
    return this.view.getInt32(this.take(4), this.little);
  }

  /** Reads a `u64`, exactly. */
  u64(): bigint {
    return this.view.getBigUint64(this.take(8), this.little);
  }

  /** Reads an `s64`, exactly. */
  i64(): bigint {
    return this.view.getBigInt64(this.take(8), this.little);
  }

  /** Reads a `double`. */
  f64(): number {
    return this.view.getFloat64(this.take(8), this.little);
  }

  /**
   * Reads a `u64` that counts items or bytes, and compares it with what remains.
   *
   * @param itemSize The least number of bytes that one item takes.
   */
  count64(itemSize: number): number {
    const count = this.u64();
    const most = Math.floor(this.remaining / itemSize);
    if (count > BigInt(most)) this.#tooMany(count, itemSize, this.at - 8);
    return Number(count);
  }

  /** Reads a `u32` that counts items of at least `itemSize` bytes; see {@linkcode count64}. */
  count32(itemSize: number): number {
    const count = this.u32();
    if (count * itemSize > this.remaining) this.#tooMany(count, itemSize, this.at - 4);
    return count;
  }

  /** Copies `size` bytes. */
  copy(size: number): Uint8Array {
    const at = this.take(size);
    return this.bytes.slice(at, at + size);
  }

  /** Reads text from a field of `size` bytes: up to the first NUL, or the whole field. */
  text(size: number): string {
    const at = this.take(size);
    const nul = this.bytes.subarray(at, at + size).indexOf(0);
    return text.decode(this.bytes.subarray(at, nul < 0 ? at + size : at + nul));
  }

  /** Throws the `FormatError` of a structure that ends before `size` more bytes. */
  fail(size: number): never {
    this.refuse("truncated", `${size} more bytes`, `${this.remaining}`);
  }

  /** Throws the `FormatError` of a structure that is wrong at `at`, by default where the next read is. */
  refuse(fault: Fault, expected: string, actual: string, at = this.at, cure = this.cure): never {
    const { structure, base } = this;
    const detail = { structure, offset: base + at, expected, actual };
    throw new FormatError(fault, cure === undefined ? detail : { ...detail, cure });
  }

  #tooMany(count: number | bigint, itemSize: number, at: number): never {
    const most = Math.floor(this.remaining / itemSize);
    this.refuse("corrupt", `a count of at most ${most}`, `${count}`, at);
  }
}
