import type { AttrSpec } from "../encoders/internal.ts";
import { type AttrFlag, ReadFormat, SampleType } from "../parsers/perf/abi.ts";
import { atRate } from "./_event_attr.ts";
import { EventType, SW_DUMMY } from "./_event_names.ts";
import type { ParsedEvent } from "./parsed_event.ts";
import { type AuxPmuKind, auxPmuKind, findPmu } from "./pmu.ts";
import type { SessionEvent } from "./ring_session.ts";
import type { SystemFiles } from "./system_files.ts";

/** Source: perf's `cs_etm_recording_options()`, `arm_spe_recording_options()`. */
const CPU_WIDE_TERMS: Partial<Record<AuxPmuKind, readonly string[]>> = {
  "cs_etm": ["contextid", "timestamp"],
  "arm_spe": ["ts_enable"],
};
/** Terms that need what a recording of this library does not have. */
const NOT_RECORDED = ["stackSize", "maxEvents", "overwrite", "branchType", "weak"] as const;

/** How often and what events are sampled. */
export interface SamplingOptions {
  /** Samples per second; `max` is what the kernel allows. */
  readonly frequency?: number | "max" | undefined;
  /** Events between samples, in place of a frequency. */
  readonly period?: bigint | undefined;
  /** Whether tasks that a task starts are observed, too. */
  readonly inherit: boolean;
  /** Whether the target is CPUs, so that samples have to say where they are from. */
  readonly cpuWide: boolean;
  /** Whether there is a ring for each CPU, which its tasks share. */
  readonly perCpu: boolean;
  /** Whether the events start when the traced process becomes another program. */
  readonly enableOnExec: boolean;
  /** Whether the kernel is left out, where that is all the user may observe. */
  readonly userOnly: boolean;
  /** Clock of the timestamps; the kernel's own unless given. */
  readonly clockid?: number | undefined;
  /** Bytes of records after which the reader is woken. */
  readonly wakeupBytes: number;
  /** Bytes of the AUX ring, and how it is used. */
  readonly auxSize: number;
  readonly snapshot: boolean;
}

/** An event as it is recorded. */
export interface RecordingEvent extends SessionEvent {
  /** Name in EVENT_DESC. */
  readonly name: string;
  /** Whether less precision will do: modifier `P`. */
  readonly preciseMax?: boolean;
}

/** The events of a recording. */
export interface RecordingEvents {
  /** Those of the rings, in order: with an AUX area, its event first and a tracking event last. */
  readonly events: readonly RecordingEvent[];
  /** The PMU whose AUX area is recorded; null for none. */
  readonly auxPmu: string | null;
  /** What kind of trace data it writes; null for none, or one that perf does not know. */
  readonly auxKind: AuxPmuKind | null;
}

/**
 * Completes events the way `perf record` does: sampling, ids, tracking of tasks and mappings.
 *
 * @param isAux Whether an event's PMU has an AUX area, where its name does not tell.
 * @throws {Deno.errors.NotSupported} If the events cannot be recorded like this.
 */
export function recordingEvents(
  parsed: readonly ParsedEvent[],
  options: SamplingOptions,
  files: SystemFiles,
  isAux: (event: ParsedEvent) => boolean,
): RecordingEvents {
  const aux = parsed.filter((event) =>
    event.pmu !== null && (auxPmuKind(event.pmu) !== null || isAux(event))
  );
  const [auxEvent = null] = aux;
  if (aux.length > 1) {
    throw new Deno.errors.NotSupported(
      `Cannot record two AUX areas: ${aux.map(({ name }) => name).join(", ")}`,
    );
  }
  if (auxEvent !== null && auxEvent.leader !== parsed.indexOf(auxEvent)) {
    throw new Deno.errors.NotSupported(`Cannot record ${auxEvent.name} unless it leads its group`);
  }
  for (const event of parsed) refuseTerms(event);
  const order = auxEvent === null
    ? [...parsed]
    : [auxEvent, ...parsed.filter((e) => e !== auxEvent)];
  // where the first event is on some CPUs only, it cannot track the tasks of the others
  const withTracking = auxEvent !== null || order[0]!.cpus !== null;
  const many = order.length > 1 || withTracking;
  const context = { options, files, many, withTracking };
  const events = order.map((event, index): RecordingEvent => ({
    attr: event === auxEvent ? auxAttr(event, context) : sampledAttr(event, context, {
      tracks: index === 0,
      isMember: parsed[event.leader] !== event,
    }),
    name: nameOf(event, options),
    ...(event.terms.preciseMax && { preciseMax: true }),
    leader: order.indexOf(parsed[event.leader]!),
    cpus: event.cpus,
  }));
  if (withTracking) events.push(trackingEvent(events.length, context, auxEvent));
  return {
    events,
    auxPmu: auxEvent?.pmu ?? null,
    auxKind: auxEvent === null ? null : auxPmuKind(auxEvent.pmu!),
  };
}

