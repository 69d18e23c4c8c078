import { assert, assertEquals } from "@std/assert";
import { chunkBytes, corpusPath, oracleTest } from "../../testing/corpus.ts";
import { askLibipt, kindsUnknownToLibipt } from "../../testing/libipt_packets.ts";
import { randomNumbers } from "../../testing/packet_pieces.ts";
import { ptBytes, randomPtCases } from "../../testing/pt_cases.ts";
import { ptPsb } from "../../testing/pt_packets.ts";
import { seenByCursor } from "../../testing/pt_readings.ts";
import { Mark } from "../packet_cursor.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import { PtCursor, type PtOptions } from "./pt_cursor.ts";
import { findPsb } from "./sync.ts";

const RECORDING = "quipper/perf.data.intel_pt-4.14";
/** Longest CYC packet of libipt: a tenth byte would hold bits above 63. */
const MAX_LIBIPT_CYC = 9;
/** Bytes after an opcode, more than any packet has. */
const PAYLOAD_SIZE = 12;

oracleTest("PtCursor finds the packets of libipt in a recording", ["corpus", "libipt"], () => {
  const chunks = chunkBytes(corpusPath(RECORDING));
  const libipt = askLibipt(chunks);
  for (const [i, bytes] of chunks.entries()) assertEquals(comparable(bytes), libipt[i]);
});

oracleTest("PtCursor finds the packets of libipt in all packets that it knows", ["libipt"], () => {
  const unknown = kindsUnknownToLibipt();
  const streams = Array.from({ length: 20 }, (_, seed) => libiptStream(100 + seed, 500, unknown));
  const libipt = askLibipt(streams);
  for (const [i, bytes] of streams.entries()) assertEquals(comparable(bytes), libipt[i]);
});

// MODE with both bits is a packet to libipt; the SDM has no meaning for it, and perf refuses it, too.
oracleTest("PtCursor accepts and refuses what libipt does, whichever bit of a packet is set", [
  "libipt",
], () => {
  const unknown = kindsUnknownToLibipt();
  const streams = opcodes().flatMap((opcode) =>
    payloads().map((payload) => Uint8Array.from([...ptPsb, ...opcode, ...payload]))
  );
  const libipt = askLibipt(streams);
  for (const [i, bytes] of streams.entries()) {
    const [kind, _, size] = seenByCursor(bytes)[1]!;
    const name = ptKindNames[kind]!;
    const isKnown = !unknown.includes(name) && !(kind === PtKind.Cyc && size > MAX_LIBIPT_CYC);
    const isMode = bytes[16] === 0x99 && bytes[17]! < 0x40 && (bytes[17]! & 3) === 3;
    const expected = kind === Mark.Bad && !isMode || !isKnown
      ? "bad 16"
      : `16 ${isMode ? 2 : size}`;
    assertEquals([libipt[i]![1], [...bytes.subarray(16)]], [expected, [...bytes.subarray(16)]]);
  }
});

oracleTest("PtCursor finds the packets of libipt in damaged streams", ["libipt"], () => {
  const unknown = kindsUnknownToLibipt();
  const random = randomNumbers(22);
  const streams = Array.from({ length: 2000 }, (_, i) => {
    const bytes = libiptStream(1000 + i, 10 + random(30), unknown);
    for (let hits = random(4); hits >= 0; hits--) bytes[random(bytes.length)] = random(256);
    return bytes;
  });
  const libipt = askLibipt(streams);
  let same = 0;
  for (const [i, bytes] of streams.entries()) {
    const [found, expected] = [comparable(bytes), libipt[i]!];
    const line = firstDifference(found, expected);
    if (line === -1) same++;
    else assert(isKnown(bytes, found[line], expected[line], unknown), `stream ${i}`);
  }
  assert(same > 1800);
});

