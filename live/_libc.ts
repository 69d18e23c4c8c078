import { SyscallError } from "./syscall_error.ts";

const SYMBOLS = {
  /** `long syscall(SYS_perf_event_open, struct perf_event_attr *, pid_t, int, int, unsigned long)` */
  perfEventOpen: {
    name: "syscall",
    parameters: ["i64", "buffer", "i32", "i32", "i32", "u64"],
    result: "i32",
  },
  /** `long syscall(SYS_getdents64, unsigned int fd, void *buffer, unsigned int size)` */
  getdents64: { name: "syscall", parameters: ["i64", "i32", "buffer", "u32"], result: "i32" },
  /** `int open(const char *path, int flags)` */
  open: { parameters: ["buffer", "i32"], result: "i32" },
  /** `ssize_t read(int fd, void *buffer, size_t size)` */
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /** `ssize_t write(int fd, const void *buffer, size_t size)` */
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
  /** `int access(const char *path, int mode)` */
  access: { parameters: ["buffer", "i32"], result: "i32" },
  /** `int ioctl(int fd, unsigned long request, unsigned long argument)` */
  ioctl: { parameters: ["i32", "u64", "u64"], result: "i32" },
  /** `int ioctl(int fd, unsigned long request, void *argument)` */
  ioctlBuffer: { name: "ioctl", parameters: ["i32", "u64", "buffer"], result: "i32" },
  /** `void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)` */
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  /** `int munmap(void *address, size_t size)` */
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  /** `int poll(struct pollfd *fds, nfds_t count, int timeout)`, on a thread of its own */
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
  /** The same, on the thread that calls */
  pollHere: { name: "poll", parameters: ["buffer", "u64", "i32"], result: "i32" },
  /** `int waitid(idtype_t idtype, id_t id, siginfo_t *info, int options)` */
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
  /** `int eventfd(unsigned int value, int flags)` */
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  /** `int uname(struct utsname *name)` */
  uname: { parameters: ["buffer"], result: "i32" },
  /** `int clock_gettime(clockid_t clock, struct timespec *time)` */
  clockGettime: { name: "clock_gettime", parameters: ["i32", "buffer"], result: "i32" },
  /** `int clock_getres(clockid_t clock, struct timespec *resolution)` */
  clockGetres: { name: "clock_getres", parameters: ["i32", "buffer"], result: "i32" },
  /** `long sysconf(int name)` */
  sysconf: { parameters: ["i32"], result: "i64" },
  /** `int *__errno_location(void)` */
  errnoLocation: { name: "__errno_location", parameters: [], result: "pointer" },
  /** `void *memcpy(void *into, const void *from, size_t size)` */
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Numbers of the system calls that libc has no function for. Source: asm/unistd.h. */
const SYSCALLS: Readonly<Record<string, { perfEventOpen: bigint; getdents64: bigint }>> = {
  "x86_64": { perfEventOpen: 298n, getdents64: 217n },
  "aarch64": { perfEventOpen: 241n, getdents64: 61n },
};

let opened: Libc | undefined;

/**
 * The functions of libc, opened on first use, which is where Deno asks for the permission.
 *
 * @throws {Deno.errors.NotSupported} If this is not Linux on x86-64 or aarch64, or has no libc.
 * @throws {Deno.errors.NotCapable} Without `--allow-ffi`, or with one for some libraries only.
 */
export function libc(): Libc {
  return opened ??= openLibc();
}

/**
 * A permission for some libraries does not do: Deno then looks for a name in the current folder,
 * whose files are not to be run, and does not let mapped memory be seen.
 */
function openLibc(): Libc {
  syscallNumbers();
  if (Deno.permissions.requestSync({ name: "ffi" }).state !== "granted") {
    throw new Deno.errors.NotCapable(
      "Requires ffi access, run again with the --allow-ffi flag, without names of libraries",
    );
  }
  // Names by which the loader finds what the process has loaded already: glibc's, and musl's.
  const names = ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`];
  let failure: unknown;
  for (const name of names) {
    try {
      return Deno.dlopen(name, SYMBOLS).symbols;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      failure = error;
    }
  }
  throw new Deno.errors.NotSupported(`Cannot open libc (${names.join(", ")}): ${failure}`);
}

/** Numbers of system calls on this machine. */
export function syscallNumbers(): { perfEventOpen: bigint; getdents64: bigint } {
  const { os, arch } = Deno.build;
  const numbers = os === "linux" ? SYSCALLS[arch] : undefined;
  if (numbers === undefined) {
    throw new Deno.errors.NotSupported(
      `Cannot open perf events on ${os} ${arch}: expected linux on x86_64 or aarch64`,
    );
  }
  return numbers;
}

/** `errno` of the call before. */
export function errno(): number {
  const value = new Int32Array(1);
  libc().memcpy(value, libc().errnoLocation(), 4n);
  return value[0]!;
}

/**
 * Passes the result of a call on, unless it is negative.
 *
 * @throws {SyscallError} If it is.
 */
export function checked(syscall: string, result: number): number {
  if (result < 0) throw new SyscallError(syscall, errno());
  return result;
}

/** Bytes of a C string. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
