import type { AttrSpec } from "../encoders/internal.ts";
import { SampleType } from "../parsers/perf/abi.ts";
import { EventType } from "./_event_names.ts";
import {
  isLockLimited,
  isVirtual,
  lockLimitText,
  MAINLINE_PARANOID,
  readLimits,
  sysctl,
} from "./_limits.ts";
import { listPmus } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

/** Where an event was to be opened: as for perf_event_open(2). */
interface Target {
  readonly pid: number;
  readonly cpu: number;
}

const OTHER_TASK = "run as the user of that task, or with CAP_PERFMON or CAP_SYS_PTRACE";

/**
 * Says why the kernel refused an event and what to do about it, as one clause; undefined for
 * errors without a known reason.
 *
 * Source: perf_event_open(2), kernel/events/core.c.
 *
 * @param code Name of the error, such as `EACCES`.
 */
export function explainPerfEventOpen(
  code: string,
  attr: AttrSpec,
  target: Target,
  files: SystemFiles,
): string | undefined {
  const { pid, cpu } = target;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return explainDenial(attr, target, files);
    case "EBUSY":
      return "another event holds what this one needs, and an AUX PMU traces for one at a time on " +
        `${cpu < 0 ? "a task or CPU" : `CPU ${cpu}`}: end the other recording`;
    case "ENOENT":
      return explainMissing(attr, target, files);
    case "EINVAL":
      return explainInvalid(attr, target, files);
    case "ENODEV":
      return explainOffline(cpu, files) ??
        "the hardware of this PMU is absent or turned off: see dmesg";
    case "EOPNOTSUPP":
      return explainUnsupported(attr, files);
    case "ESRCH":
      return `task ${pid} does not exist, or has ended`;
    case "EMFILE":
      return "too many open files, one for each event and CPU: ulimit -n 65536, or fewer events";
    case "ENOSPC":
      return "all breakpoint registers are in use: set fewer breakpoints";
    case "ENOMEM":
      return "the kernel has not enough memory: end other recordings";
    case "E2BIG":
      return "the event asks for something newer than this kernel, such as config3: leave it out";
    case "ENOSYS":
      return "this kernel has no perf events: boot one built with CONFIG_PERF_EVENTS";
    case "EINTR":
      return "a signal came while the kernel waited for the task: try again";
  }
}

/**
 * Says why the kernel refused to map a ring and what to do about it, as one clause; undefined for
 * errors without a known reason.
 *
 * Source: kernel/events/core.c `perf_mmap`.
 *
 * @param bytes Size of the mapping.
 */
export function explainMmap(code: string, bytes: number, files: SystemFiles): string | undefined {
  const limits = readLimits(files);
  const size = `${Math.ceil(bytes / 1024)} KiB`;
  switch (code) {
    case "EPERM":
      return isLockLimited(limits)
        ? `${size} is too much beside the other rings: ${
          lockLimitText(limits)
        }: make -m smaller, ` +
          "sysctl kernel.perf_event_mlock_kb=KIB, ulimit -l KIB, or run with CAP_IPC_LOCK"
        : "a security module refuses it";
    case "ENOMEM":
      return `the kernel has no ${size} of memory for it, for Intel PT without ` +
        "topa_multiple_entries even in one piece: make -m smaller";
    case "EINVAL":
      return `${size} is not what the kernel wants: 2^n pages, and for the records one more before them, ` +
        "the AUX area after the records; and no mapping of an inherited event on all CPUs: " +
        "give a CPU, or no-inherit";
    case "EOPNOTSUPP":
      return "this PMU has no AUX area: auxtail pmus lists those that have";
    case "EACCES":
      return "a security module refuses it";
  }
}

function explainDenial(attr: AttrSpec, { pid, cpu }: Target, files: SystemFiles): string {
  const { paranoid, perfmon, sysAdmin, seccomp } = readLimits(files);
  if (paranoid === null) return "this kernel has no perf events: boot one with CONFIG_PERF_EVENTS";
  const isPatched = paranoid > MAINLINE_PARANOID;
  if (perfmon && (sysAdmin || !isPatched)) {
    return "a security module or lockdown refuses it, though the capabilities would do: " +
      "see dmesg and the audit log";
  }
  const [need, what, instead] = perfmon
    ? [MAINLINE_PARANOID, "any event", ""] as const
    : paranoidNeeded(attr, pid);
  if (paranoid > need) {
    const cure = isPatched
      ? `${instead && `=${MAINLINE_PARANOID} and ${instead}, `}or run with CAP_SYS_ADMIN; ` +
        "CAP_PERFMON is not enough at this level"
      : `or run with CAP_PERFMON${instead && `, or ${instead}`}`;
    return `perf_event_paranoid is ${paranoid}, need <= ${need} for ${what}: ` +
      `sysctl kernel.perf_event_paranoid=${need}, ${cure}`;
  }
  if (attr.flags?.includes("namespaces")) return "records of namespaces need CAP_PERFMON";
  if (pid > 0) return `task ${pid} may not be observed: ${OTHER_TASK}`;
  return seccomp
    ? "a seccomp filter refuses it, as in containers: start the container with --cap-add PERFMON"
    : `CPU ${cpu} and task ${pid} may not be observed: run with CAP_PERFMON`;
}

