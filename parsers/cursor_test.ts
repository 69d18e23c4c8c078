import { assertEquals, assertThrows } from "@std/assert";
import { Cursor } from "./cursor.ts";
import { FormatError, type FormatErrorDetail } from "./format_error.ts";

/** The bytes 0x81, 0x82 and so on, which lie after three others in their buffer. */
function bytesOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size + 3 }, (_, i) => 0x7e + i).subarray(3);
}

function refusal(read: () => unknown): [string, FormatErrorDetail] {
  const { fault, detail } = assertThrows(read, FormatError);
  return [fault, detail];
}

type Reader = "u8" | "u16" | "u32" | "i32" | "u64" | "i64" | "f64";

const READERS: readonly (readonly [Reader, number, number | bigint, number | bigint])[] = [
  ["u8", 1, 0x81, 0x81],
  ["u16", 2, 0x8281, 0x8182],
  ["u32", 4, 0x84838281, 0x81828384],
  ["i32", 4, 0x84838281 - 2 ** 32, 0x81828384 - 2 ** 32],
  ["u64", 8, 0x8887868584838281n, 0x8182838485868788n],
  ["i64", 8, 0x8887868584838281n - 2n ** 64n, 0x8182838485868788n - 2n ** 64n],
];

Deno.test("Cursor reads numbers in both byte orders, up to its end and no further", () => {
  for (const [reader, size, little, big] of READERS) {
    for (const isLittle of [true, false]) {
      const cursor = new Cursor(bytesOf(size), 0x1000, isLittle, "head");
      assertEquals([reader, cursor[reader]()], [reader, isLittle ? little : big]);
      assertEquals([cursor.at, cursor.fileOffset, cursor.remaining], [size, 0x1000 + size, 0]);
      const short = new Cursor(bytesOf(size + 1), 0x1000, isLittle, "head");
      short.at = 2;
      assertEquals(refusal(() => short[reader]()), [
        "truncated",
        {
          structure: "head",
          offset: 0x1002,
          expected: `${size} more bytes`,
          actual: `${size - 1}`,
        },
      ]);
      assertEquals(short.at, 2);
    }
  }
});

Deno.test("Cursor reads doubles in both byte orders", () => {
  // IEEE 754: -1.5 is 0xbff8 and zeros.
  const little = new Uint8Array([0, 0, 0, 0, 0, 0, 0xf8, 0xbf]);
  const cursor = new Cursor(little, 0, true, "double");
  assertEquals([cursor.f64(), cursor.at], [-1.5, 8]);
  assertEquals(new Cursor(little.toReversed(), 0, false, "double").f64(), -1.5);
});

Deno.test("Cursor takes what remains of a structure that ends before the bytes", () => {
  const cursor = new Cursor(bytesOf(16), 100, true, "head");
  cursor.end = 6;
  assertEquals(cursor.take(0), 0);
  assertEquals(cursor.take(2), 0);
  assertEquals(cursor.remaining, 4);
  assertEquals(refusal(() => cursor.take(5)), [
    "truncated",
    { structure: "head", offset: 102, expected: "5 more bytes", actual: "4" },
  ]);
  assertEquals([cursor.take(4), cursor.at, cursor.take(0)], [2, 6, 6]);
  assertEquals(refusal(() => cursor.take(1))[1].offset, 106);
});

Deno.test("Cursor copies bytes", () => {
  const bytes = bytesOf(8);
  const cursor = new Cursor(bytes, 0, true, "data");
  cursor.at = 1;
  const copy = cursor.copy(3);
  assertEquals([[...copy], cursor.at], [[0x82, 0x83, 0x84], 4]);
  bytes[1] = 0;
  assertEquals(copy[0], 0x82);
  assertEquals(cursor.copy(0).length, 0);
  assertThrows(() => cursor.copy(5), FormatError, "expected 5 more bytes, got 4");
});

Deno.test("Cursor reads text up to the first NUL, and moves past its field", () => {
  const texts: readonly (readonly [string, number, string])[] = [
    ["perf\0\0\0\0", 8, "perf"],
    ["perf\0x\0\0", 8, "perf"],
    ["\0\0", 2, ""],
    ["\0a", 2, ""],
    ["perfperf", 4, "perf"],
    ["perfper\0", 4, "perf"],
    ["perf\0", 4, "perf"],
    ["é", 2, "é"],
    ["x", 0, ""],
  ];
  for (const [text, size, expected] of texts) {
    const cursor = new Cursor(new TextEncoder().encode(`##${text}`), 0, true, "text");
    cursor.at = 2;
    assertEquals([cursor.text(size), cursor.at], [expected, 2 + size]);
  }
  const cursor = new Cursor(new Uint8Array(4), 0, true, "text");
  assertThrows(() => cursor.text(5), FormatError, "expected 5 more bytes, got 4");
});

/** A count of `count` items, and `rest` bytes after it; two bytes are before it. */
function counted(width: 4 | 8, count: bigint, rest: number): Cursor {
  const bytes = new Uint8Array(2 + width + rest);
  const view = new DataView(bytes.buffer);
  if (width === 8) view.setBigUint64(2, count);
  else view.setUint32(2, Number(count));
  const cursor = new Cursor(bytes, 0x100, false, "table");
  cursor.at = 2;
  return cursor;
}

Deno.test("count64() and count32() allow as many items as fit, and not one more", () => {
  for (const width of [4, 8] as const) {
    const read = (count: bigint, rest: number, itemSize: number) => {
      const cursor = counted(width, count, rest);
      return width === 8 ? cursor.count64(itemSize) : cursor.count32(itemSize);
    };
    for (
      const [rest, itemSize, most] of [
        [0, 1, 0],
        [0, 8, 0],
        [7, 8, 0],
        [8, 8, 1],
        [15, 8, 1],
        [16, 8, 2],
        [17, 8, 2],
        [5, 1, 5],
        [9, 4, 2],
      ] as const
    ) {
      assertEquals(read(0n, rest, itemSize), 0);
      assertEquals(read(BigInt(most), rest, itemSize), most);
      assertEquals(refusal(() => read(BigInt(most + 1), rest, itemSize)), [
        "corrupt",
        {
          structure: "table",
          offset: 0x102,
          expected: `a count of at most ${most}`,
          actual: `${most + 1}`,
        },
      ]);
    }
  }
  assertEquals(
    refusal(() => counted(8, 2n ** 64n - 1n, 9).count64(4))[1].actual,
    `${2n ** 64n - 1n}`,
  );
  assertEquals(refusal(() => counted(4, 2n ** 32n - 1n, 9).count32(4))[1].actual, `${2 ** 32 - 1}`);
});

Deno.test("refuse() names the next read, or the position it is given", () => {
  const cursor = new Cursor(bytesOf(8), 0x40, true, "attr");
  cursor.take(4);
  const detail = { structure: "attr", expected: "a", actual: "b" };
  assertEquals(refusal(() => cursor.refuse("unsupported", "a", "b")), [
    "unsupported",
    { ...detail, offset: 0x44 },
  ]);
  assertEquals(refusal(() => cursor.refuse("bad-magic", "a", "b", 1))[1].offset, 0x41);
});

Deno.test("FormatError says what is wrong, and where", () => {
  const detail = { structure: "attr", offset: 255, expected: "72", actual: "0" };
  const error = new FormatError("corrupt", detail);
  assertEquals(error.message, "Cannot decode attr at 0xff: expected 72, got 0");
  assertEquals([error.name, error.fault, error.detail], ["FormatError", "corrupt", detail]);
});
