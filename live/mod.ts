/**
 * Live perf rings: events of the running kernel, opened and read through libc.
 *
 * Needs Linux on x86-64 or aarch64 and `--allow-ffi`, at the first call and not at the import.
 * {@linkcode perfEventOpen} opens an event, {@linkcode openDataRing} maps its records, and
 * {@linkcode openAuxRing} the trace data of a PMU with an AUX area.
 *
 * @example The records of this thread
 * ```ts
 * import { assert } from "@std/assert";
 * import { openDataRing, perfEventOpen, SyscallError } from "@auxtail/auxtail/live";
 *
 * try {
 *   using event = perfEventOpen({
 *     type: 1, // software
 *     config: 0n, // cpu-clock
 *     samplePeriod: 100_000n,
 *     flags: ["excludeKernel"],
 *   });
 *   using ring = openDataRing(event);
 *   for (let turns = 0; turns < 1e7; turns++);
 *   assert(ring.drain(() => {}) > 0);
 * } catch (error) {
 *   assert(error instanceof SyscallError); // the kernel's decision
 * }
 * ```
 *
 * @module
 */

export type { AttrFlag, AttrSpec } from "../encoders/internal.ts";
export { ReadBit, SampleBit } from "../encoders/internal.ts";
export type { PerfRecord } from "../parsers/perf/records/mod.ts";
export type { RecordCursor } from "../parsers/perf/mod.ts";
export type { RecordingEvent, RecordingEvents } from "./recording_events.ts";
export { type OpenSink, openSink } from "./_sinks.ts";
export { kernelFiles, pageSize } from "./_system.ts";
export type { WaitEnd, Waiter, WaitOptions } from "./_waiter.ts";
export { probeAux } from "./aux_probe.ts";
export {
  type AuxAccessor,
  type AuxEvent,
  type AuxMemory,
  AuxRing,
  type AuxRingOptions,
  AuxTailOverflow,
  openAuxRing,
} from "./aux_ring.ts";
export { type CommandOptions, type StoppedCommand, stoppedCommand } from "./command.ts";
export { DataRing, type DataRingOptions, openDataRing } from "./data_ring.ts";
export { parseEvents } from "./event_syntax.ts";
export type { EventTerms, ParsedEvent } from "./parsed_event.ts";
export { EventSyntaxError, type EventSyntaxErrorDetail } from "./event_syntax_error.ts";
export {
  type Observation,
  type ObservationOptions,
  observe,
  type ObservedTarget,
} from "./observation.ts";
export { findObstacles, type Obstacle } from "./obstacles.ts";
export { type EventTarget, PerfEventFd, perfEventOpen } from "./perf_event.ts";
export type { PerfSink } from "./perf_writer.ts";
export {
  type AuxPmuKind,
  auxPmuKind,
  auxSamplePeriod,
  findPmu,
  intelPtDefaultTerms,
  listPmus,
  parseCpuList,
  type Pmu,
} from "./pmu.ts";
export type { LimitedRing, Recording, RecordingSummary } from "./recorder.ts";
export { type RecordingOptions, startRecording } from "./recording.ts";
export {
  type OpenedEvent,
  RingSession,
  type RingSessionOptions,
  type SessionEvent,
  type SessionRing,
  type SessionTarget,
} from "./ring_session.ts";
export { SyscallError } from "./syscall_error.ts";
export type { SystemFiles } from "./system_files.ts";
export {
  type AuxProgress,
  type DataProgress,
  type RingProgress,
  type RingTick,
  type WatchedRing,
  Watcher,
} from "./watcher.ts";
