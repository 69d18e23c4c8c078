import { readable } from "../auxtrace/internal.ts";
import { Feature, type PerfFile } from "../parsers/perf/mod.ts";

/** The CPU that made a trace. */
export interface TraceCpu {
  /** The CPUID section: on x86 vendor, family, model and stepping, elsewhere what the kernel tells. */
  readonly cpuid: string;
  /** Family; null where the text is not of an x86 CPU. */
  readonly family: number | null;
  /** Model; see `family`. */
  readonly model: number | null;
  /** Stepping; see `family`. */
  readonly stepping: number | null;
}

/** The event that made a trace. */
export interface TraceEvent {
  /** Its name, where the recording tells. */
  readonly name: string | null;
  /** `attr.config`. */
  readonly config: bigint;
}

/** Finds the CPU that made a trace; null if the recording does not tell. */
export function findTraceCpu(file: PerfFile): TraceCpu | null {
  const cpuid = readable(() => file.feature(Feature.cpuid));
  if (cpuid === null) return null;
  const [, ...numbers] = /^[A-Za-z]+,(\d+),(\d+),(\d+)$/.exec(cpuid) ?? [];
  const [family = null, model = null, stepping = null] = numbers.map(Number);
  return { cpuid, family, model, stepping };
}

/** Finds the event whose PMU the trace is of; null if the recording does not tell. */
export function findTraceEvent(file: PerfFile): TraceEvent | null {
  const { auxtraceInfo, events } = file;
  const event = events.find(({ attr }) => attr.type === auxtraceInfo?.pmuType);
  return event === undefined ? null : { name: event.name, config: event.attr.config };
}
