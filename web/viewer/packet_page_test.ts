import { assertEquals } from "@std/assert";
import { type PayloadBytes, type PayloadFormat, payloadFormat } from "../../packets/mod.ts";
import { ptIp, ptPsb, ptPsbEnd, ptTnt } from "../../testing/pt_packets.ts";
import type { ChunkRun } from "./chunk_pages.ts";
import { type PacketPage, packetPage } from "./packet_page.ts";

const pt: PayloadFormat = payloadFormat({
  type: "intel_pt",
  info: null,
  hwIds: new Map(),
  time: null,
  byteOrder: "little",
  cpuid: null,
  records: false,
});

/** Bytes of a stream that were recorded as chunks of these sizes, from position `base` on. */
function runOf(
  bytes: readonly number[],
  sizes: readonly number[],
  base: bigint,
): ChunkRun["items"] {
  const all = Uint8Array.from(bytes);
  let at = 0;
  return sizes.map((size): PayloadBytes => {
    const own = all.subarray(at, at + size);
    const item: PayloadBytes = {
      type: "bytes",
      auxOffset: base + BigInt(at),
      size,
      fileOffset: null,
      part: null,
      follows: at === 0 ? "nothing" : "bytes",
      cpu: 0,
      reference: 0n,
      raw: false,
      read(from, into) {
        const part = own.subarray(from, from + into.length);
        into.set(part);
        return part.length;
      },
    };
    at += size;
    return item;
  });
}