/**
 * Asks for less than a kernel has refused: less precision, then no exclusion of guests, which some
 * PMUs do not know. Null if there is nothing left to give up. Source: perf's `evsel__open()`.
 */
export function relaxed(events: readonly RecordingEvent[]): RecordingEvent[] | null {
  const precise = events.find(({ preciseMax, attr }) => preciseMax && (attr.preciseIp ?? 0) > 0);
  if (precise !== undefined) {
    const preciseIp = precise.attr.preciseIp! - 1;
    return events.map((event) =>
      event === precise ? { ...event, attr: { ...event.attr, preciseIp } } : event
    );
  }
  if (!events.some(({ attr }) => attr.flags?.includes("excludeGuest"))) return null;
  return events.map((event) => {
    const flags = event.attr.flags?.filter((flag) => flag !== "excludeGuest") ?? [];
    return { ...event, attr: { ...event.attr, flags } };
  });
}

function refuseTerms({ name, terms }: ParsedEvent): void {
  const term = terms.time === false
    ? "time=0"
    : NOT_RECORDED.find((term) => terms[term] !== undefined && terms[term] !== false);
  if (term !== undefined) {
    throw new Deno.errors.NotSupported(`Cannot record ${name}: its term ${term} is not supported`);
  }
}

interface Context {
  readonly options: SamplingOptions;
  readonly files: SystemFiles;
  readonly many: boolean;
  /** Whether there is an event of its own that tracks tasks and mappings. */
  readonly withTracking: boolean;
}

function sampledAttr(
  event: ParsedEvent,
  context: Context,
  { tracks, isMember }: { tracks: boolean; isMember: boolean },
): AttrSpec {
  const { options, many, withTracking } = context;
  const { terms } = event;
  if (!["fp", "no", undefined].includes(terms.callGraph)) {
    throw new Deno.errors.NotSupported(
      `Cannot record ${event.name}: only call-graph=fp is supported`,
    );
  }
  const attr = ratedAttr(event, context);
  return {
    ...attr,
    sampleType: Number(attr.sampleType) | (many ? SampleType.Identifier : 0) |
      (options.cpuWide || withTracking ? SampleType.Cpu : 0),
    ...readingOf(options),
    flags: flagsOf(attr, context, {
      isMember,
      inherit: (terms.inherit ?? options.inherit) &&
        (Number(attr.sampleType) & SampleType.Read) === 0,
      more: tracks && !withTracking ? TRACKING : [],
    }),
  };
}

const TRACKING: readonly AttrFlag[] = ["mmap", "mmap2", "comm", "commExec", "task"];

/** The attr at the rate of the options, where the text of the event has none. */
function ratedAttr({ attr, terms }: ParsedEvent, { options, files }: Context): AttrSpec {
  const { period, frequency } = options;
  const isUnsampledMember = attr.samplePeriod === 0n;
  if ((terms.period ?? terms.freq) !== undefined || isUnsampledMember) return attr;
  if (period !== undefined) return atRate(attr, { period }, files);
  if (frequency === undefined) return attr;
  return atRate(attr, { frequency: frequency === "max" ? Infinity : frequency }, files);
}

