import { checked, cString, errno, libc, syscallNumbers } from "./_libc.ts";

const SC_PAGESIZE = 30;
const X_OK = 1;
const EINVAL = 22;
const ATTR_SIZE = 64;
const UNKNOWN_FLAGS = 2n ** 63n;
/** `struct utsname`: six fields of 65 bytes. */
const UTSNAME_FIELD = 65;

/** Size of a page of memory in bytes. */
export function pageSize(): number {
  return Number(libc().sysconf(SC_PAGESIZE));
}

/** Machine as `uname -m` names it. */
export function unameMachine(): string {
  const name = new Uint8Array(6 * UTSNAME_FIELD + 2);
  checked("uname", libc().uname(name));
  const start = 4 * UTSNAME_FIELD;
  return new TextDecoder().decode(name.subarray(start, name.indexOf(0, start)));
}

/** Reads a clock in ns. Source: linux/time.h for the numbers. */
export function clockNs(clock: number): bigint {
  return timespec((into) => checked("clock_gettime", libc().clockGettime(clock, into)));
}

/** Resolution of a clock in ns. */
export function clockResolutionNs(clock: number): bigint {
  return timespec((into) => checked("clock_getres", libc().clockGetres(clock, into)));
}

function timespec(read: (into: BigInt64Array<ArrayBuffer>) => void): bigint {
  const time = new BigInt64Array(2);
  read(time);
  return time[0]! * 1_000_000_000n + time[1]!;
}

/**
 * Whether perf_event_open is refused before the kernel looks at what is asked, as a seccomp filter
 * does: unknown flags are what the kernel refuses first of all, with EINVAL.
 *
 * Source: kernel/events/core.c, `SYSCALL_DEFINE5(perf_event_open`.
 */
export function isCallRefused(): boolean {
  const { perfEventOpen } = syscallNumbers();
  const attr = new Uint8Array(ATTR_SIZE);
  libc().perfEventOpen(perfEventOpen, attr, 0, -1, -1, UNKNOWN_FLAGS);
  return errno() !== EINVAL;
}

/** Whether the file at a path may be run. */
export function isExecutable(path: string): boolean {
  return libc().access(cString(path), X_OK) === 0;
}
