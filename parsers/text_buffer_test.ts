import { assertEquals } from "@std/assert";
import { TextBuffer } from "./text_buffer.ts";

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
