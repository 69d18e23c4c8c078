import { assertEquals } from "@std/assert";
import { CursorScan, FixedSizeCursor, Mark } from "./internal.ts";

/** Packets of two bytes: a kind, and ticks where they are not 0. */
class Pairs extends FixedSizeCursor {
  protected override packetSize(): number {
    return 2;
  }

  protected override packetKind(at: number): number {
    return this.bytes[at]!;
  }
}

function scanOf(): CursorScan<Pairs> {
  return new CursorScan(new Pairs(), 6, ({ kind, bytes, start }) => {
    const ticks = kind > Mark.Cut ? bytes[start + 1]! : 0;
    return ticks === 0 ? null : BigInt(ticks);
  });
}

Deno.test("CursorScan counts packets, bytes and ticks of all pieces", () => {
  const scan = scanOf();
  assertEquals([scan.firstTicks, scan.lastTicks, scan.endsInSync], [null, null, false]);
  assertEquals(scan.push(new Uint8Array([3, 0, 4, 7, 3])), 1);
  assertEquals([scan.firstTicks, scan.lastTicks], [7n, 7n]);
  assertEquals(scan.push(new Uint8Array([3, 9, 5, 8, 5, 0])), 0);
  assertEquals([scan.firstTicks, scan.lastTicks, scan.endsInSync], [7n, 8n, false]);
  scan.end();
  assertEquals([...scan.packets], [0, 0, 0, 2, 1, 2]);
  assertEquals([...scan.bytes], [0, 0, 0, 4, 2, 4]);
  assertEquals([scan.firstTicks, scan.lastTicks, scan.endsInSync], [7n, 8n, true]);
});

Deno.test("CursorScan ends in sync only with a whole packet", () => {
  for (const [bytes, endsInSync] of [[[3, 1], true], [[3, 1, 4], false], [[], false]] as const) {
    const scan = scanOf();
    scan.push(new Uint8Array(bytes));
    scan.end();
    assertEquals([bytes, scan.endsInSync], [bytes, endsInSync]);
    assertEquals(scan.packets[Mark.Cut], bytes.length % 2);
    assertEquals(scan.bytes[Mark.Cut], bytes.length % 2);
  }
});

Deno.test("CursorScan tells the size of what it counts", () => {
  const cursor = new Pairs(new Uint8Array([4, 0, 5]));
  const scan = new CursorScan(cursor, 6, () => null);
  assertEquals([cursor.next(), scan.count()], [true, 2]);
  cursor.end();
  assertEquals([cursor.next(), scan.count()], [true, 1]);
  assertEquals([...scan.packets], [0, 0, 1, 0, 1, 0]);
});
