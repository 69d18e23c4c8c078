/** Names and meanings of the error numbers that the calls of this library return. */
const ERRORS: Readonly<Record<number, readonly [code: string, meaning: string]>> = {
  1: ["EPERM", "operation not permitted"],
  2: ["ENOENT", "no such file, event or kind of event"],
  3: ["ESRCH", "no such task"],
  4: ["EINTR", "interrupted"],
  7: ["E2BIG", "argument too large"],
  9: ["EBADF", "not an open file"],
  11: ["EAGAIN", "try again"],
  12: ["ENOMEM", "not enough memory"],
  13: ["EACCES", "permission denied"],
  14: ["EFAULT", "bad address"],
  16: ["EBUSY", "in use"],
  17: ["EEXIST", "exists"],
  19: ["ENODEV", "no such device"],
  22: ["EINVAL", "invalid argument"],
  24: ["EMFILE", "too many open files"],
  28: ["ENOSPC", "no space left"],
  38: ["ENOSYS", "not in this kernel"],
  75: ["EOVERFLOW", "value too large"],
  95: ["EOPNOTSUPP", "not supported"],
};

/**
 * The kernel refused a system call.
 *
 * The message names the call, the error, and what to do about it where that is known.
 *
 * @example Which call, and why
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { SyscallError } from "@auxtail/auxtail/live";
 *
 * const error = new SyscallError("perf_event_open", 13, "perf_event_paranoid is 3, need <= 2");
 * assertEquals(error.code, "EACCES");
 * assertEquals(
 *   error.message,
 *   "perf_event_open: permission denied (EACCES): perf_event_paranoid is 3, need <= 2",
 * );
 * ```
 */
export class SyscallError extends Error {
  /** The system call. */
  readonly syscall: string;
  /** `errno`, as a number. */
  readonly errno: number;
  /** Name of the error, such as `EACCES`. */
  readonly code: string;

  /**
   * Makes the error of a call.
   *
   * @param cure Why it was refused and what to do, as a clause.
   */
  constructor(syscall: string, errno: number, cure?: string) {
    const [code, meaning] = ERRORS[errno] ?? [`errno ${errno}`, "refused"];
    super(`${syscall}: ${meaning} (${code})${cure === undefined ? "" : `: ${cure}`}`);
    this.name = "SyscallError";
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
  }
}