/** The highest `perf_event_paranoid` at which an event may be opened without capabilities. */
function paranoidNeeded(
  { type, sampleType = 0n, flags = [] }: AttrSpec,
  pid: number,
): [need: number, what: string, instead: string] {
  if (type === EventType.tracepoint && (Number(sampleType) & SampleType.Raw) !== 0) {
    return [-1, "raw data of tracepoints", ""];
  }
  if (pid === -1) return [0, "a whole CPU", "give a command or -p"];
  if (!flags.includes("excludeKernel")) return [1, "the kernel", "leave it out: EVENT:u"];
  if ((Number(sampleType) & SampleType.PhysAddr) !== 0) return [1, "physical addresses", ""];
  return [2, "any event", ""];
}

function explainMissing({ type = 0 }: AttrSpec, { cpu }: Target, files: SystemFiles): string {
  const pmu = listPmus(files).find((pmu) => pmu.type === type);
  if (pmu?.cpus && cpu >= 0 && !pmu.cpus.includes(cpu)) {
    return `${pmu.name} is not on CPU ${cpu}: give -C ${pmu.cpus.join(",")}`;
  }
  if ([EventType.hardware, EventType.cache, EventType.raw].some((kind) => kind === type)) {
    const why = isVirtual(files) ? "this virtual machine has" : "this CPU or kernel has";
    return `${why} no such hardware event: use cpu-clock instead`;
  }
  if (type === EventType.tracepoint) return "this kernel has no such tracepoint any more";
  return pmu === undefined
    ? `no PMU has type ${type}: load its driver; auxtail pmus lists those that are there`
    : `${pmu.name} has no such event: compare the terms with those of auxtail pmus`;
}

function explainInvalid(attr: AttrSpec, { pid, cpu }: Target, files: SystemFiles): string {
  if (pid === -1 && cpu === -1) return "neither a task nor a CPU is given";
  const most = sysctl(files, "perf_event_max_sample_rate");
  const { samplePeriod = 0n, flags = [], type } = attr;
  if (flags.includes("freq") && most !== null && samplePeriod > BigInt(most)) {
    return `${samplePeriod} samples per second, the most is ${most}: lower -F, or ` +
      "sysctl kernel.perf_event_max_sample_rate=HZ";
  }
  const offline = explainOffline(cpu, files);
  if (offline !== null) return offline;
  if (type === EventType.breakpoint) {
    return "a breakpoint has 1, 2, 4 or 8 bytes, at a multiple of that; one of x has 8";
  }
  const pmu = listPmus(files).find((pmu) => pmu.type === type);
  if (flags.includes("freq") && pmu?.aux) return `${pmu.name} has no frequency: give a period`;
  const compare = `compare the terms with the formats and caps of ${pmu?.name ?? "the PMU"} ` +
    "(auxtail pmus --format json)";
  return pmu !== undefined && pmu.type > EventType.breakpoint && !pmu.aux
    ? `${pmu.name} may count whole CPUs only, and exclude nobody: give -a and no modifiers, or ` +
      compare
    : `the kernel does not take these values together: ${compare}`;
}

function explainOffline(cpu: number, files: SystemFiles): string | null {
  const { cpus } = readLimits(files);
  return cpu < 0 || cpus.includes(cpu) ? null : `CPU ${cpu} is not online: these are: ${cpus}`;
}

function explainUnsupported(attr: AttrSpec, files: SystemFiles): string {
  const { preciseIp = 0, branchSampleType = 0n, samplePeriod = 0n, flags = [] } = attr;
  if (preciseIp > 0) return "this PMU is not so precise: give fewer p";
  if (branchSampleType !== 0n) return "this PMU records no branches: leave them out";
  if (flags.some((flag) => /^exclude(?:Hv|Idle|Host|Guest|User|Kernel)$/.test(flag))) {
    return "this PMU cannot exclude the kernel, user space, idle or guests: leave the modifiers out";
  }
  const instead = isVirtual(files) ? "in this virtual machine, use cpu-clock" : "use cpu-clock";
  return samplePeriod > 0n
    ? `this PMU has no interrupt to sample with: ${instead}`
    : "the hardware does not support this event";
}
