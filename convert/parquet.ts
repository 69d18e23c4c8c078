import type { Column, RowBatch, Table } from "./table.ts";

/** What is used of the package `hyparquet-writer`. */
export interface ParquetModule {
  /** Gathers bytes; `index` is how many there are, `offset` how many there ever were. */
  readonly ByteWriter: new () => ParquetBytes;
  /** Writes row groups, and at the end the footer. */
  readonly ParquetWriter: new (options: {
    readonly writer: ParquetBytes;
    readonly schema: readonly ParquetElement[];
    readonly createdBy: string;
  }) => {
    write(options: {
      readonly columnData: readonly {
        readonly name: string;
        readonly data: readonly unknown[];
        readonly offsetIndex: boolean;
        readonly statistics: boolean;
      }[];
      readonly rowGroupSize: number;
    }): void | Promise<void>;
    finish(): void | Promise<void>;
  };
}

/** See {@linkcode ParquetModule}. */
export interface ParquetBytes {
  /** Holds the bytes. */
  readonly buffer: ArrayBuffer;
  /** How many of its bytes are used; 0 when they were taken. */
  index: number;
  /** Called after each row group. */
  flush?: () => void;
}

/** An element of a Parquet schema. */
export interface ParquetElement {
  /** Of the column, or of the table. */
  readonly name: string;
  /** Physical type. */
  readonly type?: string;
  /** What the values mean. */
  readonly "converted_type"?: string;
  /** `REQUIRED` or `OPTIONAL`. */
  readonly "repetition_type"?: string;
  /** Columns of the table. */
  readonly "num_children"?: number;
}

/** Rows of a row group. */
const GROUP = 1 << 13;

const TYPES: Readonly<Record<Column["type"], Pick<ParquetElement, "type" | "converted_type">>> = {
  u64: { type: "INT64", converted_type: "UINT_64" },
  u32: { type: "INT32", converted_type: "UINT_32" },
  i32: { type: "INT32" },
  bool: { type: "BOOLEAN" },
  f64: { type: "DOUBLE" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

/**
 * Writes a table as Parquet, a row group of some 8,192 rows at a time.
 *
 * The package that does it is given, so that nothing is fetched here. Positions are unsigned
 * integers of 64 bits (`UINT_64`).
 */
export class ParquetTable {
  readonly #columns: readonly Column[];
  readonly #bytes: ParquetBytes;
  readonly #writer: InstanceType<ParquetModule["ParquetWriter"]>;
  readonly #append: (bytes: Uint8Array) => void;
  #held: unknown[][];

  /** `append` takes the bytes of the file, in order; they are overwritten afterwards. */
  constructor(
    module: ParquetModule,
    { columns, name }: Table,
    append: (bytes: Uint8Array) => void,
  ) {
    this.#columns = columns;
    this.#append = append;
    this.#bytes = new module.ByteWriter();
    this.#bytes.flush = () => this.#flush();
    this.#writer = new module.ParquetWriter({
      writer: this.#bytes,
      schema: [{ name, num_children: columns.length }, ...columns.map(elementOf)],
      createdBy: "auxtail",
    });
    this.#held = columns.map(() => []);
  }

  /** Adds rows of the table. */
  write({ columns, rows }: Pick<RowBatch, "columns" | "rows">): void {
    for (const [i, held] of this.#held.entries()) {
      const values = columns[i]!;
      for (let row = 0; row < rows; row++) held.push(values[row]);
    }
    if (this.#held[0]!.length >= GROUP) this.#group();
  }

  /** Writes what is held, and the footer. */
  finish(): void {
    this.#group();
    this.#writer.finish();
    this.#flush();
  }

  #group(): void {
    const rows = this.#held[0]!.length;
    if (rows === 0) return;
    const columnData = this.#columns.map(({ name }, i) => ({
      name,
      data: this.#held[i]!,
      offsetIndex: false, // it would be held until the end
      statistics: name !== "fields", // nobody asks for the least of them
    }));
    this.#writer.write({ columnData, rowGroupSize: rows });
    this.#held = this.#columns.map(() => []);
  }

  #flush(): void {
    if (this.#bytes.index === 0) return;
    this.#append(new Uint8Array(this.#bytes.buffer, 0, this.#bytes.index));
    this.#bytes.index = 0;
  }
}

function elementOf({ name, type, nullable }: Column): ParquetElement {
  return { name, ...TYPES[type], repetition_type: nullable ? "OPTIONAL" : "REQUIRED" };
}
