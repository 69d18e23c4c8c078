/**
 * Decodes the packets and records of the Arm Statistical Profiling Extension (SPE).
 *
 * Each sampled operation is a record of packets: its address, what it was, what happened to it,
 * and how long it took. The format has no sync points, and no packet depends on another.
 * `speRecords()` yields records, `packetValues()` packets as values; the cursors are the fast way.
 *
 * @example What a sampled load took, and where its data was
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { speRecords } from "@auxtail/auxtail/arm-spe";
 *
 * const bytes = new Uint8Array([
 *   ...[0xb0, 0x80, 0x12, 0x40, 0, 0, 0, 0, 0x80], // PC 0x401280, EL0, not secure
 *   ...[0x49, 0x00], // load of a general-purpose register
 *   ...[0x98, 34, 0], // total latency: 34 cycles
 *   ...[0x01], // end
 * ]);
 * const [record] = speRecords(bytes);
 * assertEquals(record?.pc?.address, 0x401280n);
 * assertEquals(record?.operation?.class, "load");
 * assertEquals(record?.totalLatency, 34);
 * ```
 *
 * @module
 */

export * from "../mod.ts";
export { speFormat } from "./format.ts";
export { SpeKind, speKindNames } from "./packet_kind.ts";
export * from "./spe_address.ts";
export * from "./spe_cursor.ts";
export * from "./spe_events.ts";
export * from "./spe_fields.ts";
export * from "./spe_operation.ts";
export * from "./spe_records.ts";
export * from "./spe_scan.ts";
export * from "./spe_text.ts";
