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

// The replay of a recording
export { type ReplayOptions, replayReport, ReportReplay } from "./replay.ts";
export type {
  DamagedPlace,
  FlaggedTail,
  LossReport,
  QueueReport,
  RecorderOutcome,
  ReplayReport,
  Verdict,
} from "./report.ts";
export { replayJson } from "./replay_json.ts";
export { jsonValue } from "../text/mod.ts";
export type { GenericJudgement, Judgement, ReleasedJudgement } from "./judgement.ts";
export type { Gap } from "./losses.ts";
export type { DataRingBytes } from "./data_rings.ts";
export type { RecordingFacts } from "./recording_facts.ts";
export { replayTails } from "./tail_replay.ts";
export type { TailStep } from "./queue_tails.ts";

// The walk over a recording's AUX data, for answers of your own
export { type AuxListener, AuxWalk, type WalkFacts } from "./aux_walk.ts";
export type {
  AnnouncedSummary,
  AuxAnnouncement,
  AuxBasis,
  AuxChunkHeader,
  AuxLoss,
  AuxMode,
  AuxPosition,
  AuxQueue,
  AuxSampleData,
  LossKind,
  MissingBytes,
  QueueIdentity,
  RecordCounts,
  TraceError,
} from "./aux_events.ts";
export { auxChecks } from "./checks.ts";

// Head, tail and bytes of an AUX buffer, for readers
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
export { alignSpan, type AuxSpan, auxSpan } from "./span.ts";
export {
  type SnapshotExtent,
  type SnapshotFinder,
  snapshotFinder,
  type SnapshotKind,
  type SnapshotOptions,
} from "./snapshot.ts";
