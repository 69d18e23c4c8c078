import { assertEquals } from "@std/assert";
import {
  cutBytes,
  kindCounts,
  payloadBytes,
  payloadMark,
  printedLines,
} from "../testing/printed_packets.ts";
import type { PayloadFormat } from "./payload_format.ts";
import type { FormatFacts } from "../parsers/internal.ts";
import { payloadFormat } from "./payload_format.ts";

const PSB = Array.from({ length: 8 }, () => [0x02, 0x82]).flat();
/** PSB, PSBEND, TIP.PGE, two TNT, MTC: 31 bytes. */
const TRACE = Uint8Array.from([...PSB, 2, 0x23, 0x71, 0, 0x40, 0, 0, 0, 0, 0x06, 0x80, 0x59, 0x12]);
const PT = formatOf("intel_pt");

function formatOf(type: FormatFacts["type"]): PayloadFormat {
  return payloadFormat({
    type,
    info: null,
    hwIds: new Map(),
    time: null,
    byteOrder: "little",
    cpuid: null,
    records: false,
  });
}

function randomBytes(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return state >>> 24;
  });
}

Deno.test("QueueReader finds the same packets wherever a stream is cut", () => {
  const bytes = Uint8Array.from([5, 5, ...TRACE, 5, 5, ...TRACE, ...TRACE, 0x19, 1]);
  const whole = printedLines(PT, [payloadBytes(bytes)]);
  assertEquals(whole.length, 1 + 3 * 6 + 2 + 1);
  for (let size = 1; size < bytes.length; size++) {
    assertEquals(printedLines(PT, cutBytes(bytes, size)), whole, `pieces of ${size}`);
    assertEquals(printedLines(PT, cutBytes(bytes, size, 1, 7)), whole);
  }
});

Deno.test("QueueReader reads streams longer than a piece", () => {
  const times = 5000;
  const bytes = new Uint8Array(TRACE.length * times);
  for (let i = 0; i < times; i++) bytes.set(TRACE, i * TRACE.length);
  const lines = printedLines(PT, [payloadBytes(bytes)]);
  assertEquals(lines.length, 6 * times);
  const last = (bytes.length - 2).toString(16).padStart(8, "0");
  assertEquals(lines.at(-1), `${last}:  59 12                       MTC 0x12`);
});

Deno.test("QueueReader puts marks of the recording between the packets around them", () => {
  const [first, rest] = cutBytes(TRACE, 20, 40);
  const second = payloadBytes(TRACE, { auxOffset: 0x100n });
  const lines = printedLines(PT, [
    payloadMark("missing", 0n, 8),
    first!,
    payloadMark("truncated", 20n),
    rest!,
    payloadMark("partial", 31n),
    payloadMark("gap", 31n, 225),
    second,
    payloadMark("overlap", 0x10n, 1),
  ]).map((line) => line.replace(/: {2}(?:[0-9a-f]{2} )* */, ": "));
  assertEquals(lines, [
    "00000000: -- 8 bytes missing",
    "00000000: PSB",
    "00000010: PSBEND",
    "00000012: TIP.PGE 0x4000",
    "00000014: -- truncated",
    "00000019: TNT T (1)",
    "0000001a: TNT NNNNNN (6)",
    "0000001b: MTC 0x12",
    "0000001f: -- partial",
    "0000001f: -- gap of 225 bytes",
    "00000100: PSB",
    "00000110: PSBEND",
    "00000112: TIP.PGE 0x4000",
    "00000119: TNT T (1)",
    "0000011a: TNT NNNNNN (6)",
    "0000011b: MTC 0x12",
    "00000010: -- overlap of 1 byte",
  ]);
});

Deno.test("PacketPrinter prints positions of 64 bits, and those that wrap", () => {
  const positions = (auxOffset: bigint) =>
    printedLines(PT, [payloadBytes(TRACE, { auxOffset })]).map((line) => line.split(":")[0]);
  const expected = (auxOffset: bigint) =>
    [0n, 16n, 18n, 25n, 26n, 27n].map((offset) =>
      BigInt.asUintN(64, auxOffset + offset).toString(16).padStart(8, "0")
    );
  const starts = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n].flatMap((edge) =>
    [0n, 1n, 9n, 16n, 17n, 18n].map((before) => BigInt.asUintN(64, edge - before))
  );
  for (const start of starts) assertEquals(positions(start), expected(start));
});

Deno.test("PacketPrinter prints packets that start in a range", () => {
  const items = cutBytes(TRACE, 40);
  const count = (from: bigint, to: bigint | null) => printedLines(PT, items, { from, to }).length;
  assertEquals([count(0n, null), count(1n, null), count(16n, 25n), count(0n, 0n)], [6, 5, 2, 0]);
  const wrapping = [payloadBytes(TRACE, { auxOffset: 2n ** 64n - 18n })];
  const wrapped = printedLines(PT, wrapping, { from: 0n, to: 8n });
  assertEquals(wrapped.map((line) => line.slice(0, 9)), ["00000000:", "00000007:"]);
});

Deno.test("PacketPrinter prints kinds and marks by name, and stops at the limit", () => {
  const items = [payloadBytes(TRACE), payloadMark("gap", 31n, 1), payloadBytes(TRACE)];
  const lines = (kinds: string[] | null, limit = Infinity) =>
    printedLines(PT, items, { kinds, limit }).length;
  assertEquals([lines(["TNT"]), lines(["TNT", "GAP"]), lines(["OVF"])], [4, 5, 0]);
  assertEquals([lines(null, 0), lines(null, 1), lines(null, 8), lines(["GAP"], 1)], [0, 1, 8, 1]);
});

Deno.test("QueueReader stops where the limit is met, be it by a mark or by a packet", () => {
  const [first, rest] = cutBytes(TRACE, 26, 5);
  const items = [
    first!,
    payloadMark("truncated", 26n),
    payloadMark("partial", 26n),
    rest!,
    payloadMark("collision", 31n),
    payloadBytes(TRACE, { auxOffset: 31n }),
  ];
  const whole = printedLines(PT, items);
  for (let limit = 0; limit <= whole.length; limit++) {
    assertEquals(printedLines(PT, items, { limit }), whole.slice(0, limit));
  }
});

Deno.test("QueueScanner counts what QueueReader finds, for all formats and cuts", () => {
  const types = [
    "intel_pt",
    "intel_bts",
    "arm_spe",
    "cs_etm",
    "s390_cpumsf",
    "hisi_ptt",
    "vpa_dtl",
  ] as const;
  const pt = new Uint8Array(200_000);
  for (let at = 0; at + TRACE.length < pt.length; at += TRACE.length) pt.set(TRACE, at);
  for (let i = 1; i < 20; i++) pt[i * 9973] = 0xff;
  for (const type of types) {
    const format = formatOf(type);
    for (const bytes of [pt, randomBytes(150_000, 7), randomBytes(1000, 9), new Uint8Array(5000)]) {
      for (const sizes of [[bytes.length], [4096], [65536, 1], [100_000, 3]]) {
        const items = cutBytes(bytes, ...sizes);
        const found = kindCounts(format, items, "cursor");
        assertEquals(kindCounts(format, items, "scan"), found, `${type}, ${sizes}`);
      }
    }
  }
});
