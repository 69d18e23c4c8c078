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
export type { AnnouncedSummary } from "./announced_summary.ts";
export type { AuxQueue } from "./aux_queue.ts";
export type {
  AuxAnnouncement,
  AuxBasis,
  AuxChunkHeader,
  AuxListener,
  AuxLoss,
  AuxMode,
  AuxSampleData,
  LossKind,
  RecordCounts,
  WalkFacts,
} from "./aux_events.ts";
export { AuxWalk } from "./aux_walk.ts";
export { auxChecks } from "./checks.ts";
export type { DataRingBytes } from "./data_rings.ts";
export type { GenericJudgement, Judgement, ReleasedJudgement } from "./judgement.ts";
export type { Gap } from "./losses.ts";
export type { TailStep } from "./queue_tails.ts";
export type { RecordingFacts } from "./recording_facts.ts";
export {
  type FlaggedTail,
  type LossReport,
  type QueueReport,
  type Recorder,
  type ReplayOptions,
  type ReplayReport,
  replayReport,
  ReportReplay,
  type Verdict,
} from "./report.ts";
export type { MissingBytes } from "./ranges.ts";
export { replayTails } from "./tail_replay.ts";
export {
  type SnapshotExtent,
  type SnapshotFinder,
  snapshotFinder,
  type SnapshotKind,
  type SnapshotOptions,
} from "./snapshot.ts";
export { alignSpan, type AuxSpan, auxSpan } from "./span.ts";
