import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../encoders/byte_writer.ts";
import { Cursor } from "../cursor.ts";
import { FormatError } from "../format_error.ts";
import { sweepDamage } from "../../testing/damaged_bytes.ts";
import { decodeCpuMap } from "./cpu_map.ts";

/** Writes the three `u16` fields with which most encodings start, and what follows. */
function mapBytes(
  little: boolean,
  fields: readonly number[],
  writeRest: (out: ByteWriter) => void = () => {},
): Uint8Array {
  const out = new ByteWriter(little);
  for (const field of fields) out.u16(field);
  writeRest(out);
  return out.toBytes();
}

const read = (bytes: Uint8Array, little: boolean) =>
  decodeCpuMap(new Cursor(bytes, 0x100, little, "record"));

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

const rangeBytes = (little: boolean, options: { any: number; first: number; last: number }) =>
  mapBytes(little, [2], (out) => {
    out.u8(options.any);
    out.u8(0);
    out.u16(options.first);
    out.u16(options.last);
  });

Deno.test("decodeCpuMap() reads the encodings of perf's tests/cpumap.c", () => {
  for (const little of [true, false]) {
    const mask = mapBytes(little, [1, 1, 4], (out) => out.u32(0x1ffffd));
    assertEquals(read(mask, little), [0, ...range(2, 20)]);
    const list = mapBytes(little, [0, 2, 1, 256]);
    assertEquals(read(list, little), [1, 256]);
    const span = rangeBytes(little, { any: 0, first: 1, last: 256 });
    assertEquals(read(span, little), range(1, 256));
  }
});

Deno.test("decodeCpuMap() reads any CPU as -1", () => {
  for (const little of [true, false]) {
    assertEquals(read(mapBytes(little, [0, 2, 0xffff, 3]), little), [-1, 3]);
    const span = rangeBytes(little, { any: 1, first: 4, last: 6 });
    assertEquals(read(span, little), [-1, 4, 5, 6]);
  }
});

Deno.test("decodeCpuMap() reads masks of 8-byte words behind four bytes of padding", () => {
  for (const little of [true, false]) {
    const bytes = mapBytes(little, [1, 2, 8], (out) => {
      out.zeros(4);
      out.u64(1n << 63n | 1n);
      out.u64(2n);
    });
    assertEquals(read(bytes, little), [0, 63, 65]);
  }
});

Deno.test("decodeCpuMap() reads several words of a 4-byte mask", () => {
  const bytes = mapBytes(true, [1, 2, 4], (out) => {
    out.u32(0x8000_0000);
    out.u32(1);
  });
  assertEquals(read(bytes, true), [31, 32]);
});

Deno.test("decodeCpuMap() ignores padding and survives damage", () => {
  for (const little of [true, false]) {
    const maps = [
      mapBytes(little, [0, 2, 1, 256]),
      mapBytes(little, [1, 1, 4], (out) => out.u32(0x1ffffd)),
      mapBytes(little, [1, 1, 8], (out) => out.zeros(12)),
      rangeBytes(little, { any: 1, first: 4, last: 6 }),
    ];
    for (const bytes of maps) {
      const padded = new Uint8Array(bytes.length + 16);
      padded.set(bytes);
      assertEquals(read(padded, little), read(bytes, little));
      assertEquals(sweepDamage(bytes, (damaged) => read(damaged, little)), []);
    }
  }
});

Deno.test("decodeCpuMap() produces at most 65,536 CPUs", () => {
  assertEquals(read(rangeBytes(true, { any: 0, first: 0, last: 0xffff }), true).length, 65_536);
  const full = mapBytes(true, [1, 2048, 4], (out) => out.bytes(new Uint8Array(8192).fill(0xff)));
  assertEquals(read(full, true).length, 65_536);
  const tooMany = [
    rangeBytes(true, { any: 1, first: 0, last: 0xffff }),
    mapBytes(true, [1, 2049, 4], (out) => out.bytes(new Uint8Array(8196).fill(0xff))),
    mapBytes(true, [1, 0xffff, 8], (out) => out.bytes(new Uint8Array(524_284).fill(0xff))),
  ];
  for (const bytes of tooMany) {
    const error = assertThrows(() => read(bytes, true), FormatError);
    assertEquals([error.fault, error.detail.offset], ["corrupt", 0x100]);
  }
});

Deno.test("decodeCpuMap() rejects what contradicts itself or is not known", () => {
  const backwards = rangeBytes(true, { any: 0, first: 5, last: 4 });
  assertEquals(assertThrows(() => read(backwards, true), FormatError).fault, "corrupt");
  const oddWords = mapBytes(true, [1, 1, 2, 0, 0, 0]);
  assertEquals(assertThrows(() => read(oddWords, true), FormatError).fault, "corrupt");
  const unknown = mapBytes(true, [3, 0, 0, 0]);
  assertEquals(assertThrows(() => read(unknown, true), FormatError).fault, "unsupported");
});
