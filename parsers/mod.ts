/**
 * What all payload formats have in common: cursors, scans, marks, and the type of a format.
 *
 * Each folder beside this file is one format, or the container (`perf/`), and has an entry of its own,
 * which repeats these names.
 *
 * @module
 */

export { Mark, type PacketCursor, type PacketScan } from "./packet_cursor.ts";
export { type PacketValue, packetValues } from "./packet_values.ts";
export { TextBuffer } from "./text_buffer.ts";
export type {
  FormatFacts,
  HardwareId,
  StreamDecoder,
  StreamStart,
  TraceFormat,
  UndecodedScan,
  UndecodedTrace,
} from "./trace_format.ts";
export type { TscTime } from "./tsc_time.ts";
