import {
  type RecordingEvent,
  type RecordingEvents,
  recordingEvents,
  relaxed,
  withoutPmuTypes,
} from "./recording_events.ts";
import { atRate } from "./_event_attr.ts";
import { onChosenCpus } from "./_chosen_cpus.ts";
import { probeAux } from "./aux_probe.ts";
import type { AuxAccessor } from "./aux_ring.ts";
import { parseEvents } from "./event_syntax.ts";
import type { ParsedEvent } from "./parsed_event.ts";
import { isLockLimited, readLimits } from "./_limits.ts";
import { explainPerfEventOpen } from "./_refusals.ts";
import { findPmu } from "./pmu.ts";
import { RingSession, type RingSessionOptions, type SessionTarget } from "./ring_session.ts";
import { SyscallError } from "./syscall_error.ts";
import { kernelFiles } from "./system_files.ts";

const KIB = 1024;
const DATA_SIZE = 512 * KIB;
/** The kernel's default is 2, which leaves a reader half as long as this to come. */
const WAKEUPS_PER_RING = 8;
const ESRCH = 3;

/** Whom to observe. Nobody named means everything on all CPUs. */
export interface ObservedTarget {
  /** These CPUs only. */
  readonly cpus?: readonly number[] | undefined;
  /** These processes: all threads they have now. */
  readonly pids?: readonly number[] | undefined;
  /** These threads. */
  readonly tids?: readonly number[] | undefined;
  /** A process that is about to become another program: events start with that. */
  readonly command?: number | undefined;
  /** A ring for each thread in place of one for each CPU. */
  readonly perThread?: boolean | undefined;
}

/** What is observed, and how. */
export interface ObservationOptions {
  /** Events in perf's syntax; `cpu-clock` unless given. */
  readonly events?: readonly string[] | undefined;
  /** Whom. */
  readonly target: ObservedTarget;
  /** Bytes of each data ring; 512 KiB unless given. */
  readonly dataSize?: number | undefined;
  /** Bytes of each AUX ring; unless given, 4 MiB, or 128 KiB where locked memory is limited. */
  readonly auxSize?: number | undefined;
  /** Samples per second; 4000 unless given. */
  readonly frequency?: number | "max" | undefined;
  /** Events between samples, in place of a frequency. */
  readonly period?: bigint | undefined;
  /** Whether tasks that the observed ones start are observed, too; true unless given. */
  readonly inherit?: boolean | undefined;
  /** Number of the clock of the timestamps; the kernel's own unless given. */
  readonly clockid?: number | undefined;
  /** How AUX positions are reached; `auto` unless given. */
  readonly accessor?: AuxAccessor | undefined;
  /** Whether the AUX rings are overwritten. */
  readonly snapshot?: boolean | undefined;
}

/** Events that are open on their target, not yet started but by an `exec`. */
export interface Observation extends Disposable {
  /** The rings. */
  readonly session: RingSession;
  /** The events, completed as perf completes them. */
  readonly recording: RecordingEvents;
  /** CPUs that have rings; null if tasks have. */
  readonly cpus: readonly number[] | null;
  /** Threads that are observed; null for all. */
  readonly tids: readonly number[] | null;
  /** Bytes of each data ring. */
  readonly dataSize: number;
  /** Starts the events, unless the traced process does so by becoming another program. */
  start(): void;
}

/**
 * Opens events on CPUs or tasks, with rings laid out as perf lays them out.
 *
 * Where the user may observe user space only, the kernel is left out, as perf does it.
 *
 * @throws {EventSyntaxError} If an event is not in perf's syntax, or not there.
 * @throws {SyscallError} If the kernel refuses; the message says what to do about it.
 * @throws {Deno.errors.NotSupported} If the events cannot be observed like this.
 */
