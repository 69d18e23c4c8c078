import { joinU64, TextBuffer } from "../parsers/internal.ts";
import { NullColumn, TextColumn } from "./_text_column.ts";
import type { Column, ColumnType, ColumnValues } from "./table.ts";

/** Most texts of a dictionary, and most bytes of them. */
const MOST_TEXTS = 1 << 12;
const MOST_TEXT_BYTES = 1 << 18;
/** Most texts that have indexes of one byte. */
const MOST_BYTE_INDEXES = 1 << 8;
const TEXT_PREFIX_SIZE = 4;
const NO_BYTES = new Uint8Array(0);

/** A page of a column chunk, before it is compressed. */
export interface ColumnPage {
  readonly encoding: "PLAIN" | "RLE_DICTIONARY";
  readonly rows: number;
  readonly nulls: number;
  /** Definition levels, which tell the nulls; empty where there can be none. */
  readonly levels: Uint8Array;
  /** The values that are not null. */
  readonly values: Uint8Array;
}

/** What a reader can skip a column chunk by. */
export interface ColumnStatistics {
  readonly "min_value"?: ColumnBound;
  readonly "max_value"?: ColumnBound;
  readonly "null_count": bigint;
}

type ColumnBound = number | bigint | Uint8Array;
type Bounds = readonly [least: ColumnBound, most: ColumnBound] | null;

/**
 * The values of a column until their row group is written, as the bytes of Parquet's encodings, in
 * buffers that the next row group uses again. Source: Parquet's Encodings.md.
 */
export class ColumnChunk {
  readonly #isNullable: boolean;
  readonly #values: Values;
  readonly #texts: TextValues | null;
  /** A byte for each row of a column with nulls: 1 where it has a value. */
  readonly #present = new TextBuffer(1 << 10);
  #rows = 0;

  constructor({ type, nullable }: Column) {
    this.#isNullable = nullable;
    this.#values = type === "text" ? new TextValues() : new FixedValues(type);
    this.#texts = this.#values instanceof TextValues ? this.#values : null;
  }

  /** Bytes that are held. */
  get size(): number {
    return this.#values.size + this.#present.length;
  }

  /** The texts that the chunk repeats, and their number; null if it repeats none. */
  get dictionary(): { readonly count: number; readonly values: Uint8Array } | null {
    const texts = this.#texts;
    return texts === null || texts.indexes.length === 0
      ? null
      : { count: texts.count, values: texts.dictionary.text() };
  }

