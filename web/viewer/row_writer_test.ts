import { assertEquals } from "@std/assert";
import { Mark, type PacketStream, type PayloadFormat, TextBuffer } from "../../packets/mod.ts";
import { markText, RowWriter } from "./row_writer.ts";

Deno.test("markText() says what is missing, and how much of it, up to 2^53 - 1 bytes", () => {
  assertEquals(markText("gap", null), "gap");
  assertEquals(markText("gap", 1), "gap of 1 byte");
  assertEquals(markText("missing", 2), "2 bytes missing");
  assertEquals(markText("missing", 0), "0 bytes missing");
  assertEquals(markText("gap", 2 ** 53), "gap of 2^53 bytes or more");
  assertEquals(
    markText("gap", 2 ** 53 - 1).replaceAll("\u202f", ""),
    "gap of at least 9007199254740991 bytes",
  );
});

/** The row of a packet of `size` bytes, all 1, that lies in the middle of others. */
function rowOf(kind: number, size: number, high = 0, low = 0) {
  const writer = new RowWriter(
    { kindNames: ["", "", ""], syncKind: null } as unknown as PayloadFormat,
  );
  const bytes = new Uint8Array(size + 2).fill(1, 1, size + 1);
  const cursor = { bytes, start: 1, size, kind };
  writer.open({ cursor, text: () => {}, reason: () => null } as unknown as PacketStream);
  writer.packet(new TextBuffer(0), high, low);
  return writer.rows[0]!;
}

Deno.test("RowWriter shows the first 48 bytes of a packet, and whether there are more", () => {
  const ones = (count: number) => new Array(count).fill("01").join(" ");
  assertEquals(rowOf(Mark.Cut + 1, 47).bytes, ones(47));
  assertEquals(rowOf(Mark.Cut + 1, 48).bytes, ones(48));
  assertEquals(rowOf(Mark.Cut + 1, 49).bytes, `${ones(48)} \u2026`);
});

Deno.test("RowWriter tells marks from packets, and shows no bytes of skipped ones", () => {
  const { isMark, bytes, text } = rowOf(Mark.Skipped, 3);
  assertEquals([isMark, bytes, text], [true, "", "3 bytes skipped"]);
  assertEquals([rowOf(Mark.Bad, 1).isMark, rowOf(Mark.Bad, 1).bytes], [true, "01"]);
  assertEquals([rowOf(Mark.Cut, 2).isMark, rowOf(Mark.Cut, 2).bytes], [true, "01 01"]);
  assertEquals(rowOf(Mark.Cut + 1, 1, 0xffff_ffff, 0xffff_fffe).position, 2n ** 64n - 2n);
  assertEquals(rowOf(Mark.Cut + 1, 1).isMark, false);
});

Deno.test("RowWriter says what each mark is, and what a decoder looks for in skipped bytes", () => {
  const texts = (syncKind: number | null, kind: number, size: number) => {
    const writer = new RowWriter(
      { kindNames: ["", "", "", "PSB"], syncKind } as unknown as PayloadFormat,
    );
    const cursor = { bytes: new Uint8Array(size), start: 0, size, kind };
    writer.open({ cursor, text: () => {}, reason: () => null } as unknown as PacketStream);
    writer.packet(new TextBuffer(0), 0, 0);
    return writer.rows[0]!.text;
  };
  assertEquals(texts(3, Mark.Skipped, 1), "1 byte skipped, looking for PSB");
  assertEquals(texts(null, Mark.Skipped, 1), "1 byte skipped");
  assertEquals(texts(3, Mark.Bad, 1), "byte at which no packet starts");
  assertEquals(texts(3, Mark.Cut, 9), "packet that the end of the stream cut");
});

Deno.test("RowWriter has the text of each packet by itself, and marks of the recording without bytes", () => {
  const writer = new RowWriter({ kindNames: [], syncKind: null } as unknown as PayloadFormat);
  const cursor = { bytes: Uint8Array.of(7, 0x10), start: 0, size: 1, kind: Mark.Cut + 1 };
  const texts = ["TNT TN", "PAD"];
  const text = (out: TextBuffer) => {
    for (const char of texts.shift()!) out.bytes[out.length++] = char.charCodeAt(0);
  };
  writer.open({ cursor, text } as unknown as PacketStream);
  assertEquals(writer.packet(new TextBuffer(0), 0, 5), 1);
  cursor.start = 1;
  writer.packet(new TextBuffer(0), 1, 0);
  writer.mark(new TextBuffer(0), { type: "mark", mark: "gap", auxOffset: 9n, size: 3 });
  assertEquals(writer.rows, [
    { position: 5n, bytes: "07", text: "TNT TN", isMark: false },
    { position: 2n ** 32n, bytes: "10", text: "PAD", isMark: false },
    { position: 9n, bytes: "", text: "gap of 3 bytes", isMark: true },
  ]);
});
