import { assert, assertEquals } from "@std/assert";
import { ptBytes, randomPtCases } from "../../testing/pt_cases.ts";
import { ptPsb } from "../../testing/pt_packets.ts";
import { randomNumbers, type Seen } from "../../testing/packet_pieces.ts";
import {
  assertSameByAll,
  decodeByAll,
  type Decoded,
  seenByCursor,
} from "../../testing/pt_readings.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";

/** Bytes that begin packets, or have a meaning inside of one. */
const INTERESTING = [0x00, 0x02, 0x03, 0x04, 0x05, 0x07, 0x0d, 0x19, 0x59, 0x63, 0x7f, 0x80, 0x82]
  .concat([0x88, 0x99, 0xa3, 0xc3, 0xcd, 0xd9, 0xff]);

Deno.test("PtCursor, PtColumns and PtScan read each beginning of a stream up to its end", () => {
  const bytes = ptBytes(randomPtCases(randomNumbers(11), 60));
  const whole = seenByCursor(bytes);
  for (let size = 0; size <= bytes.length; size++) {
    const seen = whole.filter(([, offset, length]) => offset + length <= size);
    const end = seen.reduce((_, [, offset, length]) => offset + length, 0);
    const lastIp = seen.at(-1)?.[3].split(" ").slice(3).join(" ") ?? "0 0 0";
    const mark = ptKindNames.indexOf(size < ptPsb.length ? "SKIPPED" : "CUT");
    const rest: Seen[] = end < size ? [[mark, end, size - end, `0 0 0 ${lastIp}`]] : [];
    assertSameByAll([...seen, ...rest], bytes.subarray(0, size));
  }
});

Deno.test("PtCursor, PtColumns and PtScan agree whichever byte of a stream is another", () => {
  const bytes = ptBytes(randomPtCases(randomNumbers(12), 12));
  for (let at = 0; at < bytes.length; at++) {
    const undamaged = bytes[at]!;
    const flips = Array.from({ length: 8 }, (_, bit) => undamaged ^ 1 << bit);
    for (const value of [...flips, ...INTERESTING]) {
      bytes[at] = value;
      decodeByAll(bytes);
    }
    bytes[at] = undamaged;
  }
});

Deno.test("PtCursor, PtColumns and PtScan agree on random bytes", () => {
  const random = randomNumbers(13);
  const bytes = new Uint8Array(1 << 19).map(() => random(256));
  for (let at = 0; at + 16 <= bytes.length; at += 16 + random(100)) bytes.set(ptPsb, at);
  decodeByAll(bytes);
  for (let from = 0; from < 1 << 16; from += 64) decodeByAll(bytes.subarray(from, from + 64));
});

Deno.test("PtCursor decodes what follows 100,000 random damages as without them", () => {
  const random = randomNumbers(14);
  const clean = Array.from({ length: 50 }, () => ptBytes(randomPtCases(random, 4)));
  const undamaged = new Map(clean.map((bytes) => [bytes, decodeByAll(bytes)]));
  for (let round = 0; round < 200; round++) {
    const segments = Array.from({ length: 500 }, () => {
      const [hit, first, second] = [clean[random(50)]!, clean[random(50)]!, clean[random(50)]!];
      return [damaged(hit, random), first, second];
    }).flat();
    assertResyncs(segments, undamaged);
  }
});

/** Changes, removes or inserts some bytes. */
function damaged(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  const from = random(bytes.length);
  const removed = random(8);
  const inserted = Array.from({ length: random(8) }, () => random(2) === 0 ? random(256) : 0x82);
  return Uint8Array.from([
    ...bytes.subarray(0, from),
    ...inserted,
    ...bytes.subarray(from + removed),
  ]);
}

/**
 * Fails unless a decoder is back in sync after damage. Of three segments, the first is damaged, and
 * could take the PSB packet of the second for its payload; then it is back at the third.
 */
function assertResyncs(
  segments: readonly Uint8Array[],
  undamaged: ReadonlyMap<Uint8Array, Decoded>,
): void {
  const bytes = new Uint8Array(segments.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  const starts = segments.map((segment) => {
    bytes.set(segment, start);
    return (start += segment.length) - segment.length;
  });
  const decoded = decodeByAll(bytes);
  let row = 0;
  for (const [i, segment] of segments.entries()) {
    if (i % 3 === 0) continue;
    while (decoded.columns.offset[row]! < starts[i]!) row++;
    const isMet = decoded.columns.offset[row] === starts[i] &&
      decoded.columns.kind[row] === PtKind.Psb;
    assert(isMet || i % 3 === 1);
    if (isMet) assertSame(decoded, row, undamaged.get(segment)!);
  }
}

function assertSame(decoded: Decoded, from: number, { columns, rows }: Decoded): void {
  for (const name of ["kind", "size", "count", "low", "high", "ipLow", "ipHigh"] as const) {
    for (let row = 0; row < rows; row++) {
      const [found, expected] = [decoded.columns[name][from + row], columns[name][row]];
      if (found !== expected) assertEquals([name, from + row, found], [name, from + row, expected]);
    }
  }
}
