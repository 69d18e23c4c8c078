import { assert, assertEquals } from "@std/assert";
import { randomNumbers } from "../testing/packet_pieces.ts";
import * as pt from "../testing/pt_packets.ts";
import {
  bytesItem,
  countedInParts,
  FACTS,
  FORMATS,
  hostileItems,
  printedAtOnce,
  printedInParts,
  PT,
  QUEUE,
  RECORDS,
  WHOLE,
} from "../testing/parts_decoding.ts";
import { EVERYTHING, type PacketFilter } from "./packet_printer.ts";
import { queueParts } from "./parts.ts";
import { payloadFormat } from "./payload_format.ts";
import type { PayloadItem } from "./payload_item.ts";
import { countQueue, type PacketCounts, SummaryCounter } from "./summary.ts";

function countedAtOnce(items: readonly PayloadItem[]): PacketCounts {
  const counter = new SummaryCounter(PT);
  countQueue({ ...QUEUE, items: () => items.values() as Generator<PayloadItem> }, PT, counter);
  return counter.counts();
}

Deno.test("queueParts() cuts Intel PT so that the packets are the same in all sizes", async () => {
  let parts = 0;
  let redone = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const items = hostileItems(seed, 1000, 4);
    const expected = printedAtOnce(items, { format: PT });
    for (const size of [1, 2, 7, 16, 17, 40, 100, 300, 1000]) {
      const inParts = await printedInParts(items, size, { format: PT });
      assertEquals(inParts.text, expected, `seed ${seed}, size ${size}`);
      parts += inParts.parts;
      redone += inParts.redone;
    }
  }
  assert(redone > 100 && redone < parts / 4, `${redone} of ${parts}`);
});

/** Random packets by an encoder that is not the decoder, where they start, and a time now and then. */
function knownStream(seed: number): { bytes: Uint8Array; lines: string[]; times: bigint[] } {
  const below = randomNumbers(seed);
  const bytes: number[] = [];
  const lines: string[] = [];
  const times: bigint[] = [];
  const put = (packet: readonly number[], text: string) => {
    lines.push(`${bytes.length.toString(16).padStart(8, "0")} ${text}`);
    bytes.push(...packet);
  };
  put(pt.ptPsb, "PSB");
  for (let n = 0; n < 400; n++) {
    const value = BigInt(below(2 ** 31));
    switch (below(9)) {
      case 0:
        put(pt.ptPsb, "PSB");
        break;
      case 1:
        put(pt.ptTsc(value), `TSC 0x${value.toString(16)}`);
        times.push(value);
        break;
      case 2:
        put(pt.ptIp("TIP", 6, value), `TIP 0x${value.toString(16)}`);
        break;
      case 3:
        put(pt.ptMtc(Number(value & 0xffn)), `MTC 0x${(value & 0xffn).toString(16)}`);
        break;
      case 4:
        put(pt.ptOvf, "OVF");
        break;
      default:
        put(pt.ptTnt("TN"), "TNT TN (2)");
    }
  }
  return { bytes: Uint8Array.from(bytes), lines, times };
}

/** Position and text of a printed line. */
function positionAndText(line: string): string {
  return line.replace(/^([\da-f]+): {2}(?:[\da-f]{2} )+ */, "$1 ");
}

Deno.test("queueParts() cuts so that the packets that were encoded come out, whatever the size", async () => {
  const format = payloadFormat({ ...FACTS, type: "intel_pt" });
  for (let seed = 500; seed < 520; seed++) {
    const { bytes, lines, times } = knownStream(seed);
    const below = randomNumbers(seed);
    const items: PayloadItem[] = [];
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(from + 1 + below(700), bytes.length);
      const follows = from === 0 ? "nothing" : "bytes";
      items.push(bytesItem(bytes, { from, to, auxOffset: BigInt(from), follows }));
      from = to;
    }
    const counts = (text: string) => lines.filter((line) => line.split(" ")[1] === text).length;
    for (const size of [1, 17, 100, 999, bytes.length, 2 * bytes.length]) {
      const { text, parts, redone } = await printedInParts(items, size, { format });
      assertEquals(text.split("\n").slice(0, -1).map(positionAndText), lines, `${seed}, ${size}`);
      if (size >= bytes.length) assertEquals([parts, redone], [1, 0]);
      const counted = await countedInParts(items, size, format);
      assertEquals(counted.packets, lines.length);
      for (const kind of ["PSB", "TSC", "TIP", "MTC", "OVF", "TNT"]) {
        assertEquals(counted.byKind[kind], counts(kind), kind);
      }
      assertEquals(counted.time, { unit: "ticks", ...span(times[0]!, times.at(-1)!) });
    }
  }
});

