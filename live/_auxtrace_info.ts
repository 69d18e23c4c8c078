import { AuxtraceType } from "../parsers/perf/abi.ts";
import { type AttrSpec, auxtraceInfo, type RecordSpec } from "../encoders/internal.ts";
import { coresightWords } from "./_coresight_info.ts";
import { auxPmuKind, findPmu, type Pmu } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

/** How ticks of the CPU's clock become times. Source: `struct perf_event_mmap_page`. */
export interface TimeConversion {
  /** `time_shift`. */
  readonly timeShift: bigint;
  /** `time_mult`. */
  readonly timeMult: bigint;
  /** `time_zero`. */
  readonly timeZero: bigint;
  /** `cap_user_time_zero`: whether the three hold. */
  readonly capUserTimeZero: boolean;
}

/** How AUX data is recorded. */
export interface AuxRecording {
  /** Name of the PMU. */
  readonly pmu: string;
  /** The AUX event as it was opened. */
  readonly attr: AttrSpec;
  /** CPUs that have a ring each; null where rings belong to threads. */
  readonly cpus: readonly number[] | null;
  /** Threads that are observed; null for all. */
  readonly tids: readonly number[] | null;
  /** Whether the ring is overwritten, and read on request. */
  readonly snapshot: boolean;
  /** Whether context switches are recorded, as SWITCH records. */
  readonly contextSwitches: boolean;
  /** Conversion of times, from the page of a ring. */
  readonly time: TimeConversion;
}

const DEVICES = "/sys/bus/event_source/devices";
/** Values of Intel PT's `have_sched_switch`: SWITCH records of tasks, and of CPUs. */
const SWITCH_OF_TASKS = 2n;
const SWITCH_OF_CPUS = 3n;
/** Length of the address filter, whose text would follow. */
const NO_FILTER = 0n;

/**
 * Tells what decoders of AUX data need to know of the machine: the AUXTRACE_INFO record.
 *
 * Source: perf's `arch/x86/util/intel-pt.c` and its siblings for the other kinds.
 *
 * @returns null for a PMU whose kind perf does not know: perf refuses recordings with the type
 * 0, but reads those without the record if told `--no-itrace`.
 */
export function auxtraceInfoRecord(files: SystemFiles, recording: AuxRecording): RecordSpec | null {
  const pmu = findPmu(files, recording.pmu);
  if (pmu === undefined) return null;
  const pmuType = BigInt(pmu.type);
  switch (auxPmuKind(pmu.name)) {
    case "intel_pt":
      return auxtraceInfo(AuxtraceType.intel_pt, intelPtWords(files, pmu, recording));
    case "intel_bts": {
      const words = [pmuType, ...timeWords(recording.time), flag(recording.snapshot)];
      return auxtraceInfo(AuxtraceType.intel_bts, words);
    }
    case "arm_spe":
      return auxtraceInfo(AuxtraceType.arm_spe, [pmuType, flag(recording.cpus !== null)]);
    case "cs_etm":
      return auxtraceInfo(AuxtraceType.cs_etm, coresightWords(files, pmu, recording));
    case "hisi_ptt":
      return auxtraceInfo(AuxtraceType.hisi_ptt, [pmuType]);
    case "s390_cpumsf":
      return auxtraceInfo(AuxtraceType.s390_cpumsf, []);
    case null:
      return null;
  }
}

function intelPtWords(files: SystemFiles, pmu: Pmu, recording: AuxRecording): bigint[] {
  const { cpus, tids, snapshot, contextSwitches, time } = recording;
  const mask = (term: string) => configMask(pmu.formats.get(term));
  const file = (name: string) => files.text(`${DEVICES}/${pmu.name}/${name}`)?.trim() ?? "";
  const [tscTicks, crystalTicks] = file("tsc_art_ratio").split(":");
  const switches = tids === null ? SWITCH_OF_CPUS : SWITCH_OF_TASKS;
  return [
    BigInt(pmu.type),
    ...timeWords(time),
    mask("tsc"),
    mask("noretcomp"),
    contextSwitches && cpus !== null ? switches : 0n,
    flag(snapshot),
    flag(cpus !== null),
    mask("mtc"),
    mask("mtc_period"),
    number(tscTicks),
    number(crystalTicks),
    mask("cyc"),
    number(file("max_nonturbo_ratio")),
    NO_FILTER,
    number(pmu.caps.get("event_trace")),
  ];
}

function timeWords({ timeShift, timeMult, timeZero, capUserTimeZero }: TimeConversion): bigint[] {
  return [timeShift, timeMult, timeZero, flag(capUserTimeZero)];
}

/** Bits of a term in `config`, such as `config:14-17`; 0 if the PMU does not have it. */
function configMask(format: string | undefined): bigint {
  const [, bits = ""] = /^config:([\d,-]+)$/.exec(format ?? "") ?? [];
  let mask = 0n;
  for (const [, low = "", high = low] of bits.matchAll(/(\d+)(?:-(\d+))?/g)) {
    for (let bit = Number(low); bit <= Math.min(Number(high), 63); bit++) mask |= 1n << BigInt(bit);
  }
  return mask;
}

function flag(value: boolean): bigint {
  return value ? 1n : 0n;
}

/** A whole number in sysfs, decimal or `0x…`; 0 for anything else. */
function number(text: string | undefined): bigint {
  return /^(?:\d+|0x[\da-f]+)$/i.test(text ?? "") ? BigInt(text!) : 0n;
}
