import { assertEquals } from "@std/assert";
import { openPerfFile } from "../../mod.ts";
import { btsInfo } from "../../testing/aux_recording.ts";
import { btsBytes, type BtsValues } from "../../testing/bts_records.ts";
import { corpusNames, corpusPath, oracleTest } from "../../testing/corpus.ts";
import {
  countSeen,
  pieces,
  randomNumbers,
  readPieces,
  scanPieces,
  type Seen,
} from "../../testing/packet_pieces.ts";
import { payloadLines, perfPayloadLines } from "../../testing/payload_dump.ts";
import { Mark } from "../packet_cursor.ts";
import {
  BTS_RECORD_SIZE,
  BtsCursor,
  btsFields,
  BtsKind,
  btsKindNames,
  btsOverlap,
  btsRecords,
  BtsScan,
  btsText,
} from "./mod.ts";

const LINE = /^\. {2}([0-9a-f]{8}): {2}(?:[0-9a-f]{2} ){24}(\S.*)$/;

const values: readonly Required<BtsValues>[] = [
  { from: 0x401280n, to: 0xffffffff81000010n, misc: 0n },
  { from: 0n, to: 0n, misc: 0n },
  { from: 0xffffffff81000020n, to: 0x401290n, misc: 0x10n },
  { from: 0n, to: 1n << 63n, misc: 0xffffffffffffffefn },
  { from: 1n << 32n, to: 0n, misc: 0xffffffffffffffffn },
  { from: 0n, to: 0n, misc: 0x10n },
];
const stream = btsBytes(values);

function read(parts: Iterable<Uint8Array>): Seen[] {
  return readPieces(new BtsCursor(), parts, btsText);
}

Deno.test("BtsCursor reads back every record that was encoded", () => {
  const cursor = new BtsCursor(stream);
  for (const { from, to, misc } of values) {
    assertEquals(cursor.next(), true);
    assertEquals(cursor.kind, from === 0n && to === 0n ? BtsKind.Filler : BtsKind.Branch);
    assertEquals(btsFields(cursor), { from, to, misc, ...predicted(misc) });
  }
  assertEquals([cursor.next(), cursor.rest], [false, 0]);
});

Deno.test("BtsCursor reads the same records wherever the stream is cut into pieces", () => {
  const whole = read([stream]);
  for (let size = 1; size <= stream.length; size++) {
    assertEquals(read(pieces(stream, [size])), whole);
  }
});

Deno.test("BtsCursor and BtsScan take what is left of a cut record as one mark", () => {
  const whole = read([stream]);
  for (let length = 0; length < stream.length; length++) {
    const count = Math.floor(length / BTS_RECORD_SIZE);
    const rest = length % BTS_RECORD_SIZE;
    const cut: Seen[] = rest > 0 ? [[Mark.Cut, length - rest, rest, "CUT"]] : [];
    const seen = read([stream.subarray(0, length)]);
    assertEquals(seen, [...whole.slice(0, count), ...cut]);
    const { packets, bytes } = scanPieces(new BtsScan(), pieces(stream.subarray(0, length), [31]));
    assertEquals({ packets, bytes }, countSeen(seen, btsKindNames.length));
  }
});

Deno.test("BtsScan counts of random bytes what BtsCursor stands at", () => {
  const random = randomNumbers(7);
  for (let run = 0; run < 200; run++) {
    const bytes = Uint8Array.from({ length: random(2000) }, () => random(20) === 0 ? 1 : 0);
    const { packets, bytes: sizes } = scanPieces(new BtsScan(), pieces(bytes, [1 + random(100)]));
    assertEquals({ packets, bytes: sizes }, countSeen(read([bytes]), btsKindNames.length));
  }
});

Deno.test("BtsScan ends where a record can start, whatever the bytes", () => {
  for (const size of [0, 5, 24]) {
    const scan = new BtsScan();
    scan.push(new Uint8Array(size));
    scan.end();
    scan.end();
    assertEquals([scan.endsInSync, scan.firstTicks, scan.lastTicks], [true, null, null]);
    assertEquals([scan.packets[Mark.Cut], scan.bytes[Mark.Cut]], size === 5 ? [1, 5] : [0, 0]);
  }
  const unused = new BtsScan();
  unused.end();
  assertEquals(unused.packets[Mark.Cut], 0);
});

