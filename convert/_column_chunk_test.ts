import { assertEquals, assertThrows } from "@std/assert";
import { ColumnChunk } from "./_column_chunk.ts";
import { TextRows } from "./_text_column.ts";
import { type ColumnType, type ColumnValues, tableOf } from "./table.ts";

/** What is written of the values of a column, given in two parts. */
function written(type: `${ColumnType}${"?" | ""}`, ...parts: ColumnValues[]) {
  const chunk = new ColumnChunk(tableOf("chunks", `size:${type}`).columns[0]!);
  for (const part of parts) chunk.add(part);
  const { dictionary } = chunk;
  return {
    dictionary: dictionary && [dictionary.count, [...dictionary.values]],
    pages: Array.from(chunk.pages(), ({ levels, values, ...page }) => ({
      ...page,
      levels: [...levels],
      values: [...values],
    })),
    ...chunk.statistics(),
  };
}

const utf8 = (text: string) => [...new TextEncoder().encode(text)];

// The bytes follow from Parquet's Encodings.md.

Deno.test("ColumnChunk encodes numbers as they stand in memory, with their bounds", () => {
  const page = { encoding: "PLAIN" as const, nulls: 0, levels: [] };
  const none = { dictionary: null, "null_count": 0n };
  const high = 2n ** 64n - 2n;
  for (const values of [[1n, high, 2n ** 32n], BigUint64Array.of(1n, high, 2n ** 32n)]) {
    assertEquals(written("u64", values), {
      ...none,
      pages: [{
        ...page,
        rows: 3,
        values: [1, 0, 0, 0, 0, 0, 0, 0, 254, ...Array(7).fill(255), 0, 0, 0, 0, 1, 0, 0, 0],
      }],
      "min_value": 1n,
      "max_value": high,
    });
  }
  assertEquals(written("u32", Uint32Array.of(7), [0xfffffffe]), {
    ...none,
    pages: [{ ...page, rows: 2, values: [7, 0, 0, 0, 254, 255, 255, 255] }],
    "min_value": 7,
    "max_value": 0xfffffffe,
  });
  assertEquals(written("i32", [-2, 1]), {
    ...none,
    pages: [{ ...page, rows: 2, values: [254, 255, 255, 255, 1, 0, 0, 0] }],
    "min_value": -2,
    "max_value": 1,
  });
  assertEquals(written("f64", [1.5]), {
    ...none,
    pages: [{ ...page, rows: 1, values: [0, 0, 0, 0, 0, 0, 0xf8, 0x3f] }],
    "min_value": 1.5,
    "max_value": 1.5,
  });
  assertEquals(written("bool", [true, false, true], [true, false, false, false, false, true]), {
    ...none,
    pages: [{ ...page, rows: 9, values: [0b1101, 1] }],
  });
});

Deno.test("ColumnChunk tells by levels which values are null", () => {
  const page = { encoding: "PLAIN" as const, rows: 3, nulls: 0 };
  // A run of three values, 3 << 1, that are all 1; all 0; or one group of eight bits, 1 << 1 | 1.
  for (
    const [values, nulls, levels, bytes] of [
      [Uint32Array.of(1, 2, 3), 0, [6, 1], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]],
      [[null, undefined, null], 3, [6, 0], []],
      [[null, 2, 3], 1, [3, 0b110], [2, 0, 0, 0, 3, 0, 0, 0]],
    ] as const
  ) {
    const { pages, null_count: count } = written("u32?", values);
    assertEquals(pages, [{ ...page, nulls, levels: [...levels], values: [...bytes] }]);
    assertEquals(count, BigInt(nulls));
  }
  // 200 rows in a run: 400 as a varint.
  assertEquals(written("u32?", new Uint32Array(200)).pages[0]!.levels, [0x90, 3, 1]);
});

Deno.test("ColumnChunk encodes texts that repeat as indexes of a dictionary", () => {
  assertEquals(written("text?", ["b", null, "aé", "b"], ["b", null]), {
    dictionary: [2, [1, 0, 0, 0, ...utf8("b"), 3, 0, 0, 0, ...utf8("aé")]],
    // Eight bits each; a group of eight.
    pages: [{
      encoding: "RLE_DICTIONARY",
      rows: 6,
      nulls: 2,
      levels: [3, 0b011101],
      values: [8, 3, 0, 1, 0, 0, 0, 0, 0, 0],
    }],
    "min_value": new Uint8Array(utf8("aé")),
    "max_value": new Uint8Array(utf8("b")),
    "null_count": 2n,
  });
  const { pages } = written("text", Array.from({ length: 300 }, (_, i) => `${i % 257}`));
  assertEquals(pages[0]!.values.slice(0, 4), [16, 77, 0, 0]); // 38 groups of 16 bits
  assertEquals(pages[0]!.values.length, 2 + 38 * 16);
});

Deno.test("ColumnChunk continues without the dictionary where texts differ, from that row on", () => {
  const texts = Array.from({ length: 5000 }, (_, i) => `${i}`);
  const { dictionary, pages, ...statistics } = written("text?", [null, ...texts, null]);
  assertEquals(dictionary![0], 4096);
  assertEquals(pages.map(({ encoding, rows, nulls }) => [encoding, rows, nulls]), [
    ["RLE_DICTIONARY", 4097, 1],
    ["PLAIN", 905, 1],
  ]);
  assertEquals(pages[1]!.values.slice(0, 8), [4, 0, 0, 0, ...utf8("4096")]);
  assertEquals(statistics, { "null_count": 2n });
});

Deno.test("ColumnChunk takes the texts of TextRows as they are", () => {
  const rows = new TextRows(2);
  for (const text of ["{}", "é"]) {
    rows.begin();
    rows.out.utf8(text);
    rows.end();
  }
  const column = rows.take();
  assertEquals([[...column], column.length, column.at(1), column.at(2)], [
    ["{}", "é"],
    2,
    "é",
    undefined,
  ]);
  assertEquals(written("text", column), {
    dictionary: null,
    pages: [{
      encoding: "PLAIN",
      rows: 2,
      nulls: 0,
      levels: [],
      values: [2, 0, 0, 0, ...utf8("{}"), 2, 0, 0, 0, ...utf8("é")],
    }],
    "null_count": 0n,
  });
  assertEquals([...rows.take()], []);
  rows.begin();
  assertThrows(() => column.at(1), TypeError, "detached");
});

Deno.test("ColumnChunk is empty after clear(), and texts get a dictionary again", () => {
  const chunk = new ColumnChunk(tableOf("chunks", "size:text?").columns[0]!);
  chunk.add(["a", null]);
  chunk.clear();
  assertEquals([chunk.size, chunk.dictionary, [...chunk.pages()]], [0, null, []]);
  chunk.add(["b"]);
  assertEquals([...chunk.dictionary!.values], [1, 0, 0, 0, ...utf8("b")]);
});
