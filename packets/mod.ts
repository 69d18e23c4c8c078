/**
 * The payload of a recording queue by queue: one reader over all formats of packets, counts, text.
 *
 * Pure: bytes in, values out. `queuePackets()` yields packets as values, `packetSummary()` counts
 * them. Below both, `payloadQueues()` finds the bytes and what is lost between them,
 * `payloadFormat()` the decoder, and `QueueReader` goes from packet to packet.
 *
 * @example Packets of a recording, counted and printed
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import {
 *   formatFacts,
 *   PacketPrinter,
 *   packetSummary,
 *   payloadFormat,
 *   payloadQueues,
 *   QueueReader,
 *   TextBuffer,
 *   TextWriter,
 * } from "@auxtail/auxtail/packets";
 *
 * using file = openPerfFile("testdata/aux_bts.perf.data");
 * const recording = payloadQueues(file);
 * const format = payloadFormat(formatFacts(file, recording));
 * assertEquals(packetSummary(recording, format).totals.byKind, { FILLER: 16 });
 *
 * const out = new TextBuffer();
 * const reader = new QueueReader(format, new PacketPrinter(new TextWriter(format), out, format));
 * for (const item of recording.queues[0]!.items()) reader.take(item);
 * reader.finish();
 * assertEquals(new TextDecoder().decode(out.text()).split("\n").length, 9);
 * ```
 *
 * @module
 */

export * from "../parsers/mod.ts";
export { traceFormats } from "../parsers/formats.ts";
export * from "./payload.ts";
export type { PayloadQueue, PayloadRecording } from "./payload_recording.ts";
export { PayloadIndex, type PayloadOptions } from "./payload_index.ts";
export type {
  Follows,
  PayloadBytes,
  PayloadItem,
  PayloadMark,
  PieceStart,
} from "./payload_item.ts";
export { payloadPart } from "./payload_part.ts";
export {
  formatFacts,
  type PacketStream,
  type PayloadFormat,
  payloadFormat,
} from "./payload_format.ts";
export * from "./queue_packets.ts";
export { findTimeConversion } from "./time_conversion.ts";
export { type PacketSink, QueueReader, QueueScanner } from "./reader.ts";
export * from "./extract.ts";
export * from "./trace_tools.ts";
export * from "./packet_printer.ts";
export { TextWriter } from "./text_writer.ts";
export { NdjsonWriter, type QueueName } from "./ndjson_writer.ts";
export { decoderCheck } from "./decoder_check.ts";
export { undecodedTrace } from "./undecoded.ts";
export { filteredSummary } from "./filtered_summary.ts";
export {
  type MarkCount,
  type PacketCounts,
  type PacketSummary,
  packetSummary,
  type QueueSummary,
  type TimeSpan,
} from "./summary.ts";