Deno.test("btsRecords() yields branches and leaves filler out", () => {
  const branches = values.map(({ from, to, misc }, index) => {
    return { offset: index * BTS_RECORD_SIZE, from, to, misc, ...predicted(misc) };
  }).filter(({ from, to }) => from !== 0n || to !== 0n);
  assertEquals([...btsRecords(stream)], branches);
});

Deno.test("btsOverlap() finds the longest tail that comes again", () => {
  const random = randomNumbers(11);
  for (let run = 0; run < 3000; run++) {
    const older = randomRecords(random);
    const newer = randomRecords(random);
    let longest = Math.min(older.length, newer.length);
    while (!isTail(older, newer.subarray(0, longest))) longest -= BTS_RECORD_SIZE;
    assertEquals(btsOverlap(older, newer), longest);
  }
});

Deno.test("btsOverlap() goes on from a shorter beginning where a repetitive one ends", () => {
  const of = (text: string) =>
    btsBytes([...text].map((c) => ({ from: 1n, to: c === "a" ? 1n : 2n })));
  assertEquals(btsOverlap(of("aabaaab"), of("aabaaaa")), 3 * BTS_RECORD_SIZE);
});

Deno.test("btsOverlap() leaves out what is less than a record at the end of either", () => {
  const older = stream.subarray(0, 4 * BTS_RECORD_SIZE + 5);
  const newer = stream.subarray(2 * BTS_RECORD_SIZE, 5 * BTS_RECORD_SIZE + 7);
  assertEquals(btsOverlap(older, newer), 2 * BTS_RECORD_SIZE);
  assertEquals(btsOverlap(new Uint8Array(0), newer), 0);
  assertEquals(btsOverlap(older, new Uint8Array(23)), 0);
});

Deno.test("btsOverlap() compares a number of records that is linear where tails nearly match", () => {
  const records = 512;
  const older = new Uint8Array(records * BTS_RECORD_SIZE);
  const newer = older.slice();
  newer[newer.length - 1] = 1;
  older[(records / 2) * BTS_RECORD_SIZE] = 1;
  let reads = 0;
  const counting = (bytes: Uint8Array) =>
    new Proxy(bytes, {
      get(target, key) {
        reads++;
        return Reflect.get(target, key, target);
      },
    });
  const overlap = btsOverlap(counting(older), counting(newer));
  assertEquals(overlap, (records / 2 - 1) * BTS_RECORD_SIZE);
  // Each of two passes makes 3 comparisons per record or fewer on the whole, of 24 bytes and 24.
  assertEquals(reads < 2 * 3 * records * 2 * BTS_RECORD_SIZE + 100, true, `${reads}`);
});

oracleTest("btsText() says what perf says of synthetic records", ["perf"], async () => {
  assertEquals(parse(await perfPayloadLines(stream, { info: btsInfo })), described(stream));
});

oracleTest(
  "btsText() says what perf says of the lab's recordings",
  ["corpus", "perf"],
  async () => {
    for (const name of corpusNames("lab")) {
      using file = openPerfFile(corpusPath(name));
      if (!file.finalised) continue;
      const chunks = [...file.auxChunks()].map((chunk) => described(chunk.read()));
      const perf = (await payloadLines(corpusPath(name))).map(parse);
      assertEquals(perf.length > 0, true, name);
      assertEquals(chunks, perf, name);
    }
  },
);

function parse(lines: readonly string[]): [number, string][] {
  return lines.flatMap((line) => {
    const [, offset, text] = LINE.exec(line) ?? [];
    return offset === undefined ? [] : [[Number.parseInt(offset, 16), text!]];
  });
}

function described(bytes: Uint8Array): [number, string][] {
  return read([bytes]).filter(([kind]) => kind !== Mark.Cut)
    .map(([, offset, , text]) => [offset, text]);
}

function predicted(misc: bigint): { predicted: boolean } {
  return { predicted: (misc & 0x10n) !== 0n };
}

/** Few records out of two, so that tails and beginnings match often. */
function randomRecords(random: (limit: number) => number): Uint8Array {
  return btsBytes(Array.from({ length: random(9) }, () => ({ from: 1n, to: BigInt(random(2)) })));
}

function isTail(bytes: Uint8Array, tail: Uint8Array): boolean {
  const end = bytes.subarray(bytes.length - tail.length);
  return end.every((byte, index) => byte === tail[index]);
}
