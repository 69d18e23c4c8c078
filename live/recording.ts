import {
  cpuMap,
  finishedInit,
  groupDesc,
  type RecordSpec,
  threadMap,
  timeConv,
} from "../encoders/internal.ts";
import { sampleLayout } from "../parsers/perf/internal.ts";
import { VERSION } from "../text/mod.ts";
import type { RecordingEvent } from "./recording_events.ts";
import { commonSize, decodedAttr } from "./_attr_bytes.ts";
import { AuxReference } from "./_reference.ts";
import { auxtraceInfoRecord } from "./_auxtrace_info.ts";
import { type ClockFacts, machineFeatures, recordingFeatures } from "./_features.ts";
import { cpuMapOf, idIndexes, kernelMappings, runningTasks } from "./_synthesize.ts";
import { clockNs, clockResolutionNs, pageSize, unameMachine } from "./_system.ts";
import { rehearseTally } from "./_ring_tally.ts";
import { type PageTimeConversion, timeConversion } from "./_time_conversion.ts";
import { tracingDataFeature } from "./_tracing_data.ts";
import type { Observation } from "./observation.ts";
import { type PerfSink, PerfWriter, type WrittenEvent } from "./perf_writer.ts";
import { Recorder, type Recording } from "./recorder.ts";
import { kernelFiles } from "./system_files.ts";

const RECORDER = `auxtail ${VERSION}`;
const BTS_RECORD_SIZE = 24;
/** `TASK_COMM_LEN` without the NUL: the kernel cuts names there, also in the middle of a character. */
const COMM_SIZE = 15;
const ANY_CPU = 0xffff;
/** What a record of 65535 bytes holds: 16 bytes and 24 for each thread. */
const MOST_THREADS = 2729;
const TRACEPOINT = 2;
const ZSTD_LEVEL = 1;

/** How an observation is recorded. */
export interface RecordingOptions {
  /** Where it goes. */
  readonly sink: PerfSink;
  /** What CMDLINE says: the program and its arguments. */
  readonly commandLine: readonly string[];
  /** Whether the records are compressed. */
  readonly compress?: boolean | undefined;
  /** Clock of the timestamps, as given to the observation. */
  readonly clockid?: number | undefined;
  /** Whether AUX rings are read as snapshots. */
  readonly snapshot?: boolean | undefined;
}

/**
 * Starts a recording: writes what readers need to know before the first record of the kernel, the
 * tasks that already run among it. The events are not started here.
 *
 * @throws What the sink throws. A file is finished then, with what it has of that, or empty.
 */
export function startRecording(observation: Observation, options: RecordingOptions): Recording {
  const { session, recording, dataSize } = observation;
  const { sink, compress, snapshot, clockid } = options;
  const events = writtenEvents(observation);
  const features = (sampleTimes: readonly [bigint, bigint] | null) => [
    ...machineFeatures(kernelFiles, unameMachine()),
    ...recordingFeatures({
      commandLine: options.commandLine,
      recorder: RECORDER,
      events,
      sampleTimes,
      clock: clockid === undefined ? undefined : clockFacts(clockid),
    }),
    ...(tracing === null ? [] : [tracing]),
    ...(groups.length === 0 ? [] : [groupDesc(groups)]),
  ];
  const ids = events.flatMap(({ type, config }) => type === TRACEPOINT ? [config ?? 0n] : []);
  const tracing = ids.length === 0
    ? null
    : tracingDataFeature(kernelFiles, { ids, pageSize: pageSize() });
  const groups = groupsOf(recording.events);
  const writer = new PerfWriter(sink, {
    events,
    ...(compress && { compress: { level: ZSTD_LEVEL, mmapSize: dataSize } }),
  });
  const time = timeConversion(session.rings[0]!.data.page);
  try {
    if (sink.file === undefined) writer.pipeFeatures(features(null));
    for (const record of prelude(observation, time, snapshot ?? false)) writer.add(record);
  } catch (error) {
    writer.finalise([]);
    throw error;
  }
  rehearseTally();
  // All events of a recording have their time in the same place.
  const layout = sampleLayout(decodedAttr(events.at(-1)!));
  return new Recorder(session, writer, {
    timeAt: layout.sample.time,
    trailerTimeAt: layout.trailer.time,
    reference: new AuxReference(recording.auxKind, time),
    ...(recording.auxKind === "intel_bts" && { auxAlignment: BTS_RECORD_SIZE }),
    ...(snapshot && { snapshot }),
    features,
  });
}

/** The events with the ids that the kernel gave, their attrs in one size. */
function writtenEvents({ recording, session }: Observation): WrittenEvent[] {
  const size = commonSize(recording.events.map(({ attr }) => attr));
  return recording.events.map(({ attr, name }, index) => ({
    ...attr,
    size,
    name,
    ids: session.opened.filter(({ event }) => event === index).map(({ id }) => id),
  }));
}

function clockFacts(clockid: number): ClockFacts {
  return {
    clockid,
    resolutionNs: clockResolutionNs(clockid),
    wallNs: clockNs(0),
    clockNs: clockNs(clockid),
  };
}

/** Records that stand before those of the kernel, in the order of perf. */
function* prelude(
  { session, recording, cpus, tids }: Observation,
  time: PageTimeConversion,
  snapshot: boolean,
): Generator<RecordSpec> {
  const { opened } = session;
  if (time.capUserTimeZero) {
    yield timeConv({
      shift: time.timeShift,
      mult: time.timeMult,
      zero: time.timeZero,
      cycles: {
        timeCycles: time.timeCycles,
        timeMask: time.timeMask,
        capZero: 1,
        capShort: time.capUserTimeShort ? 1 : 0,
      },
    });
  }
  if (opened.length > 1) {
    yield* idIndexes(opened.map(({ id, ring, cpu, tid }) => (
      { id, idx: BigInt(ring), cpu: BigInt(cpu), tid: BigInt(tid) }
    )));
  }
  if (recording.auxPmu !== null) {
    const { attr } = recording.events[0]!;
    const { flags = [] } = recording.events.at(-1)!.attr;
    const info = auxtraceInfoRecord(kernelFiles, {
      pmu: recording.auxPmu,
      attr,
      cpus,
      tids,
      snapshot,
      contextSwitches: flags.includes("contextSwitch"),
      time,
    });
    if (info !== null) yield info;
  }
  yield* kernelMappings(kernelFiles);
  yield threadMap(
    (tids ?? [-1]).slice(0, MOST_THREADS).map((tid) => ({
      tid: BigInt(tid),
      comm: fitting(kernelFiles.text(`/proc/${tid}/comm`) ?? "", COMM_SIZE),
    })),
  );
  yield cpuMap(cpus === null ? { cpus: [ANY_CPU] } : cpuMapOf(cpus));
  yield* runningTasks(kernelFiles, tids ?? undefined);
  yield finishedInit;
}

/** The characters of a text that fit into `size` bytes. */
function fitting(text: string, size: number): string {
  const bytes = new Uint8Array(size);
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return new TextDecoder().decode(bytes.subarray(0, written));
}

/** Groups of more than one event. */
function groupsOf(events: readonly RecordingEvent[]): { leader: number; members: number }[] {
  const sizes = new Map<number, number>();
  for (const { leader } of events) sizes.set(leader, (sizes.get(leader) ?? 0) + 1);
  return [...sizes].flatMap(([leader, members]) => members > 1 ? [{ leader, members }] : []);
}
