import { checked, cString, errno, libc, syscallNumbers } from "./_libc.ts";
import type { SystemFiles } from "./system_files.ts";

const O_CLOEXEC = 0o2000000;
const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;
const EINTR = 4;
const SC_PAGESIZE = 30;
const X_OK = 1;
/** `struct utsname`: six fields of 65 bytes. */
const UTSNAME_FIELD = 65;
const READ_SIZE = 1 << 16;
const text = new TextDecoder();

/**
 * Files of the running kernel, read through libc.
 *
 * Needs `--allow-ffi` only: the permissions that Deno has for files do not cover /proc and /sys.
 */
export const kernelFiles: SystemFiles = {
  read: readFile,
  text(path) {
    const bytes = readFile(path);
    return bytes === null ? null : text.decode(bytes).replace(/\n$/, "");
  },
  list: listFolder,
};

function readFile(path: string): Uint8Array<ArrayBuffer> | null {
  const fd = libc().open(cString(path), O_CLOEXEC);
  if (fd < 0) return null;
  try {
    let bytes = new Uint8Array(READ_SIZE);
    let size = 0;
    for (;;) {
      const room = bytes.subarray(size);
      const count = Number(libc().read(fd, room, BigInt(room.length)));
      if (count < 0 && errno() === EINTR) continue;
      if (count < 0) return null;
      if (count === 0) return bytes.slice(0, size);
      size += count;
      if (size === bytes.length) {
        const more = new Uint8Array(2 * size);
        more.set(bytes);
        bytes = more;
      }
    }
  } finally {
    libc().close(fd);
  }
}

/** Source: `struct linux_dirent64`: u64 inode, u64 offset, u16 size, u8 type, name. */
function listFolder(path: string): string[] {
  const fd = libc().open(cString(path), O_CLOEXEC | O_DIRECTORY);
  if (fd < 0) return [];
  try {
    const names: string[] = [];
    const entries = new Uint8Array(READ_SIZE);
    const view = new DataView(entries.buffer);
    const { getdents64 } = syscallNumbers();
    for (;;) {
      const size = libc().getdents64(getdents64, fd, entries, entries.length);
      if (size <= 0) return names.filter((name) => name !== "." && name !== "..");
      for (let at = 0; at < size; at += view.getUint16(at + 16, true)) {
        names.push(text.decode(entries.subarray(at + 19, entries.indexOf(0, at + 19))));
      }
    }
  } finally {
    libc().close(fd);
  }
}

/** Size of a page of memory in bytes. */
export function pageSize(): number {
  return Number(libc().sysconf(SC_PAGESIZE));
}

/** Machine as `uname -m` names it. */
export function machineName(): string {
  const name = new Uint8Array(6 * UTSNAME_FIELD + 2);
  checked("uname", libc().uname(name));
  const start = 4 * UTSNAME_FIELD;
  return text.decode(name.subarray(start, name.indexOf(0, start)));
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

/** Whether the file at a path may be run. */
export function isExecutable(path: string): boolean {
  return libc().access(cString(path), X_OK) === 0;
}
