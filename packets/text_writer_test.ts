import { assert, assertEquals } from "@std/assert";
import { randomNumbers } from "../testing/packet_pieces.ts";
import { ptPsb } from "../testing/pt_packets.ts";
import { cutBytes, payloadBytes, payloadMark, printedLines } from "../testing/printed_packets.ts";
import { payloadFormat } from "./payload_format.ts";
import type { PayloadItem, PayloadMark } from "./payload_item.ts";
import { PieceCursor } from "../parsers/internal.ts";
import { bareFormat } from "../testing/parts_decoding.ts";

const PT = payloadFormat({
  type: "intel_pt",
  info: null,
  hwIds: new Map(),
  time: null,
  byteOrder: "little",
  cpuid: null,
  records: false,
});

/** Packets of one byte: PAD, TNT, CYC, those of an IP that is left out. */
const SHORT = [[0x00], [0x06], [0xfe], [0x80], [0x03], [0x0d], [0x11], [0x01], [0x1d]];
/** Others: an IP, blocks and their items, TSC, long TNT, PSB, a bad byte. */
const LONG = [
  [0x4d, 1, 2, 3, 4],
  [0x02, 0x63, 0x84],
  [0x4c, 1, 2, 3, 4],
  [0x02, 0x33],
  [0x07, 0x02],
  [0x19, 1, 2, 3, 4, 5, 6, 7],
  [0x02, 0xa3, 1, 0, 0, 0, 0, 1],
  ptPsb,
  [0x05, ...ptPsb],
];

/** Runs of short packets between others. */
function runs(below: (limit: number) => number): Uint8Array {
  const bytes = [...ptPsb];
  while (bytes.length < 6000) {
    const packets = below(3) === 0 ? LONG : SHORT;
    const packet = packets[below(packets.length)]!;
    const times = packets === SHORT ? 1 + below(below(9) === 0 ? 2000 : 40) : 1;
    for (let i = 0; i < times; i++) bytes.push(...packet);
  }
  return Uint8Array.from(bytes);
}

/** A queue that starts at a position, with marks, and streams that start anew. */
function queueItems(below: (limit: number) => number, start: bigint): PayloadItem[] {
  const bytes = runs(below);
  const items: PayloadItem[] = [];
  for (let from = 0; from < bytes.length;) {
    const part = bytes.subarray(from, from + 1 + below(2500));
    const auxOffset = BigInt.asUintN(64, start + BigInt(from));
    items.push(
      payloadBytes(part, {
        auxOffset,
        follows: from === 0 || below(5) === 0 ? "nothing" : "bytes",
      }),
    );
    from += part.length;
    const end = BigInt.asUintN(64, start + BigInt(from));
    if (below(2) === 0) items.push(payloadMark("truncated", end));
  }
  return items;
}

Deno.test("TextWriter writes what follows a PSB packet that began in an earlier piece", () => {
  const tnt = Array(9).fill(0x06);
  // MNT hides the PSB, which is found from the bad byte inside of it.
  const bytes = Uint8Array.from([...ptPsb, ...tnt, 0x02, 0xc3, 0x88, ...ptPsb, ...tnt]);
  const expected = printedLines(PT, [payloadBytes(bytes)]);
  const after = expected.map((line) => line.slice(0, 8)).slice(2 + tnt.length);
  assertEquals(after.slice(0, 4), ["00000024", "0000001c", "0000002c", "0000002d"]);
  for (let size = 1; size < bytes.length; size++) {
    assertEquals(printedLines(PT, cutBytes(bytes, size)), expected);
  }
});

Deno.test("TextWriter writes runs of short packets as it writes single ones", () => {
  const all = [...PT.kindNames, "TRUNCATED"];
  const starts = [0n, 2n ** 32n, 2n ** 48n + 2n ** 32n, 2n ** 53n, 2n ** 64n];
  let written = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const below = randomNumbers(seed);
    const start = starts[seed % starts.length]! - BigInt(below(6000));
    const items = queueItems(below, BigInt.asUintN(64, start));
    const lines = printedLines(PT, items);
    assertEquals(lines, printedLines(PT, items, { kinds: all }));
    written += lines.length;
  }
  assert(written > 50 * 1000);
});

Deno.test("TextWriter writes positions of runs that pass 2^32", () => {
  const bytes = Uint8Array.from([...ptPsb, ...Array.from({ length: 3000 }, () => 0x06)]);
  const auxOffset = 2n ** 32n - 1500n;
  const lines = printedLines(PT, [payloadBytes(bytes, { auxOffset })]).slice(1);
  const expected = Array.from({ length: 3000 }, (_, i) => {
    const position = (auxOffset + 16n + BigInt(i)).toString(16).padStart(8, "0");
    return `${position}:  06${" ".repeat(26)}TNT T (1)`;
  });
  assertEquals(lines, expected);
});

Deno.test("TextWriter leaves out what is more than 48 bytes of a packet, and of a cut one", () => {
  const format = bareFormat<SizedCursor>({
    type: "sized",
    kindNames: ["BAD", "SKIPPED", "CUT", "SIZED"],
    syncKind: null,
    hasPlainBytes: false,
    decoder: () => ({ cursor: () => new SizedCursor() }),
    write: ({ size }, out) => out.ascii(`SIZED ${size}`),
    fields: () => ({}),
  });
  const line = (size: number, length = size) =>
    printedLines(format, [payloadBytes(new Uint8Array(length).fill(size))])[0];
  const hex = (size: number, count: number) =>
    `${size.toString(16).padStart(2, "0")} `.repeat(count).trim();
  assertEquals(line(9), `00000000:  ${hex(9, 9)}  SIZED 9`);
  assertEquals(line(10), `00000000:  ${hex(10, 10)} SIZED 10`);
  assertEquals(line(48), `00000000:  ${hex(48, 48)} SIZED 48`);
  assertEquals(line(49), `00000000:  ${hex(49, 48)} .. SIZED 49`);
  assertEquals(line(50, 48), `00000000:  -- cut packet: ${hex(50, 48)}`);
  assertEquals(line(50, 49), `00000000:  -- cut packet: ${hex(50, 48)} ..`);
});

/** A packet is as long as its first byte says. */
class SizedCursor extends PieceCursor {
  override next(): boolean {
    const left = this.bytes.length - this.at;
    const size = this.bytes[this.at] ?? 1;
    return left < size ? this.stop(left) : this.stand(3, size);
  }
}

Deno.test("TextWriter says how many bytes a mark is about", () => {
  const line = (mark: PayloadMark["mark"], size: number | null) =>
    printedLines(PT, [payloadMark(mark, 0x1_0000_0010n, size)])[0];
  assertEquals(line("truncated", null), "100000010:  -- truncated");
  assertEquals(line("gap", 1), "100000010:  -- gap of 1 byte");
  assertEquals(line("missing", 2), "100000010:  -- 2 bytes missing");
  const most = Number.MAX_SAFE_INTEGER;
  assertEquals(line("overlap", most), `100000010:  -- overlap of ${most} bytes`);
  assertEquals(line("gap", most + 1), `100000010:  -- gap of more than ${most} bytes`);
});
