import { assertEquals } from "@std/assert";
import { oracleTest } from "../../testing/corpus.ts";
import { pieces, randomNumbers, readPieces, type Seen } from "../../testing/packet_pieces.ts";
import { perfPayloadLines } from "../../testing/payload_dump.ts";
import { auxtraceInfo, AuxtraceType } from "../../testing/perf_builder.ts";
import { ptt4Dw, ptt8Dw } from "../../testing/ptt_packets.ts";
import { Mark } from "../packet_cursor.ts";
import { PttCursor, pttFields, PttKind, pttText } from "./mod.ts";

const LINE = /^\. {2}([0-9a-f]{8}): ((?:[0-9a-f]{2} ){4}) *(\S.*)$/;

const first = {
  format: 1,
  type: 0x15,
  t9: true,
  t8: false,
  th: true,
  so: false,
  length: 0x155,
  time: 0x2aa,
};
const second = { ...first, format: 3, t8: true, so: true, t9: false, th: false, time: 0x7ff };
const short = Uint8Array.from([
  ...ptt4Dw(first, [1, 0x11223344, 0xffffffff]),
  ...ptt4Dw(second, [4, 5, 6]),
]);
const long = Uint8Array.from([
  ...ptt8Dw({ prefix: 0x80000001, header: [0x40000001, 2, 3, 0xfffffff4], time: 99 }),
  ...ptt8Dw({ prefix: 7, header: [1, 2, 3, 4], time: 0xffffffff }),
]);

function read(parts: Iterable<Uint8Array>): Seen[] {
  return readPieces(new PttCursor(), parts, pttText);
}

Deno.test("PttCursor reads back packets of 4 words", () => {
  const { type: tlpType, ...rest } = first;
  const cursor = new PttCursor(short);
  assertEquals([cursor.next(), cursor.kind, cursor.size], [true, PttKind.FourWords, 16]);
  assertEquals(pttFields(cursor), { ...rest, tlpType, header: [1, 0x11223344, 0xffffffff] });
  assertEquals(
    pttText(cursor),
    "Format 1 Type 15 T9 1 T8 0 TH 1 SO 0 Length 155 Time 2aa DW1 1 DW2 11223344 DW3 ffffffff",
  );
  assertEquals(cursor.next(), true);
  const { type, ...others } = second;
  assertEquals(pttFields(cursor), { ...others, tlpType: type, header: [4, 5, 6] });
  assertEquals(cursor.next(), false);
});

Deno.test("PttCursor reads back packets of 8 words", () => {
  const cursor = new PttCursor(long);
  assertEquals([cursor.next(), cursor.kind, cursor.size], [true, PttKind.EightWords, 32]);
  assertEquals(pttFields(cursor), {
    check: 0xfffff800,
    prefix: 0x80000001,
    header: [0x40000001, 2, 3, 0xfffffff4],
    time: 99,
  });
  assertEquals(pttText(cursor), "Prefix 80000001 DW0 40000001 DW1 2 DW2 3 DW3 fffffff4 Time 63");
  assertEquals(cursor.next(), true);
  assertEquals(cursor.next(), false);
});

Deno.test("PttCursor reads the same packets wherever the stream is cut into pieces, or ends", () => {
  for (const [stream, packetSize] of [[short, 16], [long, 32]] as const) {
    const whole = read([stream]);
    for (let size = 1; size <= stream.length; size++) {
      assertEquals(read(pieces(stream, [size])), whole);
      const end = size - size % packetSize;
      const cut: Seen[] = end < size ? [[Mark.Cut, end, size - end, "CUT"]] : [];
      const sound = whole.slice(0, end / packetSize);
      assertEquals(read([stream.subarray(0, size)]), [...sound, ...cut]);
    }
  }
});

Deno.test("PttCursor reads random bytes", () => {
  const random = randomNumbers(5);
  for (let run = 0; run < 200; run++) {
    const bytes = Uint8Array.from({ length: random(300) }, () => random(2) * 255);
    const size = read([bytes]).reduce((sum, [, , size]) => sum + size, 0);
    assertEquals(size, bytes.length);
  }
});

const info = auxtraceInfo(AuxtraceType.hisi_ptt, [8n]);

oracleTest("PttCursor finds the words that perf prints of packets of 8", ["perf"], async () => {
  const perf = wordsOf(await perfPayloadLines(long, { info, arch: "aarch64" }));
  const cursor = new PttCursor(long);
  const ours: [number, string, number][] = [];
  while (cursor.next()) {
    const { offset } = cursor;
    ours.push([offset + 4, "Prefix", cursor.word(1)]);
    for (const i of [0, 1, 2, 3]) {
      ours.push([offset + 8 + 4 * i, `Header DW${i}`, cursor.word(2 + i)]);
    }
    ours.push([offset + 28, "Time", cursor.word(7)]);
  }
  assertEquals(ours, perf.filter(([, name]) => name !== "Reserved"));
});

// The fields of word 0 are compared with the documentation alone: perf takes them from the other
// end of the word.
oracleTest("PttCursor finds the words that perf prints of packets of 4", ["perf"], async () => {
  const perf = wordsOf(await perfPayloadLines(short, { info, arch: "aarch64" }));
  const cursor = new PttCursor(short);
  const ours: [number, string, number][] = [];
  while (cursor.next()) {
    for (const i of [1, 2, 3]) {
      ours.push([cursor.offset + 4 * i, `Header DW${i}`, cursor.word(i)]);
    }
  }
  assertEquals(ours, perf.filter(([, name]) => !name.startsWith("Format")));
});

function wordsOf(lines: readonly string[]): [offset: number, name: string, word: number][] {
  return lines.map((line) => {
    const [, offset, bytes, name] = LINE.exec(line) ?? [];
    const word = bytes!.trim().split(" ").reverse().join("");
    return [Number.parseInt(offset!, 16), name!, Number.parseInt(word, 16)];
  });
}
