import { assertEquals } from "@std/assert";
import { bytesSource, TextBuffer } from "../parsers/internal.ts";
import { ownFields } from "../parsers/perf/internal.ts";
import { parsePerfFile } from "../parsers/perf/mod.ts";
import { everyRecord } from "../testing/every_record.ts";
import { jsonText } from "../text/mod.ts";
import { writeJson } from "./_json_bytes.ts";

const WORDS = [
  ...[0n, 1n, 9n, 10n, 99n, 100n, 12345678n, 99_999_999n, 100_000_000n, 123_456_789_012_345n],
  ...Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit)),
  ...Array.from({ length: 64 }, (_, bit) => (1n << BigInt(bit)) * 2n - 1n),
];

function assertSame(value: object): void {
  const out = new TextBuffer(1);
  out.ascii("before");
  writeJson(out, value);
  const text = new TextDecoder().decode(out.text());
  assertEquals(text, `before${jsonText(value)}`);
}

Deno.test("writeJson() writes words of any size as jsonText() does, by their names", () => {
  for (const key of ["ip", "timeNs", "count", "period", "head"]) {
    for (const word of WORDS) {
      assertSame({ [key]: word });
      assertSame({ [key]: BigUint64Array.of(word, 7n, word) });
    }
    assertSame({ [key]: 2n ** 64n });
    assertSame({ [key]: -1n });
    assertSame({ [key]: new BigUint64Array(0) });
  }
});

Deno.test("writeJson() writes numbers as jsonText() does", () => {
  const numbers = WORDS.filter((word) => word < 2n ** 60n).map(Number);
  for (const value of [...numbers, -1, -0, 0.5, -2.25, 1e21, 1e-7, NaN, Infinity, -Infinity]) {
    assertSame({ value, list: [value, 1] });
    assertSame({ fileOffset: value });
  }
});

Deno.test("writeJson() writes texts, bytes, and what is in each other as jsonText() does", () => {
  for (
    const text of [
      "",
      "plain",
      'quote "',
      "back\\slash",
      "\u0000\n\x7f",
      "é€😀",
      "\u202e",
      "\ud800",
    ]
  ) {
    assertSame({ text, [text]: 1, inner: { [text]: [text] } });
  }
  assertSame({});
  assertSame({ none: null, missing: undefined, yes: true, no: false, list: [], inner: {} });
  assertSame({ list: [undefined, null, [1, [2n]], { ip: 3n }] });
  assertSame({ bytes: Uint8Array.of(0, 1, 0x7f, 0xff), empty: new Uint8Array(0) });
  assertSame({ numbers: new Uint32Array([1, 2]), map: new Map([[1, 2]]) });
  assertSame({ long: "é".repeat(70_000), words: new BigUint64Array(8000).fill(2n ** 63n) });
});

Deno.test("writeJson() writes records of every type as jsonText() does", () => {
  for (const byteOrder of ["little", "big"] as const) {
    const cursor = parsePerfFile(bytesSource(everyRecord(byteOrder).file)).recordCursor();
    while (cursor.next()) assertSame(ownFields(cursor.record()));
  }
});
