import {
  filterCure,
  isLockLimited,
  isVirtual,
  type Limits,
  lockLimitText,
  MAINLINE_PARANOID,
  readLimits,
  sysctl,
} from "./_limits.ts";
import { isCallRefused } from "./_system.ts";
import { tracepointFolder } from "./_tracepoints.ts";
import { auxPmuKind, coresightLack, listPmus, type Pmu } from "./pmu.ts";
import { kernelFiles, type SystemFiles } from "./system_files.ts";

/** Something that stands in the way of a recording. */
export interface Obstacle {
  /** What it is, and what it prevents. */
  readonly what: string;
  /** What to do about it. */
  readonly cure: string;
}

/**
 * Finds what stands in the way of recording on this machine, for this process.
 *
 * Goes by what the kernel says of itself; a security module may refuse all the same.
 *
 * @example The first of them
 * ```ts
 * import { assert } from "@std/assert";
 * import { findObstacles } from "@auxtail/auxtail/live";
 *
 * const [obstacle] = findObstacles();
 * assert(obstacle === undefined || obstacle.cure !== "");
 * ```
 *
 * @param pmus The machine's PMUs, for those who have listed them.
 * @param isRefused Whether perf_event_open is refused whatever is asked; the kernel is asked, unless
 * the files are those of another machine.
 */
export function findObstacles(
  files: SystemFiles = kernelFiles,
  pmus: readonly Pmu[] = listPmus(files),
  isRefused: boolean = files === kernelFiles && isCallRefused(),
): Obstacle[] {
  const limits = readLimits(files);
  const isFiltered = isRefused && limits.seccomp;
  if (limits.paranoid === null) {
    return [{
      what: "this kernel has no perf events: there is no /proc/sys/kernel/perf_event_paranoid",
      cure: "boot a Linux kernel built with CONFIG_PERF_EVENTS, and mount /proc",
    }];
  }
  return [
    isFiltered ? seccomp(limits) : null,
    paranoid(limits.paranoid, limits),
    lockedMemory(limits),
    noAux(files, pmus),
    ...coresight(files, pmus),
    tracefs(files),
    lockdown(files),
    hiddenAddresses(files, limits),
  ].filter((obstacle) => obstacle !== null);
}

/** Source: kernel/events/core.c, include/linux/perf_event.h `perf_allow_*`. */
function paranoid(level: number, { perfmon, sysAdmin }: Limits): Obstacle | null {
  const isPatched = level > MAINLINE_PARANOID;
  if (sysAdmin || level < 0 || (perfmon && !isPatched)) return null;
  if (perfmon) {
    return {
      what:
        `perf_event_paranoid is ${level}: CAP_PERFMON may not be enough on kernels of Debian, ` +
        "Ubuntu and Android",
      cure: `run with CAP_SYS_ADMIN, or sysctl kernel.perf_event_paranoid=${MAINLINE_PARANOID}`,
    };
  }
  const prevents = ["no raw data of tracepoints"];
  if (level >= 1) prevents.unshift("no tracing of whole CPUs (-a, -C)");
  if (level >= 2) prevents.unshift("nothing of the kernel: only EVENT:u of own tasks");
  if (isPatched) prevents.unshift("no event at all on kernels of Debian, Ubuntu and Android");
  const cure = level >= 2 ? 1 : -1;
  return {
    what: `perf_event_paranoid is ${level}: ${prevents.join("; ")}`,
    cure:
      `run with ${
        isPatched ? "CAP_SYS_ADMIN" : "CAP_PERFMON"
      }, or sysctl kernel.perf_event_paranoid=${cure}` +
      (cure === 1 ? " (0 for whole CPUs, -1 for everything)" : ""),
  };
}

function seccomp(limits: Limits): Obstacle {
  return {
    what: "a seccomp filter refuses perf_event_open, as in containers: no event at all",
    cure: filterCure(limits),
  };
}

