/**
 * Decodes the records of Intel's Branch Trace Store (BTS): where each taken branch was, and where
 * it went to. `btsRecords()` yields them as values, `packetValues()` filler and what is cut, too.
 *
 * @example Where branches went
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { btsRecords } from "@auxtail/auxtail/intel-bts";
 *
 * const branch = new BigUint64Array([0x401280n, 0x401290n, 0x10n]);
 * const filler = new BigUint64Array(3);
 * const bytes = new Uint8Array(new BigUint64Array([...branch, ...filler]).buffer);
 * const targets = [...btsRecords(bytes)].map((record) => record.to);
 * assertEquals(targets, [0x401290n]);
 * ```
 *
 * @module
 */

export * from "../mod.ts";
export { btsFormat } from "./format.ts";
export { BTS_RECORD_SIZE, BtsKind, btsKindNames } from "./packet_kind.ts";
export * from "./bts_cursor.ts";
export * from "./bts_overlap.ts";
export * from "./bts_records.ts";
export * from "./bts_scan.ts";
