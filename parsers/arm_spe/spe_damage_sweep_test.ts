import { assertEquals } from "@std/assert";
import {
  countSeen,
  pieces,
  randomNumbers,
  readPieces,
  scanPieces,
  type Seen,
} from "../../testing/packet_pieces.ts";
import { speCases } from "../../testing/spe_cases.ts";
import {
  SpeCursor,
  speFields,
  SpeKind,
  speKindNames,
  SpeRecordCursor,
  SpeScan,
  speText,
} from "./mod.ts";

/** No packet is longer: behind as much padding every decoder is at the same place. */
const LONGEST = 16;
const padding = new Uint8Array(LONGEST);

function read(bytes: Uint8Array): Seen[] {
  return readPieces(new SpeCursor(), [bytes], ({ high, low }) => `${high} ${low}`);
}

/** Packets that start at `from` or behind it, and those that end at `to` or before. */
function between(seen: readonly Seen[], from: number, to: number): Seen[] {
  return seen.filter(([, offset, size]) => offset >= from && offset + size <= to);
}

function assertWholeAndCounted(bytes: Uint8Array, seen: readonly Seen[]): void {
  let end = 0;
  for (const [, offset, size] of seen) {
    assertEquals([offset, size > 0], [end, true]);
    end += size;
  }
  assertEquals(end, bytes.length);
  const { packets, bytes: sizes } = scanPieces(new SpeScan(), [bytes]);
  assertEquals({ packets, bytes: sizes }, countSeen(seen, speKindNames.length));
}

/** Runs everything that reads payload: nothing may throw. */
function useAll(bytes: Uint8Array): void {
  const cursor = new SpeCursor(bytes);
  while (cursor.next()) {
    speFields(cursor);
    speText(cursor);
  }
  const records = new SpeRecordCursor(bytes);
  records.end();
  while (records.next()) records.toRecord();
}

Deno.test("SpeCursor reads on in step behind any flipped byte, from the next padding on", () => {
  for (const { bytes } of speCases) {
    const stream = Uint8Array.of(...bytes, ...padding, ...speCases.at(-1)!.bytes, 0x01);
    const undamaged = read(stream);
    for (let at = 0; at < bytes.length; at++) {
      for (let flip = 1; flip < 256; flip++) {
        const damaged = stream.slice();
        damaged[at]! ^= flip;
        const seen = read(damaged);
        const synced = bytes.length + LONGEST;
        assertEquals(between(seen, synced, Infinity), between(undamaged, synced, Infinity));
        if (flip === 1 || flip === 0x80) assertWholeAndCounted(damaged, seen);
      }
    }
  }
});

Deno.test("SpeCursor agrees with the undamaged decode before 100,000 mutations, and behind the next padding", () => {
  const random = randomNumbers(0x5eed);
  const record = () => speCases[random(speCases.length)]!.bytes;
  const before = Uint8Array.from([...record(), ...record(), ...record()]);
  const hit = Uint8Array.from([...record(), ...record(), ...record(), ...record()]);
  const stream = Uint8Array.of(...before, ...hit, ...padding, ...record(), ...record(), 0x01);
  const undamaged = read(stream);
  const synced = before.length + hit.length + LONGEST;
  for (let run = 0; run < 100_000; run++) {
    const damaged = stream.slice();
    let first = synced;
    for (let count = 1 + random(4); count > 0; count--) {
      const at = before.length + random(hit.length);
      damaged[at] = random(256);
      first = Math.min(first, at);
    }
    const seen = read(damaged);
    if (!isSame(between(seen, synced, Infinity), between(undamaged, synced, Infinity))) {
      assertEquals(seen, undamaged);
    }
    // What an extended header is the byte after it tells.
    if (!isSame(between(seen, 0, first - 1), between(undamaged, 0, first - 1))) {
      assertEquals(seen, undamaged);
    }
    if (run % 10 === 0) assertWholeAndCounted(damaged, seen);
    if (run % 10 === 1) useAll(damaged);
  }
});

/** Faster than `assertEquals` for what nearly always is so. */
function isSame(a: readonly Seen[], b: readonly Seen[]): boolean {
  return a.length === b.length && a.every((seen, i) => seen.every((part, j) => part === b[i]![j]));
}

Deno.test("SpeScan counts of random bytes what SpeCursor stands at, in pieces of any size", () => {
  const random = randomNumbers(42);
  for (let run = 0; run < 20; run++) {
    const bytes = Uint8Array.from({ length: 20_000 }, () => random(256));
    const seen = read(bytes);
    assertWholeAndCounted(bytes, seen);
    const sizes = [1 + random(50), 1 + random(5000), 1 + random(10)];
    const { packets, bytes: counted } = scanPieces(new SpeScan(), pieces(bytes, sizes));
    assertEquals({ packets, bytes: counted }, countSeen(seen, speKindNames.length));
    useAll(bytes);
  }
});

Deno.test("SpeScan finds the first and last timestamp, wherever pieces end", () => {
  const stamp = (ticks: number) => [0x71, ticks, 0, 0, 0, 0, 0, 0, 1];
  const bytes = Uint8Array.of(0x49, 0x71, ...stamp(5), 0x42, 0x71, ...stamp(9), 0, 0, ...stamp(7));
  for (let size = 1; size <= bytes.length; size++) {
    const scan = scanPieces(new SpeScan(), pieces(bytes, [size]));
    assertEquals([scan.firstTicks, scan.lastTicks], [1n << 56n | 5n, 1n << 56n | 7n]);
    assertEquals(scan.packets[SpeKind.Timestamp], 3);
  }
  const none = scanPieces(new SpeScan(), [Uint8Array.of(0x49, 0x71)]);
  assertEquals([none.firstTicks, none.lastTicks], [null, null]);
});

Deno.test("SpeScan pads to the alignment of the position in the AUX area", () => {
  const bytes = Uint8Array.of(0x23, ...new Uint8Array(40));
  for (let position = 0; position < 16; position++) {
    const scan = scanPieces(new SpeScan({ position: BigInt(position) }), pieces(bytes, [3]));
    assertEquals(scan.bytes[SpeKind.Alignment], 16 - position);
  }
});