function lockedMemory(limits: Limits): Obstacle | null {
  if (!isLockLimited(limits)) return null;
  return {
    what: lockLimitText(limits),
    cure: "keep -m within that (data and AUX pages of all CPUs), or raise it: " +
      "sysctl kernel.perf_event_mlock_kb=KIB, ulimit -l KIB, or run with CAP_IPC_LOCK",
  };
}

function noAux(files: SystemFiles, pmus: readonly Pmu[]): Obstacle | null {
  if (pmus.some(({ aux }) => aux)) return null;
  const [why, cure] = noAuxReason(files);
  return { what: `no PMU has an AUX area: ${why}`, cure };
}

/** CoreSight whose parts have not all been found. */
function coresight(files: SystemFiles, pmus: readonly Pmu[]): Obstacle[] {
  return pmus.filter(({ name }) => auxPmuKind(name) === "cs_etm").flatMap(({ name }) => {
    const [, what, cure] = coresightLack(files, name)?.match(/^(.*?): (.*)$/) ?? [];
    return what === undefined || cure === undefined ? [] : [{ what, cure }];
  });
}

/** As far as /proc/cpuinfo tells. */
function noAuxReason(files: SystemFiles): [why: string, cure: string] {
  const cpu = files.text("/proc/cpuinfo") ?? "";
  const [, vendor] = cpu.match(/^vendor_id\s*:\s*(\S+)/m) ?? [];
  if (vendor !== undefined && vendor !== "GenuineIntel") {
    return [`${vendor} CPUs have no such tracing`, "record on an Intel CPU that has Intel PT"];
  }
  if (isVirtual(files)) {
    return [
      "this is a virtual machine",
      "record on its host, or have that pass Intel PT on (KVM: kvm_intel.pt_mode=1)",
    ];
  }
  if (vendor !== undefined && /^flags\s*:.*\bintel_pt\b/m.test(cpu)) {
    return [
      "the CPU has Intel PT, but the kernel does not offer it",
      "see dmesg; on Broadwell it cannot be used while a hypervisor runs (VMX)",
    ];
  }
  if (vendor !== undefined) {
    return [
      "this CPU has no Intel PT, or the firmware turns it off",
      "look in the firmware's setup",
    ];
  }
  if (/^CPU implementer/m.test(cpu)) {
    return [
      "no driver of Arm SPE or CoreSight found its hardware",
      "modprobe arm_spe_pmu, coresight_etm4x and coresight_tmc; the firmware has to describe the " +
      "hardware, and for SPE leave it to Linux",
    ];
  }
  return ["none is known for this CPU", "record on a CPU with Intel PT, Arm SPE or CoreSight"];
}

function tracefs(files: SystemFiles): Obstacle | null {
  if (tracepointFolder(files) !== null) return null;
  return {
    what: "no tracepoints: /sys/kernel/tracing/events may not be read",
    cure: "mount -t tracefs tracefs /sys/kernel/tracing, or let this user read it: " +
      "mount -o remount,mode=755 /sys/kernel/tracing",
  };
}

/** Source: security/security.c `LOCKDOWN_PERF`, `LOCKDOWN_TRACEFS`: from confidentiality on. */
function lockdown(files: SystemFiles): Obstacle | null {
  if (!files.text("/sys/kernel/security/lockdown")?.includes("[confidentiality]")) return null;
  return {
    what: "the kernel is locked down for confidentiality: no tracefs, no registers in samples",
    cure: "boot without lockdown=confidentiality",
  };
}

function hiddenAddresses(files: SystemFiles, { syslog }: Limits): Obstacle | null {
  const level = sysctl(files, "kptr_restrict") ?? 0;
  if (level === 0 || (level === 1 && syslog)) return null;
  return {
    what: `kptr_restrict is ${level}: addresses of the kernel are hidden, so a recording cannot ` +
      "say where its symbols are",
    cure: `sysctl kernel.kptr_restrict=0${level === 1 ? ", or run with CAP_SYSLOG" : ""}`,
  };
}
