import { cString, errno, libc, syscallNumbers } from "./_libc.ts";

const O_CLOEXEC = 0o2000000;
const O_DIRECTORY = 0o200000;
const O_DIRECTORY_OF_ARM = 0o40000;
const EINTR = 4;
const READ_SIZE = 1 << 16;
const text = new TextDecoder();

/**
 * Files of the kernel under /proc and /sys, as far as this library reads them.
 *
 * An interface, so that what they say can be tried with the files of other machines.
 */
export interface SystemFiles {
  /** Reads a whole file; null if it does not exist or may not be read. */
  read(path: string): Uint8Array<ArrayBuffer> | null;
  /** Reads a whole file as text without the line end after it; null as for `read()`. */
  text(path: string): string | null;
  /** Names in a folder, `.` and `..` left out; empty if it does not exist or may not be read. */
  list(path: string): string[];
}

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
  const directory = Deno.build.arch === "aarch64" ? O_DIRECTORY_OF_ARM : O_DIRECTORY;
  const fd = libc().open(cString(path), O_CLOEXEC | directory);
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
