import type { AttrSpec } from "../encoders/internal.ts";
import { SampleType } from "../parsers/perf/abi.ts";
import { EventType } from "./_event_names.ts";
import {
  filterCure,
  isLockLimited,
  isVirtual,
  lockLimitText,
  MAINLINE_PARANOID,
  readLimits,
  sysctl,
} from "./_limits.ts";
import { pageSize } from "./_system.ts";
import { auxPmuKind, coresightLack, listPmus } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

/** Where an event was to be opened: as for perf_event_open(2). */
interface Target {
  readonly pid: number;
  readonly cpu: number;
}

/** CLOCK_MONOTONIC and its raw one, which can be read in any interrupt. Source: `perf_event_set_clock`. */
const INTERRUPT_CLOCKS: readonly number[] = [1, 4];
/** Source: drivers/hwtracing/ptt/hisi_ptt.h `HISI_PTT_TRACE_TOTAL_BUF_SIZE`. */
const PTT_LEAST_BYTES = 16 * 2 ** 20;
const OTHER_TASK = "run as the user of that task, or with CAP_PERFMON or CAP_SYS_PTRACE";

/**
 * Says why the kernel refused an event and what to do about it, as one clause; undefined for
 * errors without a known reason.
 *
 * Source: perf_event_open(2), kernel/events/core.c.
 *
 * @param code Name of the error, such as `EACCES`.
 * @param isCallRefused Whether the call is refused whatever is asked.
 */
export function explainPerfEventOpen(
  code: string,
  attr: AttrSpec,
  target: Target,
  files: SystemFiles,
  isCallRefused = false,
): string | undefined {
  const { pid, cpu } = target;
  if (isCallRefused && ["EPERM", "EACCES", "ENOSYS"].includes(code)) {
    const limits = readLimits(files);
    if (limits.seccomp && (limits.paranoid !== null || code !== "ENOSYS")) {
      return `a seccomp filter refuses it whatever is asked, as in containers: ${
        filterCure(limits)
      }`;
    }
  }
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
 * Source: kernel/events/core.c `perf_mmap`, and `setup_aux` of the drivers.
 *
 * @param bytes Size of the mapping.
 * @param auxType `type` of the event whose AUX area is mapped; undefined for a ring of records.
 */
export function explainMmap(
  code: string,
  bytes: number,
  files: SystemFiles,
  auxType?: number,
  page: number = pageSize(),
): string | undefined {
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
      return explainNoMemory(bytes, page, files, auxType);
    case "EINVAL":
      return `${size} is not what the kernel wants: 2^n pages, and for the records one more before them, ` +
        "the AUX area after the records; and no mapping of an inherited event on all CPUs: " +
        "give a CPU, or no-inherit" + (auxType === undefined ? "" : auxNeeds(files, auxType));
    case "EOPNOTSUPP":
      return "this PMU has no AUX area: auxtail pmus lists those that have";
    case "EACCES":
      return "a security module refuses it";
  }
}

/** ENOMEM is also what drivers say who do not take an AUX area as it is. */
function explainNoMemory(
  bytes: number,
  page: number,
  files: SystemFiles,
  auxType: number | undefined,
): string {
  const pmu = listPmus(files).find(({ type }) => type === auxType);
  const kind = pmu === undefined ? null : auxPmuKind(pmu.name);
  const noMemory = `the kernel has no ${Math.ceil(bytes / 1024)} KiB of memory for it`;
  if (auxType === undefined) {
    const limits = readLimits(files);
    const limit = isLockLimited(limits) ? ` (${lockLimitText(limits)})` : "";
    return `${noMemory}; a ring of records has at most about 1 GiB: make -m smaller${limit}`;
  }
  switch (kind) {
    case "arm_spe":
      return bytes < 2 * page
        ? `${pmu!.name} wants at least two pages: make the AUX buffers larger (-m ,2)`
        : `${noMemory}: make the AUX buffers smaller (-m ,SIZE)`;
    case "cs_etm":
      return coresightLack(files, pmu!.name) ??
        `${noMemory}, or no path leads from the CPU's trace unit to a sink: make the AUX buffers ` +
          `smaller (-m ,SIZE), or name a sink: ${pmu!.name}/@SINK/`;
    case "intel_pt":
      return `${noMemory}: its ToPA lists the pages` +
        (pmu!.caps.get("topa_multiple_entries") === "1"
          ? ""
          : ", and without topa_multiple_entries all are one piece") +
        ": make the AUX buffers smaller (-m ,SIZE)";
    case "intel_bts":
      return `${noMemory}, in snapshots even in one piece: make the AUX buffers smaller (-m ,SIZE)`;
    case "hisi_ptt":
      return bytes < PTT_LEAST_BYTES
        ? `${pmu!.name} wants at least 16 MiB: make the AUX buffers larger (-m ,16M)`
        : `${noMemory}, or it was to be a snapshot, which ${pmu!.name} has not: leave out -S`;
    default:
      return `${noMemory}, or its driver does not take this size: try another (-m ,SIZE)`;
  }
}

/** What of an AUX area a driver wants beside the kernel, as a clause after the kernel's. */
function auxNeeds(files: SystemFiles, auxType: number): string {
  const pmu = listPmus(files).find(({ type }) => type === auxType);
  const kind = pmu === undefined ? null : auxPmuKind(pmu.name);
  if (kind === "arm_spe") return `; ${pmu!.name} wants at least two pages`;
  const lack = kind === "cs_etm" ? coresightLack(files, pmu!.name) : null;
  return lack === null ? "" : `; ${lack}`;
}

function explainDenial(attr: AttrSpec, { pid, cpu }: Target, files: SystemFiles): string {
  const { paranoid, perfmon, sysAdmin } = readLimits(files);
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
  return `CPU ${cpu} and task ${pid} may not be observed: run with CAP_PERFMON`;
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
  if (flags.includes("useClockid") && !INTERRUPT_CLOCKS.includes(attr.clockid ?? 0)) {
    return "only some software events can be timed by this clock: give -k monotonic or " +
      "-k monotonic_raw";
  }
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