oracleTest(
  "PtCursor finds the packets of libipt in streams that it starts within",
  ["libipt"],
  () => {
    const unknown = kindsUnknownToLibipt();
    const random = randomNumbers(23);
    const streams = Array.from({ length: 500 }, (_, i) => {
      const bytes = libiptStream(3000 + i, 10, unknown).subarray(ptPsb.length);
      return bytes.subarray(i % 2 === 0 ? 0 : random(8)); // half of them start inside a packet
    });
    const libipt = askLibipt(streams, { fromStart: true });
    for (const [i, bytes] of streams.entries()) {
      const [found, expected] = [comparable(bytes, { synced: true }), libipt[i]!];
      const end = Math.max(found.length, expected.length);
      let line = 0;
      while (line < end && found[line] === expected[line]) line++;
      assert(line === end || isKnown(bytes, found[line], expected[line], unknown), `stream ${i}`);
    }
  },
);

oracleTest("PtCursor finds the packets of libipt in files of its own tests", [
  "corpus",
  "libipt",
], () => {
  const files = ["edge/ptdump-trunc-resync.pt", "edge/tma-reserved_ctc.pt"];
  const streams = files.map((name) => Deno.readFileSync(corpusPath(name)));
  assertEquals(askLibipt(streams), streams.map((bytes) => comparable(bytes)));
});

/**
 * Whether the reason is known why libipt continues differently: it does not check the bits of MODE; it calls a
 * packet bad that the end cuts; of a longer run of bytes of PSB packets it takes the last 16 for one,
 * where we take the first.
 */
function isKnown(
  bytes: Uint8Array,
  found: string | undefined,
  expected: string | undefined,
  unknown: readonly string[],
): boolean {
  const at = Number(/\d+/.exec(expected ?? found ?? ""));
  if (expected === `bad ${at}`) {
    if (found === undefined) return bytes.length - at < ptPsb.length;
    const packet = new PtCursor(bytes.subarray(at), { synced: true });
    const name = packet.next() ? ptKindNames[packet.kind]! : "";
    return unknown.includes(name) || (name === "CYC" && packet.size > MAX_LIBIPT_CYC);
  }
  if (found === `bad ${at}`) return bytes[at] === 0x99 && expected === `${at} 2`;
  const isRun = bytes[at - 2] === ptPsb[0] && bytes[at - 1] === ptPsb[1];
  return expected === `${at} 16` && findPsb(bytes, at) === at && isRun;
}

/** Number of the first line that differs; -1 without one. */
function firstDifference(found: readonly string[], expected: readonly string[]): number {
  const longer = found.length > expected.length ? found : expected;
  return longer.findIndex((_, line) => found[line] !== expected[line]);
}

/** Packets and bad bytes of a stream as `libipt_count.c` prints them. */
function comparable(bytes: Uint8Array, options?: PtOptions): string[] {
  return seenByCursor(bytes, undefined, options).flatMap(([kind, offset, size]) => {
    if (kind === Mark.Skipped || kind === Mark.Cut) return [];
    return kind === Mark.Bad ? [`bad ${offset}`] : [`${offset} ${size}`];
  });
}

/** A stream of the packets that libipt knows, with CYC as short as it takes them. */
function libiptStream(seed: number, groups: number, unknown: readonly string[]): Uint8Array {
  const packets = randomPtCases(randomNumbers(seed), groups);
  return ptBytes(
    packets.filter(({ name, bytes }) =>
      !unknown.includes(name) && !(name === "CYC" && bytes.length > MAX_LIBIPT_CYC)
    ),
  );
}

/** Every opcode: of one byte, of 02 and one more. Two of them, 02 82, would be part of the PSB before. */
function opcodes(): number[][] {
  const bytes = [...new Uint8Array(256).keys()];
  return [
    ...bytes.filter((byte) => byte !== 0x02).map((byte) => [byte]),
    ...bytes.filter((byte) => byte !== 0x82).map((byte) => [0x02, byte]),
  ];
}

/** Payloads of zeros and of ones, whole and with one bit the other way round. */
function payloads(): Uint8Array[] {
  return [0x00, 0xff].flatMap((fill) => {
    const plain = new Uint8Array(PAYLOAD_SIZE).fill(fill);
    const flipped = Array.from({ length: 8 * PAYLOAD_SIZE }, (_, bit) => {
      return plain.with(bit >> 3, fill ^ 1 << (bit & 7));
    });
    return [plain, ...flipped];
  });
}
