import { assertEquals } from "@std/assert";
import type { AuxChunkHeader } from "../auxtrace/mod.ts";
import { Chunks } from "./_chunks.ts";
import { WordTable } from "./_word_table.ts";

Deno.test("Chunks keep positions of 64 bits, and sizes and places of 53", () => {
  const chunks = new Chunks();
  const headers = Array.from({ length: 20 }, (_, n) => ({
    recordHigh: 0x8000_0000 + n,
    streamHigh: n,
    low: 0xffff_fff0 + n % 16,
    referenceHigh: n,
    referenceLow: 0xffff_ffff - n,
    size: 2 ** 32 * n + 7,
    payloadOffset: 2 ** 53 - 1 - n,
    fileName: n % 2 === 0 ? null : `data.${n}`,
  }));
  for (const header of headers) chunks.add(header as unknown as AuxChunkHeader);
  assertEquals(chunks.count, 20);
  for (const [n, header] of headers.entries()) {
    const low = BigInt(0xffff_fff0 + n % 16);
    assertEquals(chunks.start(n), BigInt(0x8000_0000 + n) << 32n | low);
    assertEquals(chunks.end(n), chunks.start(n) + (BigInt(n) << 32n) + 7n);
    assertEquals(chunks.reference(n), BigInt(n) << 32n | BigInt(0xffff_ffff - n));
    assertEquals(chunks.size(n), header.size);
    assertEquals(chunks.fileOffset(n), header.payloadOffset);
    assertEquals(chunks.part(n), header.fileName);
  }
  chunks.useWraps();
  assertEquals(headers.map((_, n) => chunks.start(n) >> 32n), headers.map((_, n) => BigInt(n)));
});

Deno.test("WordTable keeps its rows when it grows", () => {
  const table = new WordTable(3);
  for (let row = 0; row < 1000; row++) {
    const at = table.add();
    assertEquals(table.words.subarray(at, at + 3), new Uint32Array(3));
    table.words.set([row, 2 * row, 0xffff_ffff - row], at);
  }
  for (let row = 0; row < 1000; row++) {
    assertEquals([table.u32(row, 0), table.u32(row, 2)], [row, 0xffff_ffff - row]);
    assertEquals(table.u64(row, 0), BigInt(row) << 32n | BigInt(2 * row));
    assertEquals(table.safe(row, 0), row * 2 ** 32 + 2 * row);
  }
});
