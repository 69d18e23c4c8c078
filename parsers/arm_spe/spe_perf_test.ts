import { assertEquals } from "@std/assert";
import { speInfo } from "../../testing/aux_recording.ts";
import { oracleTest } from "../../testing/corpus.ts";
import { readPieces, type Seen } from "../../testing/packet_pieces.ts";
import { perfPayloadLines } from "../../testing/payload_dump.ts";
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

oracleTest("speText() says what perf says of every packet that perf knows", ["perf"], async () => {
  const bytes = knownPackets();
  const options = { info: speInfo, arch: "aarch64" };
  const perf = (await perfPayloadLines(bytes, options)).map((line) => {
    const [, offset, hex, text] = LINE.exec(line) ?? [];
    return [Number.parseInt(offset!, 16), hex!.trim().split(" ").length, text!.trim()] as const;
  });
  const seen = readPieces(
    new SpeCursor(),
    [bytes],
    (cursor) => PERF_WORDS[cursor.kind] ?? speText(cursor),
  );
  assertEquals(joinPadding(seen), perf);
  assertEquals(perf.length > 500, true);
});
