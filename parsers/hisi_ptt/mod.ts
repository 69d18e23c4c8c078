/**
 * Finds the packets of HiSilicon's PCIe Tune and Trace device (PTT) and decodes their headers.
 * `packetValues(new PttCursor(bytes), pttFormat)` yields them as values.
 *
 * @example The time of a packet of 8 words
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PttCursor, pttFields } from "@auxtail/auxtail/hisi-ptt";
 *
 * const words = new Uint32Array([0xfffff800, 0, 0x40000001, 0, 0, 0, 0, 99]);
 * const packets = new PttCursor(new Uint8Array(words.buffer));
 * packets.next();
 * assertEquals(pttFields(packets).time, 99);
 * ```
 *
 * @module
 */

export * from "../mod.ts";
export { pttFormat } from "./format.ts";
export { PttKind, pttKindNames } from "./packet_kind.ts";
export * from "./ptt_cursor.ts";
export * from "./ptt_fields.ts";
