import { assertEquals } from "@std/assert";
import { pieces, readPieces, type Seen } from "../../testing/packet_pieces.ts";
import { speAlignment, speEnd } from "../../testing/spe_packets.ts";
import { speCases } from "../../testing/spe_cases.ts";
import { Mark, SpeCursor, speFields, SpeKind, speKindNames, speText } from "./mod.ts";

/** All cases one after another, with an ALIGNMENT now and then. */
const stream = Uint8Array.from(
  speCases.reduce<number[]>((bytes, { bytes: packet }, index) => {
    bytes.push(...packet);
    const alignment = 2 << index % 4;
    if (bytes.length % alignment <= alignment - 2) {
      bytes.push(...speAlignment(alignment, bytes.length));
    }
    return bytes;
  }, []),
);
const whole = read([stream]);

function read(parts: Iterable<Uint8Array>): Seen[] {
  const detail = (cursor: SpeCursor) => `${cursor.index} ${cursor.high} ${cursor.low}`;
  return readPieces(new SpeCursor(), parts, detail);
}

Deno.test("SpeCursor reads back every packet that was encoded", () => {
  for (const { bytes, kind, fields, text } of speCases) {
    const cursor = new SpeCursor(Uint8Array.from(bytes));
    assertEquals(cursor.next(), true);
    assertEquals([cursor.kind, cursor.offset, cursor.size], [kind, 0, bytes.length], text);
    assertEquals(speFields(cursor), fields, text);
    assertEquals(speText(cursor), text);
    assertEquals([cursor.next(), cursor.rest], [false, 0]);
  }
});

Deno.test("SpeCursor says nothing before the first packet", () => {
  const { index, low, high, size } = new SpeCursor(Uint8Array.of(0x71));
  assertEquals([index, low, high, size], [0, 0, 0, 0]);
});

Deno.test("SpeCursor has a case for every kind of packet", () => {
  const seen = new Set(whole.map(([kind]) => kind));
  assertEquals([...Object.values(SpeKind)].filter((kind) => !seen.has(kind)), []);
  assertEquals(speKindNames.length, 3 + Object.keys(SpeKind).length);
});

Deno.test("SpeCursor pads to the alignment of the position in the AUX area", () => {
  for (const alignment of [2, 4, 8, 16]) {
    for (let position = 0; position < 16; position++) {
      if (position % alignment > alignment - 2) continue;
      const bytes = [...speAlignment(alignment, position), ...speEnd];
      const cursor = new SpeCursor(Uint8Array.from(bytes), {
        position: 0xfffffffffffffff0n + BigInt(position),
      });
      assertEquals(cursor.next(), true);
      assertEquals([cursor.kind, cursor.size], [SpeKind.Alignment, bytes.length - 1]);
      assertEquals([cursor.next(), cursor.kind], [true, SpeKind.End]);
    }
  }
});

Deno.test("SpeCursor takes one byte at a time where no packet starts", () => {
  const sound = new Set(speCases.map(({ bytes }) => bytes[0]!));
  for (let header = 0; header < 256; header++) {
    if (sound.has(header) || (header & 0xfc) === 0x20 || (header & 0xf8) === 0x98) continue;
    if ((header & 0xf8) === 0xb0) continue;
    const kinds = read([Uint8Array.of(header, ...speEnd)]).map(([kind, , size]) => [kind, size]);
    assertEquals(kinds, [[Mark.Bad, 1], [SpeKind.End, 1]]);
  }
  for (let second = 1; second < 256; second++) {
    if ((second & 0xf8) === 0x98 || (second & 0xf8) === 0xb0) continue;
    const [bad] = read([Uint8Array.of(0x20, second, ...new Uint8Array(16))]);
    assertEquals([bad![0], bad![2]], [Mark.Bad, 1]);
  }
});

Deno.test("SpeCursor reads the same packets wherever the stream is cut into pieces", () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    assertEquals(read([stream.subarray(0, cut), stream.subarray(cut)]), whole);
  }
  for (const sizes of [[1], [2], [3], [7, 1], [0, 5], [17]]) {
    assertEquals(read(pieces(stream, sizes)), whole);
  }
});

Deno.test("SpeCursor reads of a stream that is cut what is whole, and one mark", () => {
  for (let length = 0; length < stream.length; length++) {
    const sound = whole.filter(([, offset, size]) => offset + size <= length);
    const end = sound.reduce((sum, [, , size]) => sum + size, 0);
    const cut: Seen[] = end < length ? [[Mark.Cut, end, length - end, "0 0 0"]] : [];
    assertEquals(read([stream.subarray(0, length)]), [...sound, ...cut]);
  }
});
