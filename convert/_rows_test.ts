import { assertEquals } from "@std/assert";
import { TableRows } from "./_rows.ts";
import { tableOf } from "./table.ts";

const TABLE = tableOf("chunks", "aux_offset:u64? name:text? size:u32");

Deno.test("tableOf() reads name, type and whether a value can be unknown", () => {
  assertEquals(TABLE, {
    name: "chunks",
    columns: [
      { name: "aux_offset", type: "u64", nullable: true },
      { name: "name", type: "text", nullable: true },
      { name: "size", type: "u32", nullable: false },
    ],
  });
});

Deno.test("TableRows takes properties by their names, values where they are given, and null for none", () => {
  const rows = new TableRows<{ auxOffset?: unknown; n: number }>(TABLE, { size: ({ n }) => n * 2 });
  for (const auxOffset of [7, 7n, 2n ** 64n - 1n, 2n ** 64n, null, undefined]) {
    rows.add({ auxOffset, n: 3 });
  }
  const [batch, ...others] = rows.take(5);
  const { columns, ...rest } = batch!;
  assertEquals([rest, others], [{ table: TABLE, fileOffset: 5, rows: 6 }, []]);
  assertEquals(columns.map((column) => [...column]), [
    [7n, 7n, 2n ** 64n - 1n, null, null, null],
    new Array(6).fill(null),
    new Array(6).fill(6),
  ]);
});

Deno.test("TableRows has its rows once, and no batch where there are none", () => {
  const rows = new TableRows<{ size: number }>(TABLE);
  assertEquals([...rows.take(0)], []);
  rows.add({ size: 1 });
  assertEquals([...rows.take(0)].map(({ rows }) => rows), [1]);
  assertEquals([...rows.take(0)], []);
});

Deno.test("TableRows is full with 512 rows", () => {
  const rows = new TableRows<{ size: number }>(TABLE);
  for (let n = 0; n < 511; n++) rows.add({ size: n });
  assertEquals(rows.isFull, false);
  rows.add({ size: 0 });
  assertEquals(rows.isFull, true);
});
