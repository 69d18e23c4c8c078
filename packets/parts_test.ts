import { assert, assertEquals } from "@std/assert";
import { PtKind, ptKindNames } from "../parsers/intel_pt/packet_kind.ts";
import { PtCursor } from "../parsers/intel_pt/pt_cursor.ts";
import { findPsb } from "../parsers/intel_pt/sync.ts";
import { joinU64 } from "../parsers/u64.ts";
import { randomNumbers } from "../testing/packet_pieces.ts";
import { ptPsb } from "../testing/pt_packets.ts";
import { ptTraps } from "../testing/pt_traps.ts";
import { formatOf } from "./_format_of.ts";
import {
  countPart,
  decodePart,
  type PacketForm,
  packetWriter,
  partTask,
  type ReadPart,
} from "./decode_part.ts";
import type { PayloadFormat } from "./format.ts";
import { joinParts } from "./join_parts.ts";
import { EVERYTHING, type PacketFilter, PacketPrinter } from "./packet_printer.ts";
import { queueParts } from "./parts.ts";
import { type FormatFacts, payloadFormat } from "./payload_format.ts";
import type { PayloadBytes, PayloadItem } from "./payload_item.ts";
import { QueueReader, QueueScanner } from "./reader.ts";
import { countQueue, streamCounts, SummaryCounter } from "./summary.ts";
import { TextBuffer } from "./text_buffer.ts";

const QUEUE = { idx: 0, cpu: 1, tid: null };

const FORMATS = [
  "intel_pt",
  "intel_bts",
  "arm_spe",
  "cs_etm",
  "s390_cpumsf",
  "hisi_ptt",
  "vpa_dtl",
] as const;

const FACTS: FormatFacts = {
  type: null,
  info: null,
  hwIds: new Map(),
  time: null,
  byteOrder: "little",
  machineType: null,
  records: false,
};

/** Intel PT with a plain text: halves and last address, so that a wrong state shows. */
const PT: PayloadFormat = formatOf({
  type: "intel_pt",
  kindNames: ptKindNames,
  syncKind: PtKind.Psb,
  hasPlainBytes: false,
  findSync: findPsb,
  cursor: () => new PtCursor(),
  write: ({ kind, low, high, ipLow, ipHigh }, out) =>
    out.ascii([ptKindNames[kind], high, low, ipHigh, ipLow].join(" ")),
  fields: ({ low }) => ({ low }),
  ticks: ({ kind, high, low }) => kind === PtKind.Tsc ? joinU64(high, low) : null,
  timeNs: (ticks, { reference }) => ticks + reference,
});

/** A format whose streams cannot be cut. */
const WHOLE: PayloadFormat = formatOf({
  type: "cs_etm",
  kindNames: ptKindNames,
  syncKind: PtKind.Psb,
  hasPlainBytes: false,
  cursor: () => new PtCursor(),
  write: ({ kind }, out) => out.ascii(ptKindNames[kind]!),
  fields: () => ({}),
  ticks: () => null,
  timeNs: () => null,
});

/** A format that can be decoded from every packet on; a packet is its first byte's low bits long. */
const RECORDS: PayloadFormat = formatOf({
  type: "intel_bts",
  kindNames: ["BAD", "SKIPPED", "CUT", "RECORD"],
  syncKind: null,
  hasPlainBytes: false,
  cursor: () => new RecordCursor(),
  write: ({ size }, out) => out.ascii(`RECORD ${size}`),
  fields: ({ size }) => ({ size }),
  ticks: () => null,
  timeNs: () => null,
});

class RecordCursor {
  kind = 0;
  offset = 0;
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  size = 0;
  rest = 0;
  #base = 0;
  #at = 0;
  #ended = false;

  refill(bytes: Uint8Array): void {
    this.#base += this.#at;
    this.#at = 0;
    this.bytes = bytes;
  }

  end(): void {
    this.#ended = true;
  }