export function observe(options: ObservationOptions): Observation {
  const { target, snapshot = false } = options;
  const limits = readLimits(kernelFiles);
  const tids = observedTids(target);
  const cpus = tids !== null && target.perThread ? null : target.cpus ?? limits.cpus;
  const parsed = onChosenCpus(parseAll(options.events ?? ["cpu-clock"]), cpus);
  const isLimited = isLockLimited(limits);
  const auxSize = options.auxSize ?? (isLimited ? 128 : 4096) * KIB;
  const recording = recordingEvents(
    parsed,
    {
      frequency: options.frequency,
      period: options.period,
      inherit: (options.inherit ?? target.tids === undefined) && tids !== null && cpus !== null,
      cpuWide: tids === null,
      perCpu: cpus !== null,
      enableOnExec: target.command !== undefined,
      userOnly: !limits.perfmon && (limits.paranoid ?? 2) > 1,
      clockid: options.clockid,
      wakeupBytes: (options.dataSize ?? DATA_SIZE) / WAKEUPS_PER_RING,
      auxSize,
      snapshot,
    },
    kernelFiles,
    ({ attr, cpus: covered }) =>
      probeAux(atRate(attr, { period: 1n }, kernelFiles), {
        pid: tids?.[0] ?? -1,
        cpu: cpus?.find((cpu) => covered === null || covered.includes(cpu)) ?? -1,
      }),
  );
  const { auxPmu, auxKind, auxEvents } = recording;
  const dataSize = options.dataSize ??
    (auxPmu !== null && isLimited ? DATA_SIZE / 2 : DATA_SIZE);
  const { events, session } = openRelaxing(recording.events, { cpus, tids }, {
    dataSize,
    auxEvents,
    ...(auxPmu !== null && {
      aux: {
        size: auxSize,
        mode: snapshot ? "snapshot" : "full",
        accessor: options.accessor ?? "auto",
        snapshotKind: snapshotKindOf(auxKind),
        ...(auxKind === "intel_pt" && psbPeriodOf(recording)),
      },
    }),
  });
  return {
    session,
    recording: { ...recording, events },
    cpus,
    tids,
    dataSize,
    start() {
      if (target.command === undefined) session.enable();
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

/** Bytes between two PSB packets. Source: Intel SDM volume 3, IA32_RTIT_CTL.PSBFreq. */
function psbPeriodOf({ events: [event], auxPmu }: RecordingEvents): { psbPeriod?: number } {
  const format = findPmu(kernelFiles, auxPmu!)?.formats.get("psb_period") ?? "";
  const [, low, high] = /^config:(\d+)-(\d+)$/.exec(format) ?? [];
  if (low === undefined || high === undefined) return {};
  const width = Number(high) - Number(low) + 1;
  return {
    psbPeriod: 2048 * 2 ** Number(BigInt.asUintN(width, (event?.attr.config ?? 0n) >> BigInt(low))),
  };
}

function snapshotKindOf(
  kind: RecordingEvents["auxKind"],
): "intel_pt" | "intel_bts" | "arm_spe" | "cs_etm" | "other" {
  return kind === "hisi_ptt" || kind === "s390_cpumsf" || kind === null ? "other" : kind;
}

function noTask(id: number): SyscallError {
  const target = { pid: id, cpu: -1 };
  const cure = explainPerfEventOpen("ESRCH", {}, target, kernelFiles);
  return new SyscallError("perf_event_open", ESRCH, cure);
}

/** Opens events, asking for less where the kernel does not offer what was asked for. */
function openRelaxing(
  wanted: readonly RecordingEvent[],
  target: SessionTarget,
  options: RingSessionOptions,
): { events: readonly RecordingEvent[]; session: RingSession } {
  for (let events = wanted;;) {
    try {
      return { events, session: new RingSession(events, target, options) };
    } catch (error) {
      const code = error instanceof SyscallError && error.syscall === "perf_event_open"
        ? error.code
        : "";
      const less = code === "EINVAL" || code === "EOPNOTSUPP"
        ? relaxed(events)
        : code === "ENOENT" && target.cpus !== null
        ? withoutPmuTypes(events)
        : null;
      if (less === null) throw error;
      events = less;
    }
  }
}

/** Events of several texts; leaders are counted through. */
function parseAll(texts: readonly string[]): ParsedEvent[] {
  const events: ParsedEvent[] = [];
  for (const text of texts) {
    const before = events.length;
    for (const event of parseEvents(text, kernelFiles)) {
      events.push({ ...event, leader: event.leader + before });
    }
  }
  return events;
}

function observedTids({ pids, tids, command }: ObservedTarget): number[] | null {
  if (pids === undefined && tids === undefined && command === undefined) return null;
  const threads = (pids ?? []).flatMap((pid) => {
    const all = kernelFiles.list(`/proc/${pid}/task`).map(Number).sort((a, b) => a - b);
    if (all.length === 0) throw noTask(pid);
    return all;
  });
  const gone = tids?.find((tid) => kernelFiles.text(`/proc/${tid}/comm`) === null);
  if (gone !== undefined) throw noTask(gone);
  return [...new Set([...threads, ...(tids ?? []), ...(command === undefined ? [] : [command])])];
}
