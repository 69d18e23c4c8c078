import type { IntelPtInfo } from "../perf/mod.ts";

/**
 * Writes what libipt's `ptdump` and `ptxed` have to be told of an Intel PT trace.
 *
 * What the recording does not tell is left out. Source: libipt's `struct pt_config`, perf's
 * `intel_pt_info_fill()`: the ratio is that of CPUID leaf 0x15, EBX to EAX.
 *
 * @param cpu The CPU that made the trace, as `findTraceCpu()` finds it.
 * @param event The event that made it, as `findTraceEvent()` finds it.
 */
export function libiptArguments(
  info: IntelPtInfo,
  cpu: Readonly<Record<"family" | "model" | "stepping", number | null>> | null,
  event: { readonly config: bigint } | null,
): string[] {
  const { mtcMask, mtcPeriodMask, maxNonTurboRatio } = info;
  const { tscCtcNumerator: ebx, tscCtcDenominator: eax } = info;
  const hasMtc = event !== null && ((mtcMask ?? 0n) & event.config) !== 0n;
  const isX86 = cpu !== null && cpu.family !== null;
  const values: [string, bigint | string | null][] = [
    ["--cpu", isX86 ? `${cpu.family}/${cpu.model}/${cpu.stepping}` : null],
    ["--mtc-freq", hasMtc && mtcPeriodMask ? field(event.config, mtcPeriodMask) : null],
    ["--nom-freq", maxNonTurboRatio || null],
    ["--cpuid-0x15.eax", eax || null],
    ["--cpuid-0x15.ebx", ebx || null],
  ];
  return values.flatMap(([name, value]) => value === null ? [] : [name, `${value}`]);
}

/** The bits of `value` under a mask, moved down to bit 0. */
function field(value: bigint, mask: bigint): bigint {
  return (value & mask) / (mask & -mask);
}