  next(): boolean {
    this.start = this.#at;
    this.offset = this.#base + this.start;
    const left = this.bytes.length - this.start;
    this.size = left === 0 ? 0 : Math.max(this.bytes[this.start]! & 15, 1);
    const isCut = this.size > left;
    this.kind = isCut ? 2 : 3;
    this.rest = left;
    if (left === 0 || (isCut && !this.#ended)) return false;
    this.size = Math.min(this.size, left);
    this.#at += this.size;
    return true;
  }
}

/** Bytes of a queue, in items, with marks, that start anew now and then. */
function hostileItems(seed: number, length: number, startsOneIn: number): PayloadItem[] {
  const below = randomNumbers(seed);
  const bytes = ptTraps(below, length);
  const items: PayloadItem[] = [];
  let auxOffset = 0xffff_ff00n;
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(from + 1 + below(length / 4), bytes.length);
    const starts = from === 0 || below(startsOneIn) === 0;
    if (below(3) === 0) items.push({ type: "mark", mark: "truncated", auxOffset, size: null });
    if (starts && from > 0) {
      items.push({ type: "mark", mark: "gap", auxOffset, size: 0x1000 });
      auxOffset += 0x1000n;
    }
    items.push(bytesItem(bytes, { from, to, auxOffset, starts }));
    auxOffset += BigInt(to - from);
    from = to;
  }
  if (below(2) === 0) items.push({ type: "mark", mark: "missing", auxOffset, size: 7 });
  return items;
}

function bytesItem(
  file: Uint8Array,
  { from, to, ...facts }: { from: number; to: number } & Pick<PayloadBytes, "auxOffset" | "starts">,
): PayloadBytes {
  const bytes = file.subarray(from, to);
  return {
    type: "bytes",
    ...facts,
    size: to - from,
    fileOffset: from,
    part: null,
    cpu: from,
    reference: BigInt(from),
    raw: false,
    read(position, into) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
}

/** The file that items lie in. */
function fileOf(items: readonly PayloadItem[]): ReadPart {
  const bytes = items.filter((item) => item.type === "bytes");
  return ({ fileOffset, size }, from, into) => {
    const at = fileOffset + from;
    const item = bytes.findLast((item) => item.fileOffset! <= at)!;
    const length = Math.min(size - from, into.length);
    return item.read(at - item.fileOffset!, into.subarray(0, length));
  };
}

interface PrintOptions {
  readonly format: PayloadFormat;
  readonly form?: PacketForm;
  readonly filter?: PacketFilter;
}

const json = (value: unknown) =>
  JSON.stringify(value, (_, item) => typeof item === "bigint" ? `${item}` : item);

function printer(
  { format, form = "text", filter = EVERYTHING }: PrintOptions,
  out: TextBuffer,
): PacketPrinter {
  const writer = packetWriter(form, format, QUEUE, json);
  return new PacketPrinter(writer, out, { kindNames: format.kindNames, filter });
}

function textOf(out: TextBuffer): string {
  return new TextDecoder().decode(out.text());
}

function printedAtOnce(items: readonly PayloadItem[], options: PrintOptions): string {
  const out = new TextBuffer();
  const sink = printer(options, out);
  const reader = new QueueReader(options.format, sink);
  for (const item of items) reader.take(item);
  reader.finish();
  return textOf(out);
}

/** Prints part by part as plain data; counts the parts whose end was not where it seemed to be. */
async function printedInParts(
  items: readonly PayloadItem[],
  size: number,
  options: PrintOptions,
): Promise<{ text: string; parts: number; redone: number }> {
  const { format, form = "text", filter = EVERYTHING } = options;
  const read = fileOf(items);
  const all = new TextBuffer();
  let left = filter.limit;
  let parts = 0;
  let redone = 0;
  let local: PacketPrinter | null = null;
  async function* answers() {
    for (const job of queueParts(items, { size, format })) {
      const out = new TextBuffer();
      const task = structuredClone(partTask(job, QUEUE)!);
      const flush = () => {};
      const reply = decodePart(task, out, { format, form, filter, read, json, flush });
      parts++;
      yield await Promise.resolve({ job, reply: { ...reply, text: textOf(out) } });
    }
  }
  await joinParts(answers(), {
    get isDone() {
      return local?.isDone ?? left === 0;
    },
    accept({ text, printed }) {
      if (printed > left) return false;
      left -= printed;
      all.utf8(text);
      return true;
    },
    decoder() {
      redone++;
      local = printer({ ...options, filter: { ...filter, limit: left } }, all);
      const reader = new QueueReader(format, local);
      const used = local;
      return {
        take: (item) => reader.take(item),
        unused: () => reader.unused(),
        finish() {
          reader.finish();
          left -= used.printed;
          local = null;
        },
      };
    },
  });
  return { text: textOf(all), parts, redone };
}

async function countedInParts(items: readonly PayloadItem[], size: number, format: PayloadFormat) {
  const read = fileOf(items);
  const counter = new SummaryCounter(format);
  async function* answers() {
    for (const job of queueParts(items, { size, format })) {
      yield await Promise.resolve({
        job,
        reply: countPart(partTask(job, QUEUE)!, { format, read }),
      });
    }
  }
  await joinParts(answers(), {
    isDone: false,
    accept({ counts }, { continues }) {
      counter.add(counts, { continues });
      return true;
    },
    decoder({ continues }) {
      const scanner = new QueueScanner(format, (scan, start) => {
        counter.add(streamCounts(scan, start, format), { continues });
        continues = false;
      });
      return {
        take: (item) => item.type === "bytes" && scanner.take(item),
        unused: () => scanner.unused(),
        finish: () => scanner.finish(),
      };
    },
  });
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
    const atOnce = new SummaryCounter(PT);
    countQueue({ ...QUEUE, items: () => items.values() as Generator<PayloadItem> }, PT, atOnce);
    const { bytes: _, marks, ...expected } = atOnce.counts();
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
    items.push(bytesItem(bytes, { from, to: from + 250_000, auxOffset, starts: from === 500_000 }));
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
      bytesItem(bytes, { from: 0, to: 210_001, auxOffset: 0n, starts: true }),
      bytesItem(bytes, { from: 210_001, to: 500_000, auxOffset: 210_001n, starts: false }),
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
    for (const { continues, goesOn } of parts) assertEquals([continues, goesOn], [false, false]);
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
      if (part.continues) assertEquals(bytes[0]!.starts, false);
      const starts = bytes.slice(1).filter(({ starts }) => starts).length;
      if (part.continues || part.goesOn) assertEquals(starts, 0);
    }
    for (const [i, { goesOn }] of parts.entries()) {
      assertEquals(goesOn, parts[i + 1]?.continues ?? false);
    }
  }
});

