/**
 * What the payload formats, and other rooms of this project, use of `parsers/` itself. Not published.
 *
 * @module
 */

export { type ByteSource, bytesSource, sourceBytes } from "./byte_source.ts";
export { Cursor } from "./cursor.ts";
export { CursorScan } from "./cursor_scan.ts";
export { type Fault, FormatError, type FormatErrorDetail, placeOf } from "./format_error.ts";
export { Mark, type PacketCursor, type PacketScan } from "./packet_cursor.ts";
export { type PacketValue, packetValues } from "./packet_values.ts";
export { FixedSizeCursor, PieceCursor } from "./piece_cursor.ts";
export { sequentialSource } from "./sequential_source.ts";
export { LineCache, TextBuffer } from "./text_buffer.ts";
export {
  type FormatFacts,
  type HardwareId,
  type StreamDecoder,
  type StreamStart,
  type TraceFormat,
  type UndecodedScan,
  undecodedText,
  type UndecodedTrace,
} from "./trace_format.ts";
export { completeTsc, nsToTsc, type TscTime, tscToNs } from "./tsc_time.ts";
export { FLOAT, joinU64, offsetText, sizeText } from "./u64.ts";
