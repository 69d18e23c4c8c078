import {
  clockData,
  cmdline,
  type CpuPlaceSpec,
  cpuTopology,
  eventDesc,
  type EventSpec,
  type FeatureSpec,
  nrcpus,
  pmuMappings,
  sampleTime,
  textFeature,
  wordFeature,
} from "../encoders/internal.ts";
import { parseCpuList } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

const CPUS = "/sys/devices/system/cpu";
const DEVICES = "/sys/bus/event_source/devices";
/** Variant and revision in `MIDR_EL1`, which perf leaves out to recognise a model. */
const MIDR_VARIANT_AND_REVISION = 0xf0000fn;
const HEX = /^0x[\da-f]+$/i;

/** The clock that timestamps were taken from, if not the kernel's own. */
export interface ClockFacts {
  /** Number of the clock. Source: linux/time.h. */
  readonly clockid: number;
  /** Resolution in ns. */
  readonly resolutionNs: bigint;
  /** Time of the wall clock in ns, at the moment of `clockNs`. */
  readonly wallNs: bigint;
  /** Time of the clock in ns, at the moment of `wallNs`. */
  readonly clockNs: bigint;
}

/** What a recording knows of itself. */
export interface RecordedFacts {
  /** The command that records, its path first. */
  readonly commandLine: readonly string[];
  /** The recorder and its version. */
  readonly recorder: string;
  /** The events, with the ids that the kernel gave. */
  readonly events: readonly EventSpec[];
  /** Times of the first and the last sample in ns; null without samples. */
  readonly sampleTimes?: readonly [bigint, bigint] | null;
  /** The clock, if one was chosen. */
  readonly clock?: ClockFacts | undefined;
}

/** Features that say what was recorded: VERSION, CMDLINE, EVENT_DESC, SAMPLE_TIME, CLOCKID. */
export function recordingFeatures(facts: RecordedFacts): FeatureSpec[] {
  const { clock, sampleTimes } = facts;
  return [
    textFeature("version", facts.recorder),
    cmdline(facts.commandLine),
    eventDesc(facts.events),
    ...(sampleTimes ? [sampleTime(...sampleTimes)] : []),
    ...(clock ? [wordFeature("clockid", clock.resolutionNs), clockData(clock)] : []),
  ];
}

/**
 * Features that say on which machine: HOSTNAME, OSRELEASE, ARCH, NRCPUS, CPUDESC, CPUID, TOTAL_MEM,
 * CPU_TOPOLOGY, PMU_MAPPINGS. What the kernel does not tell is left out.
 *
 * Source: perf's `util/header.c`.
 *
 * @param arch Machine as `uname -m` names it.
 */
export function machineFeatures(files: SystemFiles, arch: string): FeatureSpec[] {
  const cpuInfo = files.text("/proc/cpuinfo") ?? "";
  const memory = /^MemTotal:\s*(\d+) kB$/m.exec(files.text("/proc/meminfo") ?? "")?.[1];
  const available = Math.max(...cpuList(files, "present")) + 1;
  const online = cpuList(files, "online").length;
  return [
    ...text("hostname", files.text("/proc/sys/kernel/hostname")),
    ...text("osrelease", files.text("/proc/sys/kernel/osrelease")),
    ...text("arch", arch),
    ...(available > 0 ? [nrcpus(available, online), ...topology(files, available)] : []),
    ...text("cpudesc", cpuField(cpuInfo, "model name") ?? cpuField(cpuInfo, "Processor")),
    ...text("cpuid", armCpuid(files) ?? intelCpuid(cpuInfo)),
    ...(memory === undefined ? [] : [wordFeature("totalMem", BigInt(memory))]),
    ...mappings(files),
  ];
}

function text(name: Parameters<typeof textFeature>[0], value: string | null): FeatureSpec[] {
  return value === null ? [] : [textFeature(name, value)];
}

function cpuList(files: SystemFiles, name: string): number[] {
  return parseCpuList(files.text(`${CPUS}/${name}`) ?? "") ?? [];
}

/** A value of the first CPU, its runs of blanks made one. */
function cpuField(cpuInfo: string, key: string): string | null {
  const value = new RegExp(`^${key}\\s*:(.*)$`, "m").exec(cpuInfo)?.[1];
  return value?.trim().replace(/\s+/g, " ") ?? null;
}

function intelCpuid(cpuInfo: string): string | null {
  const parts = ["vendor_id", "cpu family", "model", "stepping"].map((key) =>
    cpuField(cpuInfo, key)
  );
  return parts.includes(null) ? null : parts.join(",");
}

function armCpuid(files: SystemFiles): string | null {
  for (const cpu of cpuList(files, "online")) {
    const midr = files.text(`${CPUS}/cpu${cpu}/regs/identification/midr_el1`)?.trim() ?? "";
    if (!HEX.test(midr)) continue;
    const model = BigInt(midr) & ~MIDR_VARIANT_AND_REVISION;
    return `0x${model.toString(16).padStart(16, "0")}`;
  }
  return null;
}

function topology(files: SystemFiles, available: number): FeatureSpec[] {
  const of = (cpu: number, name: string) =>
    files.text(`${CPUS}/cpu${cpu}/topology/${name}`)?.trim() ?? null;
  const cpus = Array.from({ length: available }, (_, cpu) => cpu);
  const lists = (...names: string[]) => {
    const texts = cpus.map((cpu) =>
      names.reduce<string | null>((text, name) => text ?? of(cpu, name), null)
    );
    return [...new Set(texts)].filter((text) => text !== null);
  };
  const threads = lists("core_cpus_list", "thread_siblings_list");
  if (threads.length === 0) return [];
  const place = (cpu: number): CpuPlaceSpec => ({
    core: Number(of(cpu, "core_id") ?? -1),
    socket: Number(of(cpu, "physical_package_id") ?? -1),
    die: Number(of(cpu, "die_id") ?? -1),
  });
  return [cpuTopology({
    sockets: lists("package_cpus_list", "core_siblings_list"),
    threads,
    dies: lists("die_cpus_list"),
    cpus: cpus.map(place),
  })];
}

function mappings(files: SystemFiles): FeatureSpec[] {
  const pmus = files.list(DEVICES).sort().flatMap((name) => {
    const type = files.text(`${DEVICES}/${name}/type`) ?? "";
    return /^\d+$/.test(type) ? [{ type: Number(type), name }] : [];
  });
  return pmus.length === 0 ? [] : [pmuMappings(pmus)];
}
