import { assertEquals } from "@std/assert";
import { LineCache, TextBuffer } from "./text_buffer.ts";

const decoder = new TextDecoder();

function written(write: (out: TextBuffer) => void): string {
  const out = new TextBuffer(1);
  write(out);
  return decoder.decode(out.text());
}

Deno.test("TextBuffer writes 64-bit values as toString(16) does", () => {
  const halves = [0, 1, 0xf, 0x10, 0xfff, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff];
  for (const high of halves) {
    for (const low of halves) {
      const value = BigInt(high) << 32n | BigInt(low);
      assertEquals(written((out) => out.hex(high, low)), value.toString(16));
    }
  }
});

Deno.test("TextBuffer writes every byte as two digits and a space", () => {
  const bytes = Uint8Array.from({ length: 258 }, (_, i) => i);
  const expected = [...bytes.subarray(1)].map((byte) => byte.toString(16).padStart(2, "0") + " ");
  assertEquals(written((out) => out.hexBytes(bytes, 1, 258)), expected.join(""));
});

Deno.test("TextBuffer grows while it is written to", () => {
  const text = written((out) => {
    for (let i = 0; i < 100; i++) {
      const from = out.length;
      out.ascii("packet");
      out.padTo(from, 9);
      out.hex8(i);
      out.char(10);
    }
  });
  const lines = Array.from(
    { length: 100 },
    (_, i) => `packet   ${i.toString(16).padStart(8, "0")}\n`,
  );
  assertEquals(text, lines.join(""));
});

Deno.test("TextBuffer pads to a column, and not what is longer", () => {
  for (let width = 0; width < 40; width++) {
    const text = written((out) => {
      out.ascii("0123456789");
      out.padTo(0, width);
      out.char(124);
    });
    assertEquals(text, `${"0123456789".padEnd(width)}|`);
  }
});

Deno.test("TextBuffer writes UTF-8", () => {
  assertEquals(written((out) => out.utf8("é€😀")), "é€😀");
});

Deno.test("TextBuffer can be used again after its length was set back", () => {
  const out = new TextBuffer(4);
  out.ascii("a long line");
  out.length = 0;
  out.ascii("b");
  assertEquals(decoder.decode(out.text()), "b");
});

Deno.test("TextBuffer writes positions with eight digits or more, a colon and two spaces", () => {
  const positions = [
    [0, 0, "00000000"],
    [0, 0xffffffff, "ffffffff"],
    [1, 0, "100000000"],
    [0x12, 0x3456, "1200003456"],
    [0xffffffff, 0xfffffffe, "fffffffffffffffe"],
  ] as const;
  for (const [high, low, digits] of positions) {
    const text = written((out) => {
      out.position(high, low);
      out.char(46);
    });
    assertEquals(text, `${digits}:  .`);
  }
});

Deno.test("TextBuffer writes values after 0x", () => {
  const values = [[0, 0, "0x0"], [0, 0x1f, "0x1f"], [2, 3, "0x200000003"]] as const;
  for (const [high, low, text] of values) {
    assertEquals(written((out) => out.prefixedHex(high, low)), text);
  }
});

Deno.test("TextBuffer makes room by itself, whatever it is full of", () => {
  const writes: readonly [(out: TextBuffer) => void, string][] = [
    [(out) => out.ascii("abc"), "abc"],
    [(out) => out.utf8("é€"), "é€"],
    [(out) => out.char(65), "A"],
    [(out) => out.hex(1, 2), "100000002"],
    [(out) => out.prefixedHex(0, 2), "0x2"],
    [(out) => out.hex8(2), "00000002"],
    [(out) => out.position(0, 2), "00000002:  "],
    [(out) => out.hexBytes(Uint8Array.of(1, 2), 0, 2), "01 02 "],
    [(out) => out.padTo(out.length, 3), "   "],
  ];
  for (const [write, text] of writes) {
    for (let full = 0; full <= 32; full++) {
      const out = new TextBuffer(32);
      out.ascii("#".repeat(full));
      write(out);
      assertEquals(decoder.decode(out.text()), "#".repeat(full) + text);
      assertEquals(out.view.buffer, out.bytes.buffer);
    }
  }
});

/** A cache of 256 texts that holds those that are given. */
function cacheOf(texts: Readonly<Record<number, string>>): LineCache {
  const cache = new LineCache(256);
  for (const [index, text] of Object.entries(texts)) {
    const out = new TextBuffer(4);
    out.ascii(`before ${text}`);
    cache.keep(out, 7, Number(index));
  }
  return cache;
}

Deno.test("LineCache keeps texts of up to 64 bytes, and writes them again", () => {
  const texts = {
    0: "a",
    1: "b".repeat(8),
    2: "c".repeat(9),
    7: "d".repeat(63),
    8: "e".repeat(64),
    255: "f".repeat(64),
  };
  const cache = cacheOf({ ...texts, 9: "g".repeat(65) });
  for (const [index, text] of Object.entries(texts)) {
    assertEquals(cache.known[Number(index)], text.length);
    for (const full of [0, 1, 30, 64]) {
      const out = new TextBuffer(64);
      out.ascii("#".repeat(full));
      assertEquals(cache.write(out, Number(index)), true);
      out.char(46);
      assertEquals(decoder.decode(out.text()), `${"#".repeat(full)}${text}.`);
    }
  }
  for (const index of [3, 9, 254]) {
    const out = new TextBuffer(8);
    assertEquals([cache.write(out, index), out.length], [false, 0]);
  }
});

Deno.test("LineCache writes the texts of bytes after their positions", () => {
  const cache = cacheOf({ 3: "three\n", 4: `${"4".repeat(15)}\n`, 5: `${"5".repeat(63)}\n` });
  const lines = { 3: "three", 4: "4".repeat(15), 5: "5".repeat(63) };
  const bytes = Uint8Array.of(9, 3, 4, 5, 5, 3, 9);
  for (const [high, low] of [[0, 0], [0, 0xffff], [0, 0xfffffffa], [1, 5], [0xabcdef01, 0x10000]]) {
    for (const full of [0, 5]) {
      const out = new TextBuffer(8);
      out.ascii("#".repeat(full));
      cache.writeAt(out, high!, low!, { bytes, start: 1, count: 5 });
      out.char(46);
      const expected = [3, 4, 5, 5, 3].map((byte, i) => {
        const position = (BigInt(high!) << 32n) + BigInt(low! + i);
        return `${position.toString(16).padStart(8, "0")}:  ${lines[byte as 3 | 4 | 5]}\n`;
      });
      assertEquals(decoder.decode(out.text()), `${"#".repeat(full)}${expected.join("")}.`);
    }
  }
});
