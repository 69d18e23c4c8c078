import { assertEquals } from "@std/assert";
import { speInfo } from "../../testing/aux_recording.ts";
import { openPerfFile } from "../../system/mod.ts";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
import { readPieces, type Seen } from "../../testing/packet_pieces.ts";
import { payloadLines, perfPayloadLines } from "../../testing/payload_dump.ts";
import { isAtLeast, newerPerfs } from "../../testing/perf_programs.ts";
import {
  speAddress,
  speAlignment,
  speContext,
  speCounter,
  speDataSource,
  speEnd,
  speEvents,
  speInstruction,
  speOperation,
  spePad,
  spePhysical,
  speTimestamp,
} from "../../testing/spe_packets.ts";
import { Mark, SpeCursor, SpeKind, speText } from "./mod.ts";

const LINE = /^\. {2}([0-9a-f]{8}): {2}((?:[0-9a-f]{2} )+) *(\S.*)$/;

/** What perf 6.1 calls by one name, or prints with a blank behind it, has a name of its own here. */
const PERF_WORDS: Readonly<Record<number, string>> = {
  [Mark.Bad]: "Bad packet!",
  [SpeKind.Alignment]: "PAD",
};

/**
 * Every packet that perf 6.1 knows as 7.3 does, but not: the previous branch target; counters
 * without a meaning; event bits from 12 to 16 and from 19 on; of operations FP, Advanced SIMD, SVE
 * loads, SME, MTE tags, memory copy and set, GCS, calls and returns, and patterns without a meaning.
 * NSE stays 0, which perf does not print, and timestamps below 2^63, since it prints a sign.
 */
function knownPackets(): Uint8Array {
  const packets: (readonly number[])[] = [];
  const addresses = [0n, 0x123456789abcdn, 0xe5ffaaaa11112222n, 0xefffffffffffffffn];
  for (const index of [0, 1, 2, 3, 5, 6, 7, 8, 31]) {
    for (const payload of addresses) packets.push(speAddress(index, payload));
  }
  packets.push(speAddress(0, speInstruction(0xffff800012345678n, { el: 2, nonSecure: true })));
  packets.push(speAddress(1, speInstruction(0x401280n, { el: 0, nonSecure: false })));
  packets.push(speAddress(3, spePhysical(0x80001234n, { nonSecure: true, checked: true, pat: 5 })));
  packets.push(speAddress(2, 0x5500aaaa11112222n, { extended: true }));
  for (const index of [0, 1, 2]) {
    packets.push(speCounter(index, 300 + index), speCounter(index, 0xffff, { extended: true }));
  }
  for (const size of [1, 2, 4, 8]) {
    for (let bit = 0; bit < Math.min(8 * size, 12); bit++) packets.push(speEvents([bit], size));
  }
  packets.push(speEvents([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 17, 18], 4), speEvents([], 1));
  packets.push(speDataSource(9), speDataSource(0x1234, 2));
  for (const el of [1, 2, 3, 4]) packets.push(speContext(el, 0x1234));
  packets.push(...knownOperations());
  packets.push(speTimestamp(0n), speTimestamp(0x7edcba9876543210n), speEnd, spePad);
  packets.push([0xff], [0x02], [0x20, 0x10], [0x46], [0x7f]);
  const bytes = packets.flat();
  for (const alignment of [2, 4, 8, 16]) {
    for (let i = 0; i < alignment; i++) {
      while (bytes.length % alignment > alignment - 2) bytes.push(...spePad);
      bytes.push(...speAlignment(alignment, bytes.length), ...speEnd.concat(Array(i).fill(0)));
    }
  }
  while (bytes.length % 8 !== 0) bytes.push(...spePad);
  return Uint8Array.from(bytes);
}

function knownOperations(): number[][] {
  const loads = [0x00, 0x04, 0x10, 0x30, 0x06, 0x0a, 0x0e, 0x12, 0x16, 0x1a, 0x1e];
  const sve = Array.from({ length: 32 }, (_, i) => 0x08 | (i & 7) << 4 | (i >> 3) << 1);
  return [
    ...[0, 1, ...sve].map((payload) => speOperation(0, payload)),
    ...loads.flatMap((payload) => [speOperation(1, payload), speOperation(1, payload | 1)]),
    ...[0, 1, 2, 3].map((payload) => speOperation(2, payload)),
    ...Array.from({ length: 256 }, (_, payload) => speOperation(3, payload)),
  ];
}

/** Perf prints adjacent bytes of padding as one. */
function joinPadding(seen: readonly Seen[]): [offset: number, size: number, text: string][] {
  const joined: [number, number, string][] = [];
  let wasPad = false;
  for (const [kind, offset, size, text] of seen) {
    const isPad = kind === SpeKind.Pad;
    if (isPad && wasPad) joined.at(-1)![1] += size;
    else joined.push([offset, size, text]);
    wasPad = isPad;
  }
  return joined;
}

/** The packets in perf's lines: position, size and text. */
function packetsOf(lines: readonly string[]): [offset: number, size: number, text: string][] {
  return lines.map((line) => {
    const [, offset, hex, text] = LINE.exec(line) ?? [];
    return [Number.parseInt(offset!, 16), hex!.trim().split(" ").length, text!.trim()];
  });
}

