import type { AttrSpec } from "../encoders/internal.ts";
import { attrBytes } from "./_attr_bytes.ts";
import { checked, cString, errno, libc, syscallNumbers } from "./_libc.ts";
import { unwatchLeak, watchLeak } from "./_leaks.ts";
import { isCallRefused } from "./_system.ts";
import { Waiter } from "./waiter.ts";
import { explainPerfEventOpen } from "./_refusals.ts";
import { SyscallError } from "./syscall_error.ts";
import { kernelFiles } from "./system_files.ts";

/** Source: perf_event.h `PERF_EVENT_IOC_*`. */
const Ioctl = {
  enable: 0x2400n,
  disable: 0x2401n,
  setOutput: 0x2405n,
  setFilter: 0x40082406n,
  id: 0x80082407n,
  pauseOutput: 0x40042409n,
} as const;

/** Source: perf_event.h `PERF_FLAG_*`. */
const FLAG_BITS = { fdNoGroup: 1n, fdOutput: 2n, pidCgroup: 4n } as const;
const FLAG_CLOEXEC = 8n;

/** Where an event counts. */
export interface EventTarget {
  /** Task: 0 is the calling thread, -1 every task on the CPU. 0 unless given. */
  readonly pid?: number;
  /** CPU: -1 is every CPU that the task runs on. -1 unless given. */
  readonly cpu?: number;
  /** Leader of the group that the event joins. */
  readonly group?: PerfEventFd;
  /**
   * - `fdNoGroup`: does not join the group, in spite of `group`.
   * - `fdOutput`: writes to the ring of `group`.
   * - `pidCgroup`: `pid` is an open folder of the cgroup file system.
   */
  readonly flags?: readonly ("fdNoGroup" | "fdOutput" | "pidCgroup")[];
}

/**
 * Opens a perf event of the running kernel. It starts to count at once, unless the attr says
 * `disabled`.
 *
 * Nothing is widened here: which tasks and CPUs may be observed is the kernel's decision. The file
 * is closed by `using` or `[Symbol.dispose]()`. Source: perf_event_open(2).
 *
 * @example The clock of this thread
 * ```ts
 * import { assert } from "@std/assert";
 * import { perfEventOpen, SyscallError } from "@auxtail/auxtail/live";
 *
 * try {
 *   using event = perfEventOpen({ type: 1, config: 0n, flags: ["excludeKernel"] }, { pid: 0 });
 *   assert(event.id > 0n);
 * } catch (error) {
 *   assert(error instanceof SyscallError); // the kernel's decision
 * }
 * ```
 *
 * @param attr How the event is opened. `size` is chosen by the fields unless it is given.
 * @throws {SyscallError} If the kernel refuses; the message says what to do about it.
 * @throws {Deno.errors.NotSupported} If this is not Linux on x86-64 or aarch64.
 */
export function perfEventOpen(attr: AttrSpec, target: EventTarget = {}): PerfEventFd {
  const { pid = 0, cpu = -1, group, flags = [] } = target;
  const flagBits = flags.reduce((bits, flag) => bits | FLAG_BITS[flag], FLAG_CLOEXEC);
  const { perfEventOpen: number } = syscallNumbers();
  const fd = libc().perfEventOpen(number, attrBytes(attr), pid, cpu, group?.fd ?? -1, flagBits);
  if (fd < 0) {
    const error = new SyscallError("perf_event_open", errno());
    const target = { pid, cpu };
    const cure = explainPerfEventOpen(error.code, attr, target, kernelFiles, isCallRefused());
    throw new SyscallError("perf_event_open", error.errno, cure);
  }
  return new PerfEventFd(fd, attr);
}

/** An open perf event. {@linkcode perfEventOpen} makes it. */
export class PerfEventFd implements Disposable {
  /** How it was opened. */
  readonly attr: AttrSpec;
  /** The kernel's id of the event, which its records carry. */
  readonly id: bigint;
  /**
   * Waits for the event's rings.
   *
   * @ignore
   */
  readonly waiter: Waiter;
  readonly #fd: number;
  #enabled: boolean;
  #open = true;

  /**
   * Takes over an open file.
   *
   * @ignore
   */
  constructor(fd: number, attr: AttrSpec) {
    this.#fd = fd;
    this.attr = attr;
    const { flags = [] } = attr;
    this.#enabled = !flags.includes("disabled") || flags.includes("enableOnExec");
    this.waiter = new Waiter([fd]);
    const id = new BigUint64Array(1);
    this.id = libc().ioctlBuffer(fd, Ioctl.id, id) < 0 ? 0n : id[0]!;
    watchLeak(this, "a perf event");
  }

  /**
   * Number of the open file.
   *
   * @throws {TypeError} If it is closed: the number may be that of another file by now.
   */
  get fd(): number {
    if (!this.#open) throw new TypeError("Cannot use a perf event that is closed");
    return this.#fd;
  }

  /** Whether the open event was last asked to count; the kernel can have stopped it since. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** Lets the event count: at first, or again after the kernel has stopped it. */
  enable(): void {
    this.#ioctl("PERF_EVENT_IOC_ENABLE", Ioctl.enable, 0n);
    this.#enabled = true;
  }

  /** Stops the event. The kernel has written all of its trace data when this returns. */
  disable(): void {
    this.#ioctl("PERF_EVENT_IOC_DISABLE", Ioctl.disable, 0n);
    this.#enabled = false;
  }

  /** Has the event write to the data ring of another one. */
  setOutput(other: PerfEventFd): void {
    this.#ioctl("PERF_EVENT_IOC_SET_OUTPUT", Ioctl.setOutput, BigInt(other.fd));
  }

  /** Stops the kernel from writing to the event's data ring, or lets it write again. */
  pauseOutput(pause: boolean): void {
    this.#ioctl("PERF_EVENT_IOC_PAUSE_OUTPUT", Ioctl.pauseOutput, pause ? 1n : 0n);
  }

  /** Sets a filter: an expression for tracepoints, address ranges for instruction traces. */
  setFilter(filter: string): void {
    checked(
      "ioctl(PERF_EVENT_IOC_SET_FILTER)",
      libc().ioctlBuffer(this.fd, Ioctl.setFilter, cString(filter)),
    );
  }

  /** Ends all waits and closes the file. The second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#enabled = false;
    unwatchLeak(this);
    this.waiter.close(() => libc().close(this.#fd));
  }

  #ioctl(name: string, request: bigint, argument: bigint): void {
    checked(`ioctl(${name})`, libc().ioctl(this.fd, request, argument));
  }
}
