import { assertEquals } from "@std/assert";
import { type ParquetModule, ParquetTable } from "./parquet.ts";
import { TABLES } from "./tables.ts";

/** Rows of a group, as parquet.ts documents. */
const GROUP = 8192;

/** Stands in for hyparquet-writer: notes the groups that it is given. */
function fakeModule() {
  const groups: { rows: number; names: string[]; first: unknown[]; last: unknown[] }[] = [];
  let isFinished = false;
  class ByteWriter {
    buffer = new ArrayBuffer(4);
    index = 0;
    flush(): void {}
  }
  class ParquetWriter {
    write(
      { columnData, rowGroupSize }: {
        columnData: readonly { name: string; data: readonly unknown[] }[];
        rowGroupSize: number;
      },
    ): void {
      groups.push({
        rows: rowGroupSize,
        names: columnData.filter(({ data }) => data.length === rowGroupSize).map(({ name }) =>
          name
        ),
        first: columnData.map(({ data }) => data[0]),
        last: columnData.map(({ data }) => data.at(-1)),
      });
    }
    finish(): void {
      isFinished = true;
    }
  }
  const module = { ByteWriter, ParquetWriter } as unknown as ParquetModule;
  return { module, groups, isFinished: () => isFinished };
}

Deno.test("ParquetTable writes rows in groups, each row once", () => {
  const { module, groups, isFinished } = fakeModule();
  const { chunks } = TABLES;
  const table = new ParquetTable(module, chunks, () => {});
  let row = 0;
  const write = (rows: number) => {
    const from = row;
    row += rows;
    const columns = chunks.columns.map(() => Array.from({ length: rows }, (_, i) => from + i));
    table.write({ columns, rows });
  };
  const names = chunks.columns.map(({ name }) => name);
  const group = (from: number, rows: number) => ({
    rows,
    names,
    first: names.map(() => from),
    last: names.map(() => from + rows - 1),
  });
  write(GROUP - 1);
  assertEquals(groups, []);
  write(1);
  assertEquals(groups, [group(0, GROUP)]);
  write(GROUP + 2);
  write(3);
  assertEquals([groups.slice(1), isFinished()], [[group(GROUP, GROUP + 2)], false]);
  table.finish();
  assertEquals([groups.slice(2), isFinished()], [[group(2 * GROUP + 2, 3)], true]);
});

Deno.test("ParquetTable without rows writes no group", () => {
  const { module, groups, isFinished } = fakeModule();
  new ParquetTable(module, TABLES.tails, () => {}).finish();
  assertEquals([groups, isFinished()], [[], true]);
});
