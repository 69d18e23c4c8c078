import { assert, assertEquals } from "@std/assert";
import { type ParquetModule, ParquetTable } from "./parquet.ts";
import { tableOf } from "./table.ts";

/** Least bytes of a row group, as parquet.ts documents. */
const GROUP_SIZE = 2 << 20;
const HEADER = new Uint8Array(10);

interface Group {
  readonly "num_rows": bigint;
  readonly "total_byte_size": bigint;
  readonly columns: readonly {
    readonly "meta_data": { readonly "data_page_offset": bigint; readonly "num_values": bigint };
  }[];
}

/** Stands in for hyparquet-writer: headers of pages and footer have ten bytes, magics none. */
function fakeModule() {
  const footers: { readonly "row_groups": Group[]; readonly "num_rows": bigint }[] = [];
  class ByteWriter {
    buffer = new ArrayBuffer(0);
    index = 0;
    offset = 0;
    appendBytes(bytes: Uint8Array): void {
      const joined = new Uint8Array(this.index + bytes.length);
      joined.set(new Uint8Array(this.buffer, 0, this.index));
      joined.set(bytes, this.index);
      this.buffer = joined.buffer;
      this.index = joined.length;
      this.offset += bytes.length;
    }
  }
  class ParquetWriter {
    readonly "row_groups": Group[] = [];
    "num_rows" = 0n;
    #writer: ByteWriter;
    constructor({ writer }: { writer: ByteWriter }) {
      this.#writer = writer;
    }
    finish(): void {
      footers.push(this);
      this.#writer.appendBytes(HEADER);
    }
  }
  const module = {
    ByteWriter,
    ParquetWriter,
    writePageHeader: (writer: ByteWriter) => writer.appendBytes(HEADER),
    compress: (page: Uint8Array) => page.subarray(0, page.length / 2),
  } as unknown as ParquetModule;
  return { module, footers };
}

Deno.test("ParquetTable writes row groups of so many bytes, each row once", () => {
  const { module, footers } = fakeModule();
  const table = new ParquetTable(module, tableOf("chunks", "size:u64 name:text"), () => {});
  const name = "n".repeat(1000);
  const rows = 500;
  const batches = 50;
  for (let batch = 0; batch < batches; batch++) {
    const names = Array.from({ length: rows }, (_, row) => `${name}${batch * rows + row}`);
    table.write({ columns: [new BigUint64Array(rows), names], rows });
  }
  table.finish();
  const [{ row_groups: groups, num_rows: total }] = footers as [typeof footers[0]];
  assertEquals(total, BigInt(rows * batches));
  assertEquals(groups.reduce((sum, { num_rows }) => sum + num_rows, 0n), total);
  assertEquals(groups.length, 10);
  for (const { total_byte_size: size } of groups.slice(0, -1)) {
    assert(size >= GROUP_SIZE && size < GROUP_SIZE + 2 * rows * name.length, `${size}`);
  }
});

Deno.test("ParquetTable counts the bytes that it appends, and knows where pages are", () => {
  const { module, footers } = fakeModule();
  let size = 0;
  const append = (bytes: Uint8Array) => size += bytes.length;
  const table = new ParquetTable(module, tableOf("chunks", "size:u64 cpu:u32?"), append);
  assertEquals(table.bytesWritten, 0);
  table.write({ columns: [[1n, 2n, 3n, 4n], [1, null, null, 2]], rows: 4 });
  assertEquals(table.bytesWritten, 0);
  table.finish();
  // Two headers, half of 32 and of 8 bytes, two bytes of levels, a footer.
  assertEquals([table.bytesWritten, size], [52, 52]);
  const [{ row_groups: [group] }] = footers as [typeof footers[0]];
  const offsets = group!.columns.map(({ meta_data: { data_page_offset } }) => data_page_offset);
  assertEquals(offsets, [0n, 26n]);
});

Deno.test("ParquetTable without rows writes no group", () => {
  const { module, footers } = fakeModule();
  new ParquetTable(module, tableOf("tails", "size:u64"), () => {}).finish();
  assertEquals(footers.map(({ row_groups }) => row_groups), [[]]);
});
