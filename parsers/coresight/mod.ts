/**
 * Packets of Arm CoreSight trace: the frames of a sink, and the instruction trace of ETMv4 and ETE.
 *
 * Pure: bytes in, values out. `CoresightCursor` is the fast way through a fragment, which is what
 * one AUX record covers; `CoresightScan` counts; `packetValues` yields values. ETMv3 and PTM
 * are not decoded: their bytes are skipped.
 *
 * @example The atoms of a fragment without frames
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CoresightCursor, etmText, traceUnits } from "@auxtail/auxtail/coresight";
 *
 * const params = [{ name: "TRCIDR1", value: 0x4100f423n }];
 * const units = traceUnits({ cpus: [{ cpu: 0, kind: "etmv4", magic: 0n, traceId: 16, params }] });
 * const bytes = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xf9, 0xf7]);
 * const cursor = new CoresightCursor({ units, isRaw: true }, bytes);
 * const lines = [];
 * while (cursor.next()) lines.push(etmText(cursor));
 * assertEquals(lines.slice(1), [
 *   "I_ATOM_F3 : Atom format 3.; ENN",
 *   "I_ATOM_F1 : Atom format 1.; E",
 * ]);
 * ```
 *
 * @module
 */

export * from "../mod.ts";
export type { CoresightCpu } from "../perf/mod.ts";
export { CoresightCursor, type CoresightSources } from "./coresight_cursor.ts";
export { CoresightScan } from "./coresight_scan.ts";
export {
  coresightSnapshot,
  type SnapshotFile,
  type SnapshotPayload,
} from "./coresight_snapshot.ts";
export { EtmCursor, type EtmOptions } from "./etm_cursor.ts";
export { type EtmField, type EtmFields, etmFields } from "./etm_fields.ts";
export { EtmKind, etmKindNames } from "./etm_kind.ts";
export { etmText } from "./etm_text.ts";
export { coresightFormat } from "./format.ts";
export { type EtmConfig, type TraceUnit, traceUnits } from "./trace_unit.ts";