/** Source: perf's `intel_pt_recording_options()` and its siblings for BTS, SPE and CoreSight. */
function auxAttr(event: ParsedEvent, context: Context): AttrSpec {
  const { options, files } = context;
  const { pmu, terms } = event;
  // A unit without a known period was given a frequency, which no AUX PMU has.
  const ownPeriod = event.attr.flags!.includes("freq") ? 1n : event.attr.samplePeriod!;
  const period = terms.period ?? options.period ?? ownPeriod;
  const attr = atRate(event.attr, { period }, files);
  const config = (attr.config ?? 0n) | (options.perCpu ? cpuWideBits(files, pmu!) : 0n);
  return {
    ...attr,
    config,
    sampleType: SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time |
      SampleType.Cpu,
    readFormat: ReadFormat.Id,
    ...(auxPmuKind(pmu!) === "intel_pt" && !options.snapshot && {
      auxWatermark: options.auxSize / 4,
    }),
    ...readingOf(options),
    flags: flagsOf(attr, context, {
      isMember: false,
      inherit: terms.inherit ?? options.inherit,
      more: [],
    }),
  };
}

/** Terms without which the tasks on a CPU cannot be told apart, where the PMU has them. */
function cpuWideBits(files: SystemFiles, pmu: string): bigint {
  const kind = auxPmuKind(pmu);
  const terms = kind === null ? [] : CPU_WIDE_TERMS[kind] ?? [];
  return terms.reduce((bits, term) => {
    const [, bit] = findPmu(files, pmu)?.formats.get(term)?.match(/^config:(\d+)$/) ?? [];
    return bit === undefined ? bits : bits | 1n << BigInt(bit);
  }, 0n);
}

/**
 * Whether a decoder has to know the task on a CPU. Source: perf's `intel_pt_recording_options()`,
 * `arm_spe_recording_options()`, `cs_etm_recording_options()`.
 */
function needsSwitches(kind: AuxPmuKind | null, { perCpu }: SamplingOptions): boolean {
  return kind === "intel_pt" || kind === "cs_etm" || kind === "arm_spe" && perCpu;
}

/** Tracks tasks and mappings, and for some traces context switches, beside the other events. */
function trackingEvent(index: number, context: Context, aux: ParsedEvent | null): RecordingEvent {
  const { options } = context;
  const switches = aux !== null && needsSwitches(auxPmuKind(aux.pmu!), options);
  const attr: AttrSpec = {
    type: EventType.software,
    config: SW_DUMMY,
    samplePeriod: 1n,
    sampleType: SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time |
      SampleType.Cpu,
    readFormat: ReadFormat.Id,
    ...readingOf(options),
    flags: flagsOf({ flags: ["excludeKernel", "excludeHv", "excludeGuest"] }, context, {
      isMember: false,
      inherit: options.inherit,
      more: [...TRACKING, ...(switches ? ["contextSwitch" as const] : [])],
    }),
  };
  return { attr, name: "dummy:u", leader: index, cpus: null };
}

/** What all events have in common: when their ring is read, and their clock. */
function readingOf(
  { wakeupBytes, clockid }: SamplingOptions,
): Pick<AttrSpec, "wakeup" | "clockid"> {
  return { wakeup: wakeupBytes, ...(clockid !== undefined && { clockid }) };
}

/** Whether the kernel is left out of an event that would observe it, because all else is refused. */
function isCutToUser({ type, flags = [] }: AttrSpec, { userOnly }: SamplingOptions): boolean {
  const asked = flags.includes("excludeKernel") || flags.includes("excludeUser");
  return userOnly && type !== EventType.tracepoint && !asked;
}

/** Name of an event as it is opened: perf tells by `u` that the kernel was left out. */
function nameOf({ name, attr }: ParsedEvent, options: SamplingOptions): string {
  if (!isCutToUser(attr, options)) return name;
  return /[:/]\w*$/.test(name) ? `${name}u` : `${name}:u`;
}

function flagsOf(
  attr: AttrSpec,
  { options }: Context,
  { isMember, inherit, more }: { isMember: boolean; inherit: boolean; more: readonly AttrFlag[] },
): AttrFlag[] {
  const all: AttrFlag[] = [...attr.flags ?? [], ...more, "sampleIdAll", "watermark"];
  if (inherit) all.push("inherit");
  if (options.clockid !== undefined) all.push("useClockid");
  if (isCutToUser(attr, options)) all.push("excludeKernel", "excludeHv");
  if (!isMember) {
    all.push("disabled");
    if (options.enableOnExec) all.push("enableOnExec");
  }
  return [...new Set(all)];
}
