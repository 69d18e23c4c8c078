import { assertEquals } from "@std/assert";
import { SyscallError } from "./syscall_error.ts";

/** Source: asm-generic/errno-base.h and errno.h; EOPNOTSUPP is ENOTSUP, too. */
const NUMBERS = "1 EPERM, 2 ENOENT, 3 ESRCH, 4 EINTR, 7 E2BIG, 9 EBADF, 11 EAGAIN, 12 ENOMEM, " +
  "13 EACCES, 14 EFAULT, 16 EBUSY, 17 EEXIST, 19 ENODEV, 22 EINVAL, 24 EMFILE, 28 ENOSPC, " +
  "38 ENOSYS, 75 EOVERFLOW, 95 EOPNOTSUPP";

Deno.test("SyscallError names each error that perf_event_open(2) and mmap(2) can return", () => {
  for (const [number, name] of NUMBERS.split(", ").map((pair) => pair.split(" "))) {
    const { code, errno, message } = new SyscallError("mmap", Number(number), "cure");
    assertEquals([code, errno], [name, Number(number)]);
    assertEquals(/^mmap: [a-z -].* \((\w+)\): cure$/.exec(message)?.[1], name);
  }
});

Deno.test("SyscallError of another number has the number, and no cure where none is known", () => {
  const { code, message, syscall } = new SyscallError("ioctl", 131);
  assertEquals([code, message, syscall], [
    "errno 131",
    "ioctl: refused (errno 131)",
    "ioctl",
  ]);
});
