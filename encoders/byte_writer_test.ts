import { assertEquals, assertThrows } from "@std/assert";
import { fieldBytes } from "../testing/field_bytes.ts";
import { bitField, ByteWriter } from "./byte_writer.ts";

const ORDERS = ["little", "big"] as const;

Deno.test("ByteWriter writes numbers in both byte orders", () => {
  for (const order of ORDERS) {
    const out = new ByteWriter(order === "little");
    out.u8(0xfe);
    out.u16(0x1234);
    out.u32(0x89abcdef);
    out.u32(-2);
    out.u64(0x0123456789abcdefn);
    out.u64(-3n);
    out.u32s([1, 2]);
    out.u64s([3n, 4n]);
    const expected = "1:0xfe 2:0x1234 4:0x89abcdef 4:-2 8:0x0123456789abcdef 8:-3 4:1 4:2 8:3 8:4";
    assertEquals([...out.toBytes()], fieldBytes(expected, order));
    assertEquals(out.size, 51);
  }
});

Deno.test("ByteWriter writes doubles in both byte orders", () => {
  for (const order of ORDERS) {
    const out = new ByteWriter(order === "little");
    out.f64(-1.5);
    assertEquals([...out.toBytes()], fieldBytes("8:0xbff8000000000000", order));
  }
});

Deno.test("ByteWriter pads to the next multiple, and not where it is at one", () => {
  for (let size = 0; size <= 17; size++) {
    const out = new ByteWriter(true);
    out.bytes(new Uint8Array(size).fill(7));
    out.align(8);
    assertEquals(out.size, [0, 8, 16, 24][size === 0 ? 0 : size <= 8 ? 1 : size <= 16 ? 2 : 3]);
    assertEquals([...out.toBytes()].slice(size).every((byte) => byte === 0), true);
  }
});

Deno.test("ByteWriter writes text in all forms of perf", () => {
  const written = (write: (out: ByteWriter) => void) => {
    const out = new ByteWriter(true);
    out.u8(9);
    write(out);
    return [...out.toBytes()].slice(1);
  };
  assertEquals(written((out) => out.text("perf")), fieldBytes("'perf"));
  assertEquals(written((out) => out.text("é")), [0xc3, 0xa9]);
  assertEquals(written((out) => out.field("perf", 6)), fieldBytes("'perf 2*0"));
  assertEquals(written((out) => out.field("perf", 4)), fieldBytes("'perf"));
  assertThrows(() => written((out) => out.field("perf", 3)), RangeError, "3 bytes: perf");
  assertEquals(written((out) => out.paddedText("perf")), fieldBytes("'perf 3*0"));
  assertEquals(written((out) => out.paddedText("perf12")), fieldBytes("'perf12 1*0"));
  assertEquals(written((out) => out.paddedText("perf123")), fieldBytes("'perf123 8*0"));
  assertEquals(written((out) => out.paddedText("")), fieldBytes("7*0"));
});

Deno.test("ByteWriter pads header strings to 64 bytes with their NUL", () => {
  const sizes = [[0, 64], [1, 64], [63, 64], [64, 128], [127, 128], [128, 192]] as const;
  for (const [length, size] of sizes) {
    for (const order of ORDERS) {
      const out = new ByteWriter(order === "little");
      out.headerString("a".repeat(length));
      const expected = `4:${size} ${length}*97 ${size - length}*0`;
      assertEquals([...out.toBytes()], fieldBytes(expected, order));
    }
  }
});

Deno.test("ByteWriter grows, by the double or by what it needs", () => {
  for (const pieces of [[255, 1], [256, 1], [255, 2, 300], [256, 5000, 1], [1, 512, 7], [0, 513]]) {
    const out = new ByteWriter(true);
    pieces.forEach((size, i) => out.bytes(new Uint8Array(size).fill(i + 1)));
    const expected = pieces.flatMap((size, i) => Array.from({ length: size }, () => i + 1));
    assertEquals([...out.toBytes()], expected);
    assertEquals(out.size, expected.length);
  }
});

Deno.test("bitField() counts from the low end, or on big endian machines from the high end", () => {
  assertEquals(bitField(true, 0, 1, 1), 1n);
  assertEquals(bitField(true, 15, 2, 3), 0x18000n);
  assertEquals(bitField(true, 63, 1, 1), 0x8000000000000000n);
  assertEquals(bitField(false, 0, 1, 1), 0x8000000000000000n);
  assertEquals(bitField(false, 15, 2, 3), 0x0001800000000000n);
  assertEquals(bitField(false, 15, 2, 1), 0x0000800000000000n);
  assertEquals(bitField(false, 63, 1, 1), 1n);
});
