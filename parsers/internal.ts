/**
 * What other rooms of this project use of `parsers/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { type ByteSource, bytesSource } from "./byte_source.ts";
export { Cursor } from "./cursor.ts";
export { FixedSizeCursor } from "./fixed_size_cursor.ts";
export { type Fault, FormatError, type FormatErrorDetail } from "./format_error.ts";
export { Mark, type PacketCursor, type PacketScan } from "./packet_cursor.ts";
export { sequentialSource } from "./sequential_source.ts";
export { FLOAT, joinU64 } from "./u64.ts";
