import { readable } from "../auxtrace/internal.ts";
import { Feature, type IntelPtInfo, type PerfFile } from "../parsers/perf/mod.ts";

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

/**
 * Writes what libipt's `ptdump` and `ptxed` have to be told of an Intel PT trace.
 *
 * What the recording does not tell is left out. Source: libipt's `struct pt_config`, perf's
 * `intel_pt_info_fill()`: the ratio is that of CPUID leaf 0x15, EBX to EAX.
 */
export function libiptArguments(
  info: IntelPtInfo,
  cpu: TraceCpu | null,
  event: TraceEvent | null,
): string[] {
  const { mtcMask, mtcPeriodMask, maxNonTurboRatio } = info;
  const { tscCtcNumerator: ebx, tscCtcDenominator: eax } = info;
  const hasMtc = event !== null && ((mtcMask ?? 0n) & event.config) !== 0n;
  const values: [string, bigint | string | null][] = [
    ["--cpu", cpu === null ? null : cpuArgument(cpu)],
    ["--mtc-freq", hasMtc && mtcPeriodMask ? field(event.config, mtcPeriodMask) : null],
    ["--nom-freq", maxNonTurboRatio || null],
    ["--cpuid-0x15.eax", eax || null],
    ["--cpuid-0x15.ebx", ebx || null],
  ];
  return values.flatMap(([name, value]) => value === null ? [] : [name, `${value}`]);
}

function cpuArgument({ family, model, stepping }: TraceCpu): string | null {
  return family === null ? null : `${family}/${model}/${stepping}`;
}

/** The bits of `value` under a mask, moved down to bit 0. */
function field(value: bigint, mask: bigint): bigint {
  return (value & mask) / (mask & -mask);
}
