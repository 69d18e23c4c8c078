/**
 * Decodes Intel Processor Trace (PT): the packets of a stream, not yet the program's path.
 *
 * Four ways to the same packets, the fastest first: {@linkcode PtScan} counts, {@linkcode PtColumns}
 * fills typed arrays, {@linkcode PtCursor} stops at each, {@linkcode ptPackets} yields values. What
 * is damaged becomes marks, and decoding continues at the next PSB packet.
 *
 * @example Where a traced program was interrupted
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ptPackets } from "@auxtail/auxtail/intel-pt";
 *
 * const psb = new Array(8).fill([0x02, 0x82]).flat();
 * const fup = [0x7d, 0x00, 0xd3, 0x60, 0xb9, 0xff, 0xff];
 * const bytes = Uint8Array.of(0xff, ...psb, 0x02, 0x23, 0x06, ...fup);
 * const addresses: bigint[] = [];
 * for (const packet of ptPackets(bytes)) {
 *   if (packet.kind === "FUP" && packet.ip !== null) addresses.push(packet.ip);
 * }
 * assertEquals(addresses, [0xffff_ffff_b960_d300n]);
 * ```
 *
 * @module
 */

export * from "../mod.ts";
export { completeTsc, nsToTsc, tscToNs } from "../internal.ts";
export { ptFormat } from "./format.ts";
export { libiptArguments } from "./libipt_arguments.ts";
export { PtKind, ptKindNames } from "./packet_kind.ts";
export * from "./pt_columns.ts";
export * from "./pt_cursor.ts";
export * from "./pt_fields.ts";
export * from "./pt_packets.ts";
export * from "./pt_payloads.ts";
export * from "./pt_scan.ts";
export { ptText } from "./pt_text.ts";
export { findPsb } from "./sync.ts";
