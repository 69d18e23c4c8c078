import type { PayloadFormat } from "./payload_format.ts";
import { NdjsonWriter, type QueueName } from "./ndjson_writer.ts";
import { PacketPrinter, type PacketWriter, type PrinterOptions } from "./packet_printer.ts";
import type { Part } from "./parts.ts";
import type { PayloadBytes, PayloadMark } from "./payload_item.ts";
import { QueueReader, QueueScanner } from "./reader.ts";
import { type StreamCounts, SummaryCounter } from "./summary.ts";
import type { TextBuffer } from "../parsers/internal.ts";
import { TextWriter } from "./text_writer.ts";

/** How packets are written down. */
export type PacketForm = "text" | "ndjson";

/** Bytes that lie together in a file. Plain data. */
export interface PartBytes extends Omit<PayloadBytes, "read"> {
  readonly fileOffset: number;
}

/** A {@linkcode Part} as plain data, which can be sent to a Worker. */
export interface PartTask extends Pick<Part, "isContinued"> {
  /** The queue it belongs to. */
  readonly queue: QueueName;
  /** The items of the part. */
  readonly items: readonly (PartBytes | PayloadMark)[];
}

/** Reads bytes of a file into a buffer; see {@linkcode PayloadBytes.read}. */
export type ReadPart = (bytes: PartBytes, from: number, into: Uint8Array) => number;

/** What the end of a part was like. */
export interface PartEnd {
  /** How many of its last bytes were not used, if the next part continues its stream. */
  readonly rest: number;
}

/** Options of {@linkcode decodePart}. */
export interface DecodePartOptions extends Required<Pick<PrinterOptions, "filter" | "flush">> {
  /** Format of the payload. */
  readonly format: PayloadFormat;
  /** How packets are written down. */
  readonly form: PacketForm;
  /** Reads the bytes. */
  readonly read: ReadPart;
  /** Makes text of an object that holds bigints. */
  readonly json: (value: unknown) => string;
}

/**
 * Makes plain data of a part; null if its bytes do not lie in a file as they are, or if the next
 * part is for the same decoder.
 */
export function partTask(
  { items, isContinued, endsMidway }: Part,
  { idx, cpu, tid }: QueueName,
): PartTask | null {
  if (endsMidway) return null;
  const plain: (PartBytes | PayloadMark)[] = [];
  for (const item of items) {
    if (item.type === "mark") {
      plain.push(item);
    } else {
      const { read: _, fileOffset, ...facts } = item;
      if (fileOffset === null) return null;
      plain.push({ ...facts, fileOffset });
    }
  }
  return { queue: { idx, cpu, tid }, items: plain, isContinued };
}

/**
 * Writes the packets of a part into `out`.
 *
 * @returns How it ended, and how many packets and marks were printed.
 */
export function decodePart(
  task: PartTask,
  out: TextBuffer,
  options: DecodePartOptions,
): PartEnd & { printed: number } {
  const { format, form, filter, flush, read, json } = options;
  const writer = packetWriter(form, format, task.queue, json);
  const printer = new PacketPrinter(writer, out, { kindNames: format.kindNames, filter, flush });
  const reader = new QueueReader(format, printer);
  for (const item of task.items) reader.take(item.type === "mark" ? item : readable(item, read));
  const rest = task.isContinued ? reader.unused() : 0;
  reader.finish();
  return { rest, printed: printer.printed };
}

/** Counts the packets of a part. */
export function countPart(
  task: PartTask,
  { format, read }: Pick<DecodePartOptions, "format" | "read">,
): PartEnd & { counts: StreamCounts } {
  const counter = new SummaryCounter(format);
  const scanner = new QueueScanner(format, (scan, start) => {
    counter.addScan(scan, start, { format });
  });
  for (const item of task.items) if (item.type === "bytes") scanner.take(readable(item, read));
  const rest = task.isContinued ? scanner.unused() : 0;
  scanner.finish();
  return { rest, counts: counter.sums() };
}

/** Chooses how packets are written down. */
export function packetWriter(
  form: PacketForm,
  format: PayloadFormat,
  queue: QueueName,
  json: (value: unknown) => string,
): PacketWriter {
  return form === "text"
    ? new TextWriter(format)
    : new NdjsonWriter(queue, { kindNames: format.kindNames, json });
}

function readable(bytes: PartBytes, read: ReadPart): PayloadBytes {
  return { ...bytes, read: (from, into) => read(bytes, from, into) };
}
