/**
 * Live perf rings: events of the running kernel, opened and read through libc.
 *
 * Needs Linux on x86-64 or aarch64 and `--allow-ffi`, at the first call and not at the import.
 * {@linkcode perfEventOpen} opens an event, {@linkcode openDataRing} maps its records, and
 * {@linkcode openAuxRing} the trace data of a PMU with an AUX area. {@linkcode observe} does all
 * three on CPUs and tasks as perf does, {@linkcode startRecording} writes that to a file.
 *
 * After a handle is closed, its members throw a TypeError that says so, whatever they are asked; but
 * waits end with `closed`, and what was counted stays.
 *
 * Handles belong to `using` in the worker that opened them. `Worker.terminate()` lets nothing of a
 * worker run any more: its rings stay mapped and its events open until the process ends, in a wait or
 * not. Have the worker close them first: abort the `signal` of its wait by a message, and terminate it
 * when it has answered.
 *
 * @example Samples of this thread
 * ```ts
 * import { assert } from "@std/assert";
 * import { openDataRing, parseEvents, perfEventOpen, SyscallError } from "@auxtail/auxtail/live";
 *
 * try {
 *   using event = perfEventOpen(parseEvents("cpu-clock:u")[0]!.attr);
 *   using ring = openDataRing(event);
 *   for (let turns = 0; turns < 1e7; turns++);
 *   const samples = [...ring.records()].filter((record) => record.type === "sample");
 *   assert(samples.every(({ pid }) => pid === Deno.pid));
 * } catch (error) {
 *   assert(error instanceof SyscallError); // the kernel's decision
 * }
 * ```
 *
 * @module
 */

export type { AttrSpec } from "../encoders/internal.ts";
export { type AttrFlag, ReadFormat, SampleType } from "../parsers/perf/abi.ts";
export type { PerfRecord } from "../parsers/perf/records/mod.ts";
export type { RecordCursor } from "../parsers/perf/mod.ts";
export {
  type AuxAccessor,
  type AuxRing,
  type AuxRingOptions,
  AuxTailOverflow,
  openAuxRing,
} from "./aux_ring.ts";
export {
  type CommandEnd,
  type CommandOptions,
  type StoppedCommand,
  stoppedCommand,
} from "./command.ts";
export { type DataRing, type DataRingOptions, openDataRing } from "./data_ring.ts";
export { parseEvents } from "./event_syntax.ts";
export { EventSyntaxError, type EventSyntaxErrorDetail } from "./event_syntax_error.ts";
export {
  type Observation,
  type ObservationOptions,
  observe,
  type ObservedTarget,
} from "./observation.ts";
export { findObstacles, type Obstacle } from "./obstacles.ts";
export type { EventTerms, ParsedEvent } from "./parsed_event.ts";
export { type EventTarget, type PerfEventFd, perfEventOpen } from "./perf_event.ts";
export type { PerfSink } from "./perf_writer.ts";
export { type AuxPmuKind, findPmu, listPmus, type Pmu } from "./pmu.ts";
export type { LimitedRing, Recording, RecordingSummary } from "./recorder.ts";
export { type RecordingOptions, startRecording } from "./recording.ts";
export type { RecordingEvent, RecordingEvents } from "./recording_events.ts";
export type { AuxEvent } from "./restarts.ts";
export type { OpenedEvent, RingSession, SessionEvent, SessionRing } from "./ring_session.ts";
export { type OpenSink, openSink } from "./sinks.ts";
export { SyscallError } from "./syscall_error.ts";
export { kernelFiles, type SystemFiles } from "./system_files.ts";
export type { WaitEnd, WaitOptions } from "./waiter.ts";
export {
  type AuxProgress,
  type DataProgress,
  type RingProgress,
  type RingTick,
  type WatchedRing,
  Watcher,
} from "./watcher.ts";
