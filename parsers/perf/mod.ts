/**
 * The perf.data container: header, events, records, feature sections, AUX chunks.
 *
 * Pure: bytes in, values out. Nothing here touches the system, so it runs in a browser too.
 *
 * @example Records of a file that is already in memory
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bytesSource, parsePerfFile } from "@auxtail/auxtail/perf";
 *
 * const file = parsePerfFile(bytesSource(Deno.readFileSync("testdata/aux_demo_fits.perf.data")));
 * const aux = [...file.records()].filter((record) => record.type === "aux");
 * assertEquals(aux[0]?.auxOffset, 0n);
 * ```
 *
 * @module
 */

export { type ByteSource, bytesSource } from "../internal.ts";
export { Cursor } from "../internal.ts";
export { type Fault, FormatError, type FormatErrorDetail } from "../internal.ts";
export {
  type AttrFlag,
  type AttrFlags,
  decodeAttr,
  type EventAttr,
  ReadFormat,
  SampleType,
  sampleTypeNames,
} from "./attr.ts";
export { type AuxChunk, type AuxChunkFilter } from "./aux_chunks.ts";
export {
  AUX_LOSS_FLAGS,
  type AuxFields,
  AuxFlag,
  AUXTRACE_SIZE,
  type ChunkFields,
  readAuxFields,
  readChunkFields,
  readHwId,
  readLostEvents,
} from "./aux_fields.ts";
export {
  type ArmSpeCpu,
  type ArmSpeInfo,
  type AuxtraceInfo,
  type AuxtraceInfoBase,
  type AuxtraceType,
  type CoresightCpu,
  type CoresightInfo,
  decodeAuxtraceInfo,
  type IntelBtsInfo,
  type IntelPtInfo,
  type OtherAuxtraceInfo,
  type TscConversion,
} from "./auxtrace_info.ts";
export {
  checkFile,
  type CheckGroup,
  type CheckOptions,
  type CheckReport,
  type Finding,
  type RecordCheck,
  type Report,
  type Severity,
} from "./check_file.ts";
export type { PayloadReader } from "./_payload.ts";
export { decodeCpuMap } from "./cpu_map.ts";
export type { PerfEvent, RecordEvent } from "./event_table.ts";
export * from "./features/mod.ts";
export { type PerfHeader, type Section } from "./header.ts";
export { parsePerfFile, PerfFile, type PerfFileOptions, type PerfFilePart } from "./perf_file.ts";
export { parsePerfStream, type PerfStream } from "./perf_stream.ts";
export { type CutPayload, RecordCursor, type RecordOrigin } from "./record_cursor.ts";
export { findRecordType, RecordType, recordTypeName } from "./record_type.ts";
export * from "./records/mod.ts";
export { type RecordOrder } from "./round_sorter.ts";
export type { FieldPositions, SampleLayout } from "./sample_layout.ts";
export type { Zstd, ZstdDecoder } from "./zstd.ts";