/** Of one stream, the first and the last reading of the clock, the smaller one first. */
function span(a: bigint, b: bigint): { first: bigint; last: bigint } {
  return a < b ? { first: a, last: b } : { first: b, last: a };
}

Deno.test("queueParts() cuts so that NDJSON, filters and limits are the same", async () => {
  const filters: PacketFilter[] = [
    { ...EVERYTHING, from: 0xffff_ff80n },
    { ...EVERYTHING, to: 0x1_0000_0100n },
    { ...EVERYTHING, from: 0xffff_fff0n, to: 0x1_0000_1000n, limit: 20 },
    { ...EVERYTHING, kinds: ["TIP", "SKIPPED", "GAP"] },
    ...[0, 1, 2, 10, 100].map((limit) => ({ ...EVERYTHING, limit })),
  ];
  for (let seed = 100; seed < 110; seed++) {
    const items = hostileItems(seed, 1000, 6);
    for (const filter of filters) {
      const options = { format: PT, form: "ndjson", filter } as const;
      const expected = printedAtOnce(items, options);
      for (const size of [1, 20, 200]) {
        assertEquals((await printedInParts(items, size, options)).text, expected);
      }
    }
  }
});

Deno.test("queueParts() cuts so that counts and times are the same", async () => {
  for (let seed = 200; seed < 240; seed++) {
    const items = hostileItems(seed, 1000, 6);
    const { bytes: _, marks, ...expected } = countedAtOnce(items);
    for (const size of [1, 16, 50, 400]) {
      const { bytes: _, marks: marksInParts, ...counts } = await countedInParts(items, size, PT);
      assertEquals(counts, expected);
      for (const [name, count] of Object.entries(marksInParts)) assertEquals(marks[name], count);
    }
  }
});

Deno.test("queueParts() cuts records of any length where they look cut", async () => {
  const below = randomNumbers(1);
  const bytes = Uint8Array.from({ length: 1_000_000 }, () => below(256));
  const items: PayloadItem[] = [];
  for (let from = 0; from < bytes.length; from += 250_000) {
    const auxOffset = BigInt(from);
    items.push(
      bytesItem(bytes, {
        from,
        to: from + 250_000,
        auxOffset,
        follows: from === 500_000 ? "nothing" : "bytes",
      }),
    );
    items.push({ type: "mark", mark: "truncated", auxOffset: auxOffset + 250_000n, size: null });
  }
  const expected = printedAtOnce(items, { format: RECORDS });
  for (const size of [1, 100_000, 192 << 10, 300_000]) {
    const { text, parts } = await printedInParts(items, size, { format: RECORDS });
    assert(text === expected && parts > 3);
  }
});

Deno.test("queueParts() cuts every format so that the packets are the same", async () => {
  const below = randomNumbers(5);
  const bytes = Uint8Array.from({ length: 500_000 }, () => below(256));
  for (const type of FORMATS) {
    const format = payloadFormat({ ...FACTS, type });
    const items = [
      bytesItem(bytes, { from: 0, to: 210_001, auxOffset: 0n, follows: "nothing" }),
      bytesItem(bytes, { from: 210_001, to: 500_000, auxOffset: 210_001n, follows: "bytes" }),
    ];
    const { text } = await printedInParts(items, 1, { format });
    assert(text === printedAtOnce(items, { format }), type);
  }
});

Deno.test("queueParts() does not cut streams that need a sync point it cannot find", () => {
  for (let seed = 300; seed < 320; seed++) {
    const items = hostileItems(seed, 1000, 2);
    const parts = [...queueParts(items, { size: 100, format: WHOLE })];
    assertEquals(parts.flatMap((part) => [...part.items]), items);
    for (const { continues, isContinued } of parts) {
      assertEquals([continues, isContinued], [false, false]);
    }
  }
});

