/**
 * The AUX ring protocol on plain memory: accessors of head and tail, and the replay of recorded rings.
 *
 * A 32-bit perf on a 64-bit kernel reads `aux_head` and writes `aux_tail` in two halves. The
 * compat accessors make that safe by refusing tails above 4 GiB; {@linkcode replayReport} says
 * which tails of a recording that would have been.
 *
 * @example The verdict on a recording
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { replayReport } from "@auxtail/auxtail/auxtrace";
 *
 * using file = openPerfFile("testdata/aux_demo_fits.perf.data");
 * assertEquals(replayReport(file).verdict, "fits");
 * ```
 *
 * @module
 */

export {
  type Accessor32,
  type AuxPointers,
  type AuxPointersChoice,
  auxPointersFor,
  compatAuxPointers,
  type CompatOptions,
  kernelIs64Bit,
  nativeAuxPointers,
} from "./accessors.ts";
export { CONTROL_PAGE_SIZE, ControlPage } from "./control_page.ts";
export type { DataRingBytes } from "./data_rings.ts";
export type { GenericJudgement, Judgement, ReleasedJudgement } from "./judgement.ts";
export type { Gap, TailStep } from "./queue_replay.ts";
export { type AuxMode, type RecordCounts, replayTails } from "./replay.ts";
export {
  type FlaggedTail,
  type QueueReport,
  type Recorder,
  type ReplayOptions,
  type ReplayReport,
  replayReport,
  ReportReplay,
  type Verdict,
} from "./report.ts";
export {
  type SnapshotExtent,
  type SnapshotFinder,
  snapshotFinder,
  type SnapshotKind,
  type SnapshotOptions,
} from "./snapshot.ts";
export { alignSpan, type AuxSpan, auxSpan } from "./span.ts";