oracleTest("speText() says what perf says of every packet that perf knows", ["perf"], async () => {
  const bytes = knownPackets();
  const options = { info: speInfo, arch: "aarch64" };
  const perf = packetsOf(await perfPayloadLines(bytes, options));
  const seen = readPieces(
    new SpeCursor(),
    [bytes],
    (cursor) => PERF_WORDS[cursor.kind] ?? speText(cursor),
  );
  assertEquals(joinPadding(seen), perf);
  assertEquals(perf.length > 500, true);
});

/** Every header, every bit of events, every operation, and addresses in every state. */
function allPackets(): Uint8Array {
  const payload = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];
  const packets: (readonly number[])[] = [];
  for (const size of [1, 2, 4, 8]) {
    for (let bit = 0; bit < 8 * size; bit++) packets.push(speEvents([bit], size));
    packets.push(speEvents([...Array(8 * size).keys()], size), speEvents([], size));
    packets.push(speDataSource(0x55, size));
  }
  for (let index = 0; index < 4; index++) {
    for (let byte = 0; byte < 256; byte++) packets.push(speOperation(index, byte));
    packets.push(speContext(index + 1, 0x1234));
  }
  for (let index = 0; index < 32; index++) {
    for (let top = 0; top < 256; top += 5) {
      const state = BigInt(top) << 56n;
      packets.push(speAddress(index, state | 0xff800012345678n));
      packets.push(speAddress(index, state | 0xf1800012345678n));
    }
    packets.push(speCounter(index, 300 + index));
  }
  packets.push(speTimestamp(0xfedcba9876543210n), spePad);
  for (let header = 0; header < 256; header++) packets.push([header, ...payload], speEnd);
  for (let first = 0x20; first < 0x24; first++) {
    // Of a zero the position decides, which the other test varies.
    for (let header = 1; header < 256; header++) packets.push([first, header, ...payload], speEnd);
  }
  const bytes = packets.flat();
  while (bytes.length % 8 !== 0) bytes.push(...spePad);
  return Uint8Array.from(bytes);
}

/** What perf 7.3 prints where it says less than we do, or prints a sign. */
function perfText(text: string): string {
  const [, name, value = ""] = /^(TS|DATA-SOURCE) (\d+)$/.exec(text) ?? [];
  if (name !== undefined) return `${name} ${BigInt.asIntN(64, BigInt(value))}`;
  return text.replace(/ nse=1 (?:Realm|Root)$/, "").replace(/^(LAT \d+) \(\d+\)$/, "$1")
    .replace(/^(LD|ST) 0x[0-9a-f]+$/, "$1");
}

oracleTest("speText() says what perf 7.3 says, whatever the packet", ["newer perfs"], async () => {
  const perf = newerPerfs().find((perf) => isAtLeast(perf, "7.3"));
  if (perf === undefined) return;
  const bytes = allPackets();
  const options = { info: speInfo, arch: "aarch64" };
  const lines = packetsOf(await perfPayloadLines(bytes, options, { perf: perf.path }));
  const seen = readPieces(
    new SpeCursor(),
    [bytes],
    (cursor) => PERF_WORDS[cursor.kind] ?? perfText(speText(cursor)),
  );
  const ours = joinPadding(seen);
  assertEquals(ours.map(([offset, size]) => [offset, size]), lines.map((line) => line.slice(0, 2)));
  // Of patterns without a meaning perf repeats what it printed before.
  const isKnown = ([, , text]: readonly [number, number, string]) => !/^OTHER 0x/.test(text);
  assertEquals(ours.filter(isKnown), lines.filter((_, i) => isKnown(ours[i]!)));
  assertEquals(ours.length > 8000, true);
});

const RECORDINGS = [
  ...["edge/spe_partial_last_record.perf.data", "edge/spe_partial_merged.perf.data"],
  ...[
    "lab2/spe64.data",
    "lab2/spe64cpu.data",
    "lab2/speauxtailcpu.data",
    "lab2/speauxtailsnap.data",
  ],
];
for (const name of RECORDINGS) {
  oracleTest(
    `speText() says what perf 7.3 says of ${name}`,
    ["corpus", "newer perfs"],
    async () => {
      const perf = newerPerfs().find((perf) => isAtLeast(perf, "7.3"));
      if (perf === undefined) return;
      const path = corpusPath(name);
      const chunks = await payloadLines(path, { perf: perf.path });
      using file = openPerfFile(path);
      const payloads = [...file.auxChunks()].map((chunk) => chunk.read());
      assertEquals(chunks.length, payloads.length);
      for (const [i, bytes] of payloads.entries()) {
        const texts = [];
        const cursor = new SpeCursor(bytes);
        while (cursor.next()) texts.push(PERF_WORDS[cursor.kind] ?? perfText(speText(cursor)));
        const isPacket = (text: string) => text !== "PAD" && text !== "Bad packet!";
        const lines = packetsOf(chunks[i]!).map(([, , text]) => text);
        assertEquals(texts.filter(isPacket), lines.filter(isPacket), `chunk ${i}`);
      }
    },
  );
}