  /** Adds the values of some rows. */
  add(values: ColumnValues): void {
    const { length } = values;
    const present = this.#present;
    this.#rows += length;
    if (this.#isNullable) present.reserve(length);
    const areNull = values instanceof NullColumn;
    if (areNull || this.#values.addAll(values)) {
      if (this.#isNullable) {
        present.bytes.fill(areNull ? 0 : 1, present.length, present.length + length);
        present.length += length;
      }
      return;
    }
    const held = this.#values;
    for (let row = 0; row < length; row++) {
      const value = values.at(row) ?? null;
      if (value !== null) held.add(value);
      if (this.#isNullable) present.bytes[present.length++] = value === null ? 0 : 1;
    }
  }

  /** The pages, whose bytes are valid until more is added. */
  *pages(): Generator<ColumnPage> {
    let row = 0;
    let left = this.#texts?.indexes.length ?? 0;
    if (left > 0) {
      left /= 2;
      const from = row;
      if (!this.#isNullable) row += left;
      else {
        for (; row < this.#rows && (left > 0 || this.#present.bytes[row] === 0); row++) {
          left -= this.#present.bytes[row]!;
        }
      }
      yield this.#page("RLE_DICTIONARY", from, row, this.#texts!.indexPage());
    }
    if (row < this.#rows) yield this.#page("PLAIN", row, this.#rows, this.#values.page());
  }

  /** What a reader can skip the chunk by. */
  statistics(): ColumnStatistics {
    const bounds = this.#values.bounds();
    return {
      ...(bounds !== null && { "min_value": bounds[0], "max_value": bounds[1] }),
      "null_count": BigInt(this.#nulls(0, this.#rows)),
    };
  }

  /** Forgets the values. */
  clear(): void {
    this.#values.clear();
    this.#present.length = 0;
    this.#rows = 0;
  }

  #page(
    encoding: ColumnPage["encoding"],
    from: number,
    to: number,
    values: Uint8Array,
  ): ColumnPage {
    const rows = to - from;
    const nulls = this.#nulls(from, to);
    let levels = NO_BYTES;
    if (this.#isNullable) {
      levels = nulls === 0 || nulls === rows
        ? Uint8Array.of(...varint(rows * 2), nulls === 0 ? 1 : 0)
        : packedRun(packed(this.#present.bytes.subarray(from, to)), rows);
    }
    return { encoding, rows, nulls, levels, values };
  }

  #nulls(from: number, to: number): number {
    if (!this.#isNullable) return 0;
    const { bytes } = this.#present;
    let nulls = to - from;
    for (let row = from; row < to; row++) nulls -= bytes[row]!;
    return nulls;
  }
}

/** How the values of a type are held. */
interface Values {
  readonly size: number;
  add(value: unknown): void;
  /** Adds all of a column without nulls at once; false if it has to be done one by one. */
  addAll(values: ColumnValues): boolean;
  page(): Uint8Array;
  bounds(): Bounds;
  clear(): void;
}

/** Values of one size: encoded as they stand in memory. */
class FixedValues implements Values {
  readonly #type: Exclude<ColumnType, "text">;
  readonly #held = new TextBuffer(1 << 10);

  constructor(type: Exclude<ColumnType, "text">) {
    this.#type = type;
  }

  get size(): number {
    return this.#held.length;
  }

  add(value: unknown): void {
    const held = this.#held;
    held.reserve(8);
    const { view, length } = held;
    switch (this.#type) {
      case "u64":
        view.setBigUint64(length, value as bigint, true);
        held.length += 8;
        break;
      case "f64":
        view.setFloat64(length, value as number, true);
        held.length += 8;
        break;
      case "bool":
        held.bytes[held.length++] = value === true ? 1 : 0;
        break;
      default:
        view.setInt32(length, value as number, true);
        held.length += 4;
    }
  }

  addAll(values: ColumnValues): boolean {
    if (!ArrayBuffer.isView(values)) return false;
    const held = this.#held;
    const { buffer, byteOffset, byteLength } = values;
    held.reserve(byteLength);
    held.bytes.set(new Uint8Array(buffer, byteOffset, byteLength), held.length);
    held.length += byteLength;
    return true;
  }

  page(): Uint8Array {
    const bytes = this.#held.text();
    return this.#type === "bool" ? packed(bytes) : bytes;
  }

  bounds(): Bounds {
    const { bytes: { buffer }, length } = this.#held;
    switch (this.#type) {
      case "u64":
        return wordBounds(new Uint32Array(buffer, 0, length / 4));
      case "u32":
        return numberBounds(new Uint32Array(buffer, 0, length / 4));
      case "i32":
        return numberBounds(new Int32Array(buffer, 0, length / 4));
      case "f64":
        return numberBounds(new Float64Array(buffer, 0, length / 8));
      case "bool":
        return null;
    }
  }

  clear(): void {
    this.#held.length = 0;
  }
}

/** Texts: as indexes of a dictionary while few of them repeat, then one after the other. */
class TextValues implements Values {
  /** The dictionary, in the encoding of its page. */
  readonly dictionary = new TextBuffer(1 << 10);
  /** Indexes of two bytes. */
  readonly indexes = new TextBuffer(1 << 10);
  readonly #known = new Map<string, number>();
  readonly #plain = new TextBuffer(1 << 10);
  /** Whether texts repeated so far. */
  #repeats = true;
  #last: unknown = null;
  #lastIndex = 0;

  /** Number of texts in the dictionary. */
  get count(): number {
    return this.#known.size;
  }

  get size(): number {
    return this.#plain.length + this.indexes.length + this.dictionary.length;
  }

  add(value: unknown): void {
    if (!this.#repeats || this.#plain.length > 0) return addText(this.#plain, String(value));
    if (value !== this.#last) {
      const index = this.#indexOf(String(value));
      if (index === null) return addText(this.#plain, String(value));
      this.#last = value;
      this.#lastIndex = index;
    }
    const { indexes } = this;
    indexes.reserve(2);
    indexes.view.setUint16(indexes.length, this.#lastIndex, true);
    indexes.length += 2;
  }

  addAll(values: ColumnValues): boolean {
    if (Array.isArray(values)) return this.#addSame(values);
    if (!(values instanceof TextColumn)) return false;
    this.#repeats = false;
    this.#plain.reserve(values.bytes.length);
    this.#plain.bytes.set(values.bytes, this.#plain.length);
    this.#plain.length += values.bytes.length;
    return true;
  }

  page(): Uint8Array {
    return this.#plain.text();
  }

  /** Adds texts that are all the same; false if they are not, or not in the dictionary. */
  #addSame(values: readonly unknown[]): boolean {
    const [first = null] = values;
    if (first === null || !this.#repeats || this.#plain.length > 0) return false;
    for (let row = 1; row < values.length; row++) if (values[row] !== first) return false;
    const index = this.#indexOf(String(first));
    if (index === null) return false;
    const { indexes } = this;
    const size = 2 * values.length;
    indexes.reserve(size);
    const start = indexes.length / 2;
    new Uint16Array(indexes.bytes.buffer).fill(index, start, start + values.length);
    indexes.length += size;
    return true;
  }

  /** The indexes, after how many bits each has. */
  indexPage(): Uint8Array {
    const count = this.indexes.length / 2;
    const { buffer } = this.indexes.bytes;
    const wide = new Uint16Array(buffer, 0, count);
    const isNarrow = this.count <= MOST_BYTE_INDEXES;
    const bytes = isNarrow ? Uint8Array.from(wide) : new Uint8Array(buffer, 0, 2 * count);
    const run = packedRun(bytes, count, isNarrow ? 1 : 2);
    const page = new Uint8Array(1 + run.length);
    page[0] = isNarrow ? 8 : 16;
    page.set(run, 1);
    return page;
  }

  bounds(): Bounds {
    if (this.#plain.length > 0 || this.count === 0) return null;
    const encoder = new TextEncoder();
    const texts = Array.from(this.#known.keys(), (text) => encoder.encode(text)).sort(compareBytes);
    return [texts[0]!, texts.at(-1)!];
  }

  clear(): void {
    this.#plain.length = 0;
    this.indexes.length = 0;
    this.dictionary.length = 0;
    this.#known.clear();
    this.#last = null;
  }

  /** The index of a text; null if there is no room for it in the dictionary. */
  #indexOf(text: string): number | null {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const index = this.#known.size;
    if (index === MOST_TEXTS || this.dictionary.length + text.length > MOST_TEXT_BYTES) {
      this.#repeats = false;
      return null;
    }
    this.#known.set(text, index);
    addText(this.dictionary, text);
    return index;
  }
}

/** Adds a text after its size. */
function addText(out: TextBuffer, text: string): void {
  out.reserve(TEXT_PREFIX_SIZE);
  const start = out.length;
  out.length += TEXT_PREFIX_SIZE;
  out.utf8(text);
  out.view.setUint32(start, out.length - start - TEXT_PREFIX_SIZE, true);
}

/** Packs bytes that are 0 or 1 as bits, the first one lowest. */
function packed(flags: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(Math.ceil(flags.length / 8));
  for (let i = 0; i < flags.length; i++) bits[i >> 3]! |= flags[i]! << (i & 7);
  return bits;
}

/** A bit-packed run of `count` values; `width` bytes each, or a bit. */
function packedRun(bytes: Uint8Array, count: number, width = 1 / 8): Uint8Array<ArrayBuffer> {
  const groups = Math.ceil(count / 8);
  const head = varint(groups * 2 + 1);
  const run = new Uint8Array(head.length + groups * 8 * width);
  run.set(head);
  run.set(bytes, head.length);
  return run;
}

/** Encodes a number in groups of seven bits, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return [...bytes, value];
}

function numberBounds(values: ArrayLike<number>): Bounds {
  if (values.length === 0) return null;
  let least = values[0]!;
  let most = least;
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return [least, most];
}

/** The bounds of 64-bit values, given as low and high halves in turn. */
function wordBounds(halves: Uint32Array): Bounds {
  if (halves.length === 0) return null;
  let least = 0;
  let most = 0;
  for (let i = 2; i < halves.length; i += 2) {
    if (isLess(halves, i, least)) least = i;
    else if (isLess(halves, most, i)) most = i;
  }
  return [wordAt(halves, least), wordAt(halves, most)];
}

function isLess(halves: Uint32Array, a: number, b: number): boolean {
  const high = halves[a + 1]!;
  const other = halves[b + 1]!;
  return high < other || (high === other && halves[a]! < halves[b]!);
}

function wordAt(halves: Uint32Array, at: number): bigint {
  return joinU64(halves[at + 1]!, halves[at]!);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
