import { NullColumn } from "./_text_column.ts";
import type { ColumnType, ColumnValues } from "./table.ts";

const FIRST_CAPACITY = 64;
const MAX_U64 = 2n ** 64n - 1n;

/** Gathers the values of a column of a batch. */
export interface ColumnRows {
  /** Adds a value; null for unknown. */
  add(value: unknown): void;
  /** The values so far, which are forgotten. */
  take(): ColumnValues;
}

/** Gathers values of a type: words and numbers without an object for each. */
export function columnRows(type: ColumnType): ColumnRows {
  switch (type) {
    case "u64":
      return new TypedRows((capacity) => new BigUint64Array(capacity), wordOf);
    case "u32":
      return new TypedRows((capacity) => new Uint32Array(capacity));
    case "i32":
      return new TypedRows((capacity) => new Int32Array(capacity));
    case "f64":
      return new TypedRows((capacity) => new Float64Array(capacity));
    case "bool":
    case "text":
      return new PlainRows();
  }
}

type TypedValues =
  & (BigUint64Array | Uint32Array | Int32Array | Float64Array)
  & { [row: number]: number | bigint };

class TypedRows implements ColumnRows {
  readonly #make: (capacity: number) => TypedValues;
  readonly #valueOf: (value: unknown) => number | bigint | null;
  #values: TypedValues;
  #isKnown = new Uint8Array(FIRST_CAPACITY);
  #length = 0;
  #known = 0;

  constructor(
    make: (capacity: number) => TypedValues,
    valueOf = (value: unknown) => value as number | bigint | null,
  ) {
    this.#make = make;
    this.#valueOf = valueOf;
    this.#values = make(FIRST_CAPACITY);
  }

  add(value: unknown): void {
    const row = this.#length++;
    if (row === this.#values.length) this.#grow();
    const known = this.#valueOf(value);
    if (known === null) {
      this.#isKnown[row] = 0;
      return;
    }
    this.#values[row] = known;
    this.#isKnown[row] = 1;
    this.#known++;
  }

  take(): ColumnValues {
    const values = this.#values.subarray(0, this.#length);
    const isKnown = this.#isKnown;
    const known = this.#known;
    this.#length = 0;
    this.#known = 0;
    if (known === 0) return new NullColumn(values.length);
    if (known < values.length) {
      return Array.from<unknown, unknown>(
        values,
        (value, row) => isKnown[row] === 1 ? value : null,
      );
    }
    this.#values = this.#make(this.#values.length);
    return values;
  }

  #grow(): void {
    const values = this.#make(2 * this.#values.length);
    values.set(this.#values as never);
    this.#values = values;
    const isKnown = new Uint8Array(values.length);
    isKnown.set(this.#isKnown);
    this.#isKnown = isKnown;
  }
}

class PlainRows implements ColumnRows {
  #values: unknown[] = [];

  add(value: unknown): void {
    this.#values.push(value);
  }

  take(): ColumnValues {
    const values = this.#values;
    this.#values = [];
    return values;
  }
}

/** A number becomes a bigint; a position that 64 bits cannot hold becomes null. */
function wordOf(value: unknown): bigint | null {
  if (typeof value === "number") return BigInt(value);
  return value === null || (value as bigint) > MAX_U64 ? null : value as bigint;
}