function page(run: ChunkRun, from: bigint | null, limit: number): PacketPage {
  const steps = packetPage(run, pt, { from: from ?? run.items[run.index]!.auxOffset, limit });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** PSB, PSBEND, then `count` TNT packets of one byte and one TIP of three. */
function burst(count: number): number[] {
  const tnt = ptTnt("TN");
  return [
    ...ptPsb,
    ...ptPsbEnd,
    ...Array.from({ length: count }, () => tnt).flat(),
    ...ptIp("TIP", 1, 0x1234n),
  ];
}

Deno.test("packetPage() pages through a chunk: every packet once, in order", () => {
  const bytes = [...burst(50), ...burst(50)]; // 71 bytes each: 1 + 1 + 50 + 1 packets
  const items = runOf(bytes, [bytes.length], 0x1_0000_0000n);
  const run = { items, index: 0 };
  const positions: bigint[] = [];
  let from: bigint | null = null;
  let pages = 0;
  do {
    const { rows, next }: PacketPage = page(run, from, 10);
    positions.push(...rows.map(({ position }) => position));
    from = next;
    pages++;
  } while (from !== null);
  const inBurst = [0, 16, ...Array.from({ length: 50 }, (_, n) => 18 + n), 68];
  const expected = [0, 71].flatMap((start) => inBurst.map((at) => start + at));
  assertEquals(pages, 11);
  assertEquals(positions, expected.map((at) => 0x1_0000_0000n + BigInt(at)));
});

Deno.test("packetPage() decodes a chunk in the middle of a stream from the sync point before it", () => {
  const bytes = [...burst(50), ...burst(50)];
  const items = runOf(bytes, [30, 20, 92], 0n);
  const { rows, next } = page({ items, index: 1 }, null, 100);
  assertEquals([rows.length, next], [20, null]);
  assertEquals(rows[0], { position: 30n, bytes: "0c", text: "TNT TN (2)", isMark: false });
});

Deno.test("packetPage() shows a packet whose last bytes are in the next chunk", () => {
  const bytes = burst(50);
  const items = runOf(bytes, [69, 2], 0n); // the TIP starts at 68
  const rows = page({ items, index: 0 }, 68n, 100).rows;
  assertEquals(rows.map(({ position, bytes }) => [position, bytes]), [[68n, "2d 34 12"]]);
  assertEquals(page({ items, index: 1 }, null, 100).rows, []);
});

Deno.test("packetPage() lets no packet cross a loss, and shows none of bytes that come again", () => {
  const tip = ptIp("TIP", 6, 0xffff_8000_0040_1000n);
  const [first] = runOf([...burst(1), ...tip], [31], 0x100n);
  const [second] = runOf(ptIp("TIP", 1, 0x1234n), [3], 0x11fn);
  const lost = (item: PayloadBytes, auxOffset: bigint): PayloadBytes => {
    return { ...item, auxOffset, follows: "loss" };
  };
  const row = { bytes: "2d 34 12", text: "TIP 0x1234 ip=0x????????????1234", isMark: false };
  for (const position of [0x11fn, 0x200n, 0x118n, 0n]) {
    const items = [first!, lost(second!, position)];
    assertEquals(page({ items, index: 1 }, null, 100).rows, [{ position, ...row }]);
  }
});

Deno.test("packetPage() marks what is no packet", () => {
  const items = runOf([...burst(1), 0x02, 0xff, ...burst(1), 0x2d], [22 + 2 + 22 + 1], 0n);
  const rows = page({ items, index: 0 }, null, 100).rows;
  assertEquals(rows.filter(({ isMark }) => isMark).map(({ position }) => position).at(-1), 46n);
  assertEquals(rows.at(-1)!.text, "packet that the end of the stream cut");
});

Deno.test("packetPage() says of a chunk without sync points that its bytes are skipped", () => {
  const items = runOf(new Array(96).fill(0), [64, 32], 0n);
  const rows = page({ items, index: 1 }, null, 100).rows;
  const text = "32 bytes skipped, looking for PSB";
  assertEquals(rows, [{ position: 64n, bytes: "", text, isMark: true }]);
});

Deno.test("packetPage() finds a sync point wherever it lies, across two windows of the search too", () => {
  // The search goes back from the end of the chunk before, in windows of 64 KiB.
  const size = 140_000;
  for (const border of [1, 2].map((n) => size + 1 - (n << 16))) {
    for (const back of [0, 1, 2, 8, 14, 15, 16]) {
      const at = border - back;
      // TNT all over: without the sync point nothing in the chunk before could be decoded.
      const bytes = new Array(size + 8).fill(ptTnt("TN")[0]);
      bytes.splice(at, 18, ...ptPsb, ...ptPsbEnd);
      const items = runOf(bytes, [size, 8], 0n);
      const { rows } = page({ items, index: 1 }, null, 3);
      const expected = [0, 1, 2].map((n) => [BigInt(size + n), "TNT TN (2)"]);
      assertEquals(
        rows.map(({ position, text }) => [position, text]),
        expected,
        `${border} ${back}`,
      );
    }
  }
});

Deno.test("packetPage() finds the last sync point before a packet, not one after it", () => {
  const bytes = [...burst(1), ...burst(1)]; // 22 bytes each
  const items = runOf(bytes, [44], 0n);
  for (const [from, first] of [[18n, "TNT TN (2)"], [22n, "PSB"], [40n, "TNT TN (2)"]] as const) {
    const { rows } = page({ items, index: 0 }, from, 1);
    assertEquals([rows[0]!.position, rows[0]!.text], [from, first]);
  }
});

Deno.test("packetPage() shows a packet of one byte before the next sync point", () => {
  const bytes = [...ptPsb, ...ptPsbEnd, ...ptTnt("TN"), ...ptPsb, ...ptPsbEnd];
  const { rows } = page({ items: runOf(bytes, [37], 0n), index: 0 }, 18n, 2);
  assertEquals(rows.map(({ position }) => position), [18n, 19n]);
});

Deno.test("packetPage() looks for a sync point 1 MiB back, over all chunks together, and no further", () => {
  const tnt = ptTnt("TN")[0]!;
  const rowsWith = (sizes: readonly number[]) => {
    const before = sizes.reduce((so, size) => so + size, 0);
    const items = runOf([...ptPsb, ...ptPsbEnd, ...new Array(before - 18 + 8).fill(tnt)], [
      ...sizes,
      8,
    ], 0n);
    return page({ items, index: sizes.length }, null, 2).rows.map(({ isMark }) => isMark);
  };
  const half = 1 << 19;
  assertEquals(rowsWith([half, half]), [false, false]);
  assertEquals(rowsWith([64, half, half - 64]), [false, false]);
  assertEquals(rowsWith([64, half, half]), [true]);
});

Deno.test("packetPage() has as many rows as asked for, and says where the next ones start", () => {
  const items = runOf(burst(7), [28], 0n); // 2 + 7 + 1 packets
  const pages = [9, 10, 11].map((limit) => page({ items, index: 0 }, null, limit));
  assertEquals(pages.map(({ rows, next }) => [rows.length, next]), [[9, 25n], [10, null], [
    10,
    null,
  ]]);
});
