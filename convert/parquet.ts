import { ColumnChunk, type ColumnStatistics } from "./_column_chunk.ts";
import type { Column, RowBatch, Table } from "./table.ts";

/** What is used of the package `hyparquet-writer`, and how pages are compressed. */
export interface ParquetModule {
  /** Gathers bytes. */
  readonly ByteWriter: new () => ParquetBytes;
  /** Holds what the footer says, and writes it. */
  readonly ParquetWriter: new (options: {
    readonly writer: ParquetBytes;
    readonly schema: readonly ParquetElement[];
    readonly createdBy: string;
  }) => ParquetFooter;
  /** Writes the header of a page. */
  writePageHeader(writer: ParquetBytes, header: object): void;
  /** Compresses a page by zstd. */
  compress(page: Uint8Array): Uint8Array;
}

/** See {@linkcode ParquetModule}. */
export interface ParquetBytes {
  /** Holds the bytes. */
  readonly buffer: ArrayBuffer;
  /** How many of its bytes are used; 0 when they were taken. */
  index: number;
  /** How many bytes there ever were. */
  readonly offset: number;
  /** Adds bytes. */
  appendBytes(bytes: Uint8Array): void;
}

/** See {@linkcode ParquetModule}. */
export interface ParquetFooter {
  /** What the footer says of each row group. */
  readonly "row_groups": object[];
  /** Number of rows. */
  "num_rows": bigint;
  /** Writes the footer. */
  finish(): void | Promise<void>;
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

/** Least and most bytes of a row group, before they are compressed. */
const LEAST_GROUP_SIZE = 1 << 21;
const MOST_GROUP_SIZE = 1 << 25;
/** Share of the table that a row group is between these: of each, some KB are held until the end. */
const MANY_GROUPS = 1 << 8;
const CODEC = "ZSTD";

const TYPES: Readonly<Record<Column["type"], Pick<ParquetElement, "type" | "converted_type">>> = {
  u64: { type: "INT64", converted_type: "UINT_64" },
  u32: { type: "INT32", converted_type: "UINT_32" },
  i32: { type: "INT32" },
  bool: { type: "BOOLEAN" },
  f64: { type: "DOUBLE" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

/**
 * Writes a table as Parquet, a row group of 2 MiB before compression at a time, of up to 32 MiB in
 * tables of gigabytes.
 *
 * The package that knows the format of headers and footer is given, so that nothing is fetched
 * here. Positions are unsigned integers of 64 bits (`UINT_64`); pages are compressed by zstd.
 */
export class ParquetTable {
  readonly #module: ParquetModule;
  readonly #columns: readonly Column[];
  readonly #chunks: readonly ColumnChunk[];
  readonly #bytes: ParquetBytes;
  readonly #footer: ParquetFooter;
  readonly #append: (bytes: Uint8Array) => void;
  #rows = 0;
  /** Bytes of the row groups so far, before they were compressed. */
  #sizeSoFar = 0;

  /** `append` takes the bytes of the file, in order; they are overwritten afterwards. */
  constructor(
    module: ParquetModule,
    { columns, name }: Table,
    append: (bytes: Uint8Array) => void,
  ) {
    this.#module = module;
    this.#columns = columns;
    this.#chunks = columns.map((column) => new ColumnChunk(column));
    this.#append = append;
    this.#bytes = new module.ByteWriter();
    this.#footer = new module.ParquetWriter({
      writer: this.#bytes,
      schema: [{ name, num_children: columns.length }, ...columns.map(elementOf)],
      createdBy: "auxtail",
    });
  }

  /** Size of the file so far. Rows count when their row group is written. */
  get bytesWritten(): number {
    return this.#bytes.offset;
  }

  /** Adds rows of the table. */
  write({ columns, rows }: Pick<RowBatch, "columns" | "rows">): void {
    let size = 0;
    for (const [i, chunk] of this.#chunks.entries()) {
      chunk.add(columns[i]!);
      size += chunk.size;
    }
    this.#rows += rows;
    const share = this.#sizeSoFar / MANY_GROUPS;
    if (size >= Math.min(Math.max(share, LEAST_GROUP_SIZE), MOST_GROUP_SIZE)) this.#group();
  }

  /** Writes what is held, and the footer. */
  finish(): void {
    this.#group();
    this.#footer.finish();
    this.#flush();
  }

  #group(): void {
    if (this.#rows === 0) return;
    const start = this.#bytes.offset;
    const columns = this.#chunks.map((chunk, i) => this.#column(chunk, this.#columns[i]!));
    const rows = BigInt(this.#rows);
    const size = columns.reduce(
      (sum, { meta_data: data }) => sum + data.total_uncompressed_size,
      0n,
    );
    this.#sizeSoFar += Number(size);
    this.#footer.row_groups.push({
      columns,
      "total_byte_size": size,
      "num_rows": rows,
      "total_compressed_size": BigInt(this.#bytes.offset - start),
    });
    this.#footer.num_rows += rows;
    this.#rows = 0;
  }

  /** Writes the pages of a column, and returns what the footer says of them. */
  #column(chunk: ColumnChunk, column: Column) {
    const start = this.#bytes.offset;
    const { dictionary } = chunk;
    const encodings = new Set<string>();
    let size = 0;
    if (dictionary !== null) {
      const { count, values } = dictionary;
      const header = { "num_values": count, encoding: "PLAIN" };
      size += this.#page("DICTIONARY_PAGE", { "dictionary_page_header": header }, { values });
      encodings.add("PLAIN");
    }
    const dataStart = this.#bytes.offset;
    for (const { encoding, rows, nulls, levels, values } of chunk.pages()) {
      const header = {
        "num_values": rows,
        "num_nulls": nulls,
        "num_rows": rows,
        encoding,
        "definition_levels_byte_length": levels.length,
        "repetition_levels_byte_length": 0,
        "is_compressed": true,
      };
      size += this.#page("DATA_PAGE_V2", { "data_page_header_v2": header }, { levels, values });
      encodings.add(encoding);
    }
    const statistics: ColumnStatistics = chunk.statistics();
    chunk.clear();
    return {
      "file_offset": BigInt(start),
      "meta_data": {
        type: elementOf(column).type,
        encodings: [...encodings],
        "path_in_schema": [column.name],
        codec: CODEC,
        "num_values": BigInt(this.#rows),
        "total_uncompressed_size": BigInt(size),
        "total_compressed_size": BigInt(this.#bytes.offset - start),
        "data_page_offset": BigInt(dataStart),
        ...(dictionary !== null && { "dictionary_page_offset": BigInt(start) }),
        statistics,
      },
    };
  }

  /** Writes a page, and returns its size before compression, with its header. */
  #page(
    type: string,
    header: object,
    { levels, values }: { readonly levels?: Uint8Array; readonly values: Uint8Array },
  ): number {
    const levelsSize = levels?.length ?? 0;
    const compressed = this.#module.compress(values);
    const start = this.#bytes.offset;
    this.#module.writePageHeader(this.#bytes, {
      ...header,
      type,
      "uncompressed_page_size": levelsSize + values.length,
      "compressed_page_size": levelsSize + compressed.length,
    });
    const headerSize = this.#bytes.offset - start;
    if (levels !== undefined) this.#bytes.appendBytes(levels);
    this.#bytes.appendBytes(compressed);
    this.#flush();
    return headerSize + levelsSize + values.length;
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
