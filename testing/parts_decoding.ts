import { PtCursor, ptFormat, ptKindNames } from "../parsers/intel_pt/mod.ts";
import {
  type FormatFacts,
  type PacketCursor,
  TextBuffer,
  type TraceFormat,
} from "../parsers/internal.ts";
import { randomNumbers } from "./packet_pieces.ts";
import { ptTraps } from "./pt_traps.ts";
import {
  countPart,
  decodePart,
  type PacketForm,
  packetWriter,
  partTask,
  type ReadPart,
} from "../packets/decode_part.ts";
import { type PayloadFormat, payloadFormat } from "../packets/payload_format.ts";
import { joinParts } from "../packets/join_parts.ts";
import { EVERYTHING, type PacketFilter, PacketPrinter } from "../packets/packet_printer.ts";
import { queueParts } from "../packets/parts.ts";
import type { PayloadBytes, PayloadItem } from "../packets/payload_item.ts";
import { QueueReader, QueueScanner } from "../packets/reader.ts";
import { type PacketCounts, SummaryCounter } from "../packets/summary.ts";

/** Name of the queue that items belong to. */
export const QUEUE = { idx: 0, cpu: 1, tid: null };

/** Types of trace that can be decoded. */
export const FORMATS = [
  "intel_pt",
  "intel_bts",
  "arm_spe",
  "cs_etm",
  "s390_cpumsf",
  "hisi_ptt",
  "vpa_dtl",
] as const;

/** What is known of bare payload; without its type. */
export const FACTS: FormatFacts = {
  type: null,
  info: null,
  hwIds: new Map(),
  time: null,
  byteOrder: "little",
  cpuid: null,
  records: false,
};

/** A format of its own, for bare payload. */
export function bareFormat<C extends PacketCursor>(format: TraceFormat<C>): PayloadFormat {
  return payloadFormat({ ...FACTS, type: format.type }, [format]);
}

/** Intel PT with a plain text: halves and last address, so that a wrong state shows. */
export const PT: PayloadFormat = bareFormat<PtCursor>({
  ...ptFormat,
  hasPlainBytes: false,
  decoder: () => ({
    cursor: () => new PtCursor(),
    timeNs: (ticks, { reference }) => ticks + reference,
  }),
  write: ({ kind, low, high, ipLow, ipHigh }, out) =>
    out.ascii([ptKindNames[kind], high, low, ipHigh, ipLow].join(" ")),
  fields: ({ low }) => ({ low }),
});

/** A format whose streams cannot be cut. */
export const WHOLE: PayloadFormat = bareFormat<PtCursor>({
  type: "whole",
  kindNames: ptKindNames,
  syncKind: ptFormat.syncKind,
  hasPlainBytes: false,
  decoder: () => ({ cursor: () => new PtCursor() }),
  write: ({ kind }, out) => out.ascii(ptKindNames[kind]!),
  fields: () => ({}),
});

/** A format that can be decoded from every packet on; a packet is its first byte's low bits long. */
export const RECORDS: PayloadFormat = bareFormat<SizedRecords>({
  type: "records",
  kindNames: ["BAD", "SKIPPED", "CUT", "RECORD"],
  syncKind: null,
  hasPlainBytes: false,
  decoder: () => ({ cursor: () => new SizedRecords() }),
  write: ({ size }, out) => out.ascii(`RECORD ${size}`),
  fields: ({ size }) => ({ size }),
});

class SizedRecords {
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

/** Bytes of a queue, in items, with marks; some start a stream, or follow a loss. */
export function hostileItems(seed: number, length: number, startsOneIn: number): PayloadItem[] {
  const below = randomNumbers(seed);
  const bytes = ptTraps(below, length);
  const items: PayloadItem[] = [];
  let auxOffset = 0xffff_ff00n;
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(from + 1 + below(length / 4), bytes.length);
    const starts = from === 0 || below(startsOneIn) === 0;
    const isLoss = !starts && below(3) === 0;
    if (isLoss) items.push({ type: "mark", mark: "truncated", auxOffset, size: null });
    else if (below(6) === 0) items.push({ type: "mark", mark: "collision", auxOffset, size: null });
    if (isLoss && below(2) === 0) {
      items.push({ type: "mark", mark: "gap", auxOffset, size: 0x1000 });
      auxOffset += 0x1000n;
    }
    const follows = starts ? "nothing" : isLoss ? "loss" : "bytes";
    items.push(bytesItem(bytes, { from, to, auxOffset, follows }));
    auxOffset += BigInt(to - from);
    from = to;
  }
  if (below(2) === 0) items.push({ type: "mark", mark: "missing", auxOffset, size: 7 });
  return items;
}

/** Bytes of a file as an item. */
export function bytesItem(
  file: Uint8Array,
  { from, to, ...facts }:
    & { from: number; to: number }
    & Pick<PayloadBytes, "auxOffset" | "follows">,
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
    const item = bytes.find((item) => item.fileOffset! <= at && at < item.fileOffset! + item.size)!;
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

/** Prints without parts. */
export function printedAtOnce(items: readonly PayloadItem[], options: PrintOptions): string {
  const out = new TextBuffer();
  const sink = printer(options, out);
  const reader = new QueueReader(options.format, sink);
  for (const item of items) reader.take(item);
  reader.finish();
  return textOf(out);
}

/** Prints part by part as plain data; counts the parts whose end was not where it seemed to be. */
export async function printedInParts(
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
      const task = structuredClone(partTask(job, QUEUE));
      const flush = () => {};
      const end = task && decodePart(task, out, { format, form, filter, read, json, flush });
      parts++;
      yield await Promise.resolve({ job, reply: end && { ...end, text: textOf(out) } });
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

/** Counts part by part. */
export async function countedInParts(
  items: readonly PayloadItem[],
  size: number,
  format: PayloadFormat,
): Promise<PacketCounts> {
  const read = fileOf(items);
  const counter = new SummaryCounter(format);
  async function* answers() {
    for (const job of queueParts(items, { size, format })) {
      const task = partTask(job, QUEUE);
      yield await Promise.resolve({ job, reply: task && countPart(task, { format, read }) });
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
        counter.addScan(scan, start, { format, continues });
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
