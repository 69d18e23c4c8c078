import { assertEquals } from "@std/assert";
import type { PayloadFormat } from "../packets/payload_format.ts";
import { EVERYTHING, type PacketFilter, PacketPrinter } from "../packets/packet_printer.ts";
import type { PayloadBytes, PayloadItem, PayloadMark } from "../packets/payload_item.ts";
import { QueueReader, QueueScanner } from "../packets/reader.ts";
import { TextBuffer } from "../parsers/internal.ts";
import { TextWriter } from "../packets/text_writer.ts";

/** Bytes of a ring that lie in memory; a stream of their own unless told otherwise. */
export function payloadBytes(
  bytes: Uint8Array,
  facts: Partial<PayloadBytes> = {},
): PayloadBytes {
  return {
    type: "bytes",
    auxOffset: 0n,
    size: bytes.length,
    fileOffset: 0,
    part: null,
    follows: "nothing",
    cpu: null,
    reference: 0n,
    raw: false,
    read(from, into) {
      const part = bytes.subarray(from, from + into.length);
      into.set(part);
      return part.length;
    },
    ...facts,
  };
}

/** A stream in pieces of the sizes that `sizes` yields, again and again. */
export function cutBytes(bytes: Uint8Array, ...sizes: readonly number[]): PayloadBytes[] {
  const items: PayloadBytes[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + sizes[items.length % sizes.length]!;
    const follows = at === 0 ? "nothing" : "bytes";
    items.push(payloadBytes(bytes.slice(at, end), { auxOffset: BigInt(at), follows }));
    at = end;
  }
  return items;
}

/** A mark of the recording. */
export function payloadMark(
  mark: PayloadMark["mark"],
  auxOffset: bigint,
  size: number | null = null,
): PayloadMark {
  return { type: "mark", mark, auxOffset, size };
}

/** The lines that are printed of a queue, as many as the printer says. */
export function printedLines(
  format: PayloadFormat,
  items: Iterable<PayloadItem>,
  filter: Partial<PacketFilter> = {},
): string[] {
  const out = new TextBuffer();
  const printer = new PacketPrinter(new TextWriter(format), out, {
    kindNames: format.kindNames,
    filter: { ...EVERYTHING, ...filter },
  });
  const reader = new QueueReader(format, printer);
  for (const item of items) reader.take(item);
  reader.finish();
  const lines = new TextDecoder().decode(out.text()).split("\n").slice(0, -1);
  assertEquals(printer.printed, lines.length);
  return lines;
}

/** Numbers of packets and of their bytes by kind: of the scans, or of the cursor. */
export function kindCounts(
  format: PayloadFormat,
  items: Iterable<PayloadBytes>,
  by: "scan" | "cursor",
): { packets: number[]; bytes: number[] } {
  const packets = format.kindNames.map(() => 0);
  const bytes = format.kindNames.map(() => 0);
  if (by === "scan") {
    const scanner = new QueueScanner(format, (scan) => {
      for (let kind = 0; kind < packets.length; kind++) {
        packets[kind]! += scan.packets[kind]!;
        bytes[kind]! += scan.bytes[kind]!;
      }
    });
    for (const item of items) scanner.take(item);
    scanner.finish();
  } else {
    let cursor = format.open(payloadBytes(new Uint8Array(0))).cursor;
    const reader = new QueueReader(format, {
      isDone: false,
      open: (stream) => cursor = stream.cursor,
      mark() {},
      packet() {
        packets[cursor.kind]!++;
        bytes[cursor.kind]! += cursor.size;
        return true;
      },
    });
    for (const item of items) reader.take(item);
    reader.finish();
  }
  return { packets, bytes };
}
