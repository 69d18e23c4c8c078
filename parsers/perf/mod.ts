/**
 * The perf.data container: header, events, records, feature sections, AUX chunks.
 *
 * Pure: bytes in, values out. Nothing here touches the system, so it runs in a browser too.
 *
 * @example Records of a file that is already in memory
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePerfFile } from "@auxtail/auxtail/perf";
 *
 * const file = parsePerfFile(Deno.readFileSync("testdata/aux_demo_fits.perf.data"));
 * const aux = [...file.records()].filter((record) => record.type === "aux");
 * assertEquals(aux[0]?.auxOffset, 0n);
 * ```
 *
 * @module
 */

export { type ByteSource, bytesSource } from "../internal.ts";
export { type Fault, FormatError, type FormatErrorDetail } from "../internal.ts";
export {
  type AttrFlag,
  AuxFlag,
  type AuxtraceType,
  CpuMode,
  ReadFormat,
  RecordType,
  SampleType,
} from "./abi.ts";
export { type AttrFlags, type EventAttr, sampleTypeNames } from "./attr.ts";
export type { AuxChunk, AuxChunkFilter } from "./aux_chunks.ts";
export type { AuxFields } from "./aux_fields.ts";
export type { ArmSpeCpu, ArmSpeInfo, CoresightCpu, CoresightInfo } from "./auxtrace_info_arm.ts";
export type { AuxtraceInfoBase } from "./auxtrace_info_base.ts";
export type { IntelBtsInfo, IntelPtInfo, TscConversion } from "./auxtrace_info_intel.ts";
export type { AuxtraceInfo, OtherAuxtraceInfo, UnknownLayoutInfo } from "./auxtrace_info.ts";
export { checkFile, type CheckGroup, type CheckOptions } from "./check_file.ts";
export type { CheckReport, Finding, ReportFinding, Severity } from "./finding.ts";
export type { StrayText } from "./foreign_bytes.ts";
export type { SecondRecording } from "./session.ts";
export type { PayloadReader } from "./payload_reader.ts";
export type { PerfEvent, RecordEvent } from "./event_table.ts";
export * from "./features/mod.ts";
export { type PerfHeader, type Section } from "./header.ts";
export type { PerfBytes } from "./perf_bytes.ts";
export type { PerfFileCaps } from "./caps.ts";
export { parsePerfFile, PerfFile, type PerfFileOptions, type PerfFilePart } from "./perf_file.ts";
export { parsePerfStream, type PerfStream } from "./perf_stream.ts";
export { type CutPayload, RecordCursor, type RecordOrigin } from "./record_cursor.ts";
export { findRecordType, recordTypeName } from "./record_type.ts";
export * from "./records/mod.ts";
export { type RecordOrder } from "./round_sorter.ts";
export type { Zstd, ZstdDecoder } from "./zstd.ts";
