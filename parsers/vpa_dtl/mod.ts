/**
 * Finds the entries of PowerPC Dispatch Trace Logs: when and why the hypervisor dispatched a
 * virtual processor.
 * `packetValues(new DtlCursor(bytes), dtlFormat)` yields them as values.
 *
 * @example The entry that tells how long a tick is
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DtlCursor, DtlKind, dtlText } from "@auxtail/auxtail/vpa-dtl";
 *
 * const words = new BigUint64Array([512000n, 512_000_000n, 0n, 0n, 0n, 0n]);
 * const entries = new DtlCursor(new Uint8Array(words.buffer));
 * entries.next();
 * assertEquals(entries.kind, DtlKind.Boot);
 * assertEquals(dtlText(entries), "BOOT boot_tb: 512000, tb_freq: 512000000");
 * ```
 *
 * @module
 */

export * from "../mod.ts";
export { dtlFormat } from "./format.ts";
export { DtlKind, dtlKindNames } from "./packet_kind.ts";
export * from "./dtl_cursor.ts";
