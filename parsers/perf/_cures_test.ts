import { assertEquals } from "@std/assert";
import { isText, lacksLast } from "./_cures.ts";

Deno.test("isText() takes what programs print: printable characters, white space, bell and escape", () => {
  const ranges = [[0x07, 0x0d], [0x1b, 0x1b], [0x20, 0x7e], [0x80, 0xbf], [0xc2, 0xf4]] as const;
  for (let byte = 0; byte < 0x100; byte++) {
    const expected = ranges.some(([first, last]) => byte >= first && byte <= last);
    assertEquals([byte, isText(Uint8Array.of(0x41, byte))], [byte, expected]);
  }
});

Deno.test("lacksLast() asks for the whole file where one can be that long", () => {
  const cure = "the file lacks its last 1099511627775 bytes or more: copy the whole file";
  assertEquals(lacksLast(2 ** 40 - 1), cure);
  assertEquals(lacksLast(2 ** 40).startsWith("no file is as long as the header says"), true);
});