Deno.test("queueParts() keeps every byte once, and pieces of streams by themselves", () => {
  for (let seed = 400; seed < 440; seed++) {
    const items = hostileItems(seed, 2000, 5);
    const parts = [...queueParts(items, { size: 90, format: PT })];
    assertEquals(contents(parts.flatMap((part) => [...part.items])), contents(items));
    for (const part of parts) {
      const bytes = part.items.filter((item) => item.type === "bytes");
      assertEquals(bytes.reduce((so, { size }) => so + size, 0), part.size);
      if (part.continues) assertEquals(bytes[0]!.follows, "bytes");
      const starts = bytes.slice(1).filter(({ follows }) => follows === "nothing").length;
      if (part.continues || part.isContinued) assertEquals(starts, 0);
    }
    for (const [i, { isContinued }] of parts.entries()) {
      assertEquals(isContinued, parts[i + 1]?.continues ?? false);
    }
  }
});

Deno.test("queueParts() ends parts of very many items where no decoder can start", async () => {
  const [tip, mtc] = [0x4d, 0x59]; // 5 bytes, which the items cut, and 2
  for (const [byte, length] of [[tip, 8192], [tip, 8193], [tip, 20_000], [mtc, 20_000]] as const) {
    const bytes = new Uint8Array(40_000).fill(byte);
    bytes.set(pt.ptPsb);
    bytes.set(pt.ptPsb, 36_001);
    const items = Array.from({ length }, (_, i) => {
      const facts = { auxOffset: BigInt(2 * i), follows: i === 0 ? "nothing" : "bytes" } as const;
      return bytesItem(bytes, { from: 2 * i, to: 2 * i + 2, ...facts });
    });
    const parts = [...queueParts(items, { size: 100_000, format: PT })];
    assert(Math.max(...parts.map(({ items }) => items.length)) <= 8192);
    const { text } = await printedInParts(items, 100_000, { format: PT });
    assertEquals(text, printedAtOnce(items, { format: PT }));
    const { byKind } = await countedInParts(items, 100_000, PT);
    assertEquals(byKind, countedAtOnce(items).byKind);
  }
});

Deno.test("queueParts() gathers short streams, up to a number", () => {
  const bytes = new Uint8Array(4000);
  const items = Array.from(
    { length: 4000 },
    (_, from) =>
      bytesItem(bytes, { from, to: from + 1, auxOffset: BigInt(from), follows: "nothing" }),
  );
  const sizes = (size: number) =>
    [...queueParts(items, { size, format: PT })].map((part) => part.size);
  assertEquals(sizes(1000), [1000, 1000, 1000, 1000]);
  assertEquals(sizes(10_000), [1024, 1024, 1024, 928]);
});

Deno.test("queueParts() finds a sync point that two windows of the search share", async () => {
  for (const at of [16_368, 16_369, 16_376, 16_383, 16_384]) {
    const bytes = new Uint8Array(40_000);
    bytes.set(pt.ptPsb, 0);
    bytes.set(pt.ptPsb, 100 + at);
    const items = [
      bytesItem(bytes, { from: 0, to: bytes.length, auxOffset: 0n, follows: "nothing" }),
    ];
    const parts = [...queueParts(items, { size: 100, format: PT })];
    assertEquals(parts.map(({ size }) => size), [100 + at, 40_000 - 100 - at]);
    const { text } = await printedInParts(items, 100, { format: PT });
    assertEquals(text, printedAtOnce(items, { format: PT }));
  }
});

Deno.test("queueParts() cuts an item thirty thousand times", () => {
  const bytes = new Uint8Array(16 * 30_000);
  for (let at = 0; at < bytes.length; at += 16) bytes.set(pt.ptPsb, at);
  const whole = bytesItem(bytes, { from: 0, to: bytes.length, auxOffset: 0n, follows: "nothing" });
  const parts = [...queueParts([whole], { size: 16, format: PT })];
  assertEquals([parts.length, contents(parts.at(-1)!.items).length], [30_000, 16]);
});

Deno.test("queueParts() leaves whole what cannot be read", () => {
  const items: PayloadItem[] = [
    {
      ...bytesItem(new Uint8Array(10), { from: 0, to: 10, auxOffset: 0n, follows: "nothing" }),
      size: 5000,
    },
  ];
  assertEquals([...queueParts(items, { size: 100, format: PT })].map(({ size }) => size), [5000]);
});

/** Bytes by their position in the stream, and marks, in order. */
function contents(items: readonly PayloadItem[]): unknown[] {
  return items.flatMap((item): unknown[] => {
    if (item.type === "mark") return [item];
    const bytes = new Uint8Array(item.size);
    item.read(0, bytes);
    return Array.from(bytes, (byte, i) => `${item.auxOffset + BigInt(i)}: ${byte}`);
  });
}
