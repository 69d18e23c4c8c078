import { parseCpuList } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

/** Bits of CapEff. Source: linux/capability.h. */
const Capability = { ipcLock: 14n, sysAdmin: 21n, syslog: 34n, perfmon: 38n } as const;

/** What this kernel lets this process do with perf. */
export interface Limits {
  /** `kernel.perf_event_paranoid`; null if the kernel has no perf events. */
  readonly paranoid: number | null;
  /** Whether CAP_PERFMON or CAP_SYS_ADMIN lifts `paranoid`. */
  readonly perfmon: boolean;
  /** Whether CAP_SYS_ADMIN does: the patch behind levels above 2 takes no other. */
  readonly sysAdmin: boolean;
  /** Whether CAP_IPC_LOCK lifts the limits of locked memory. */
  readonly ipcLock: boolean;
  /** Whether CAP_SYSLOG shows the addresses of the kernel. */
  readonly syslog: boolean;
  /** Whether a seccomp filter checks the system calls, as in containers. */
  readonly seccomp: boolean;
  /** `kernel.perf_event_mlock_kb`: KiB of rings that a user may have per CPU. */
  readonly mlockKb: number;
  /** RLIMIT_MEMLOCK in KiB: what this process may have beyond that. */
  readonly memlockKb: number;
  /** CPUs that are online. */
  readonly cpus: readonly number[];
}

/** Reads the limits of this process from /proc. What cannot be read counts as no privilege. */
export function readLimits(files: SystemFiles): Limits {
  const status = files.text("/proc/self/status") ?? "";
  const [, capEff = "0"] = status.match(/^CapEff:\s*([\da-f]+)$/m) ?? [];
  const [, seccomp] = status.match(/^Seccomp:\s*(\d+)$/m) ?? [];
  const [, memlock] = files.text("/proc/self/limits")?.match(/^Max locked memory\s+(\w+)/m) ?? [];
  // capabilities count in the first user namespace only: its map covers all users
  const userMap = files.text("/proc/self/uid_map");
  const isFirst = userMap === null || /^\s*0\s+0\s+4294967295$/.test(userMap);
  const has = (bit: bigint) => isFirst && (BigInt(`0x${capEff}`) >> bit & 1n) === 1n;
  return {
    paranoid: sysctl(files, "perf_event_paranoid"),
    perfmon: has(Capability.perfmon) || has(Capability.sysAdmin),
    sysAdmin: has(Capability.sysAdmin),
    ipcLock: has(Capability.ipcLock),
    syslog: has(Capability.syslog),
    seccomp: seccomp === "2",
    mlockKb: sysctl(files, "perf_event_mlock_kb") ?? 0,
    memlockKb: memlock === "unlimited" ? Infinity : Math.floor(Number(memlock ?? 0) / 1024),
    cpus: parseCpuList(files.text("/sys/devices/system/cpu/online") ?? "") ?? [],
  };
}

/** Reads a number of /proc/sys/kernel; null if it is not there. */
export function sysctl(files: SystemFiles, name: string): number | null {
  const text = files.text(`/proc/sys/kernel/${name}`)?.trim() ?? "";
  return /^-?\d+$/.test(text) ? Number(text) : null;
}

/** Whether locked memory is limited at all. Source: kernel/events/core.c `perf_mmap`. */
export function isLockLimited({ paranoid, ipcLock, memlockKb }: Limits): boolean {
  return !ipcLock && paranoid !== null && paranoid > -1 && memlockKb !== Infinity;
}

/** Says how much memory rings may lock. */
export function lockLimitText({ mlockKb, memlockKb, cpus }: Limits): string {
  return `perf_event_mlock_kb is ${mlockKb}: the rings of a user may hold ${mlockKb} KiB for each ` +
    `of ${cpus.length} CPUs, ${mlockKb * cpus.length} KiB in all, and those of this process ` +
    `${memlockKb} KiB more (RLIMIT_MEMLOCK)`;
}

/** Whether the machine is a virtual one that says so. */
export function isVirtual(files: SystemFiles): boolean {
  return /^flags\s*:.*\bhypervisor\b/m.test(files.text("/proc/cpuinfo") ?? "");
}

/**
 * The highest `perf_event_paranoid` of mainline. Above it, kernels of Debian, Ubuntu and Android refuse
 * every event to those without CAP_SYS_ADMIN; CAP_PERFMON is enough for newer ones of Debian only.
 */
export const MAINLINE_PARANOID = 2;
