/**
 * auxtail replays recordings of Linux perf's AUX area tracing (Intel PT, Arm SPE, CoreSight) through
 * the accessors of a 32-bit perf, and says which AUX tails it could not have written.
 *
 * @example Was this recording within 32 bits?
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile, replayReport } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const { verdict, conclusion } = replayReport(file);
 * assertEquals(verdict, "exceeds");
 * assertEquals(conclusion.includes("stopped by the limit"), true);
 * ```
 *
 * @module
 */

export {
  type AuxPointers,
  auxPointersFor,
  compatAuxPointers,
  type FlaggedTail,
  type Gap,
  jsonValue,
  type LossKind,
  type LossReport,
  type MissingBytes,
  nativeAuxPointers,
  type QueueReport,
  type RecorderOutcome,
  type RecordingFacts,
  replayJson,
  type ReplayOptions,
  type ReplayReport,
  replayReport,
  replayTails,
  type TailStep,
  type Verdict,
} from "./auxtrace/mod.ts";
export {
  type AuxChunk,
  type AuxChunkFilter,
  type AuxRecord,
  type AuxtraceInfo,
  type AuxtraceRecord,
  type ByteSource,
  bytesSource,
  checkFile,
  type CheckReport,
  type EventAttr,
  type Fault,
  type Finding,
  FormatError,
  type FormatErrorDetail,
  type ItraceStartRecord,
  type LostRecord,
  type PerfBytes,
  type PerfEvent,
  type PerfFile,
  type PerfFileOptions,
  type PerfHeader,
  type PerfRecord,
  type PerfStream,
  type RecordCursor,
  type RecordEvent,
  type RecordOrder,
  RecordType,
  recordTypeName,
  type SampleRecord,
  type Zstd,
  type ZstdDecoder,
} from "./parsers/perf/mod.ts";
export {
  openPerfBytes,
  openPerfBytes as parsePerfFile,
  openPerfFile,
  type OpenPerfFileOptions,
  openPerfStandardInput,
  openPerfStream,
  openPerfStream as parsePerfStream,
} from "./system/mod.ts";