Deno.test("queueParts() gathers short streams, up to a number", () => {
  const bytes = new Uint8Array(4000);
  const items = Array.from(
    { length: 4000 },
    (_, from) => bytesItem(bytes, { from, to: from + 1, auxOffset: BigInt(from), starts: true }),
  );
  const sizes = (size: number) =>
    [...queueParts(items, { size, format: PT })].map((part) => part.size);
  assertEquals(sizes(1000), [1000, 1000, 1000, 1000]);
  assertEquals(sizes(10_000), [1024, 1024, 1024, 928]);
});

Deno.test("queueParts() finds a sync point that two windows of the search share", async () => {
  for (const at of [16_368, 16_369, 16_376, 16_383, 16_384]) {
    const bytes = new Uint8Array(40_000);
    bytes.set(ptPsb, 0);
    bytes.set(ptPsb, 100 + at);
    const items = [bytesItem(bytes, { from: 0, to: bytes.length, auxOffset: 0n, starts: true })];
    const parts = [...queueParts(items, { size: 100, format: PT })];
    assertEquals(parts.map(({ size }) => size), [100 + at, 40_000 - 100 - at]);
    const { text } = await printedInParts(items, 100, { format: PT });
    assertEquals(text, printedAtOnce(items, { format: PT }));
  }
});

Deno.test("queueParts() cuts an item thirty thousand times", () => {
  const bytes = new Uint8Array(16 * 30_000);
  for (let at = 0; at < bytes.length; at += 16) bytes.set(ptPsb, at);
  const whole = bytesItem(bytes, { from: 0, to: bytes.length, auxOffset: 0n, starts: true });
  const parts = [...queueParts([whole], { size: 16, format: PT })];
  assertEquals([parts.length, contents(parts.at(-1)!.items).length], [30_000, 16]);
});

Deno.test("queueParts() leaves whole what cannot be read", () => {
  const items: PayloadItem[] = [
    {
      ...bytesItem(new Uint8Array(10), { from: 0, to: 10, auxOffset: 0n, starts: true }),
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
