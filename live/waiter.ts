import { checked, libc } from "./_libc.ts";

const EFD_CLOEXEC = 0o2000000;
const POLLIN = 0x1;
const POLLERR = 0x8;
const POLLHUP = 0x10;
/** `struct pollfd`: int fd, short events, short revents. */
const POLLFD_SIZE = 8;
/** After an interrupted call, in case it fails each time. */
const INTERRUPTED_MS = 10;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const ONE = new BigUint64Array([1n]);

/**
 * Why a wait ended.
 *
 * - `data`: there is something to read.
 * - `timeout`: the time is over.
 * - `aborted`: the signal was aborted.
 * - `exited`: the traced task has ended, and with it the event; what it left can be read.
 * - `closed`: the ring was closed, while or before one waited.
 */
export type WaitEnd = "data" | "timeout" | "aborted" | "exited" | "closed";

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds after which the wait ends; without it, it does not end by itself. */
  readonly timeoutMs?: number;
  /** Ends the wait when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Waits for perf events on a thread of its own, so that timers and other work continue. */
export class Waiter {
  readonly #fds: readonly number[];
  /** Files whose tasks have ended while those of others run: they would end every wait. */
  readonly #hungUp = new Set<number>();
  /** The eventfd of each wait in progress. */
  readonly #wakers = new Set<number>();
  #closed = false;
  #afterLast: (() => void) | null = null;

  /** Waits for any of the open files. */
  constructor(fds: readonly number[]) {
    this.#fds = fds;
  }

  /** Waits until the kernel announces data, or for one of the other ends. */
  async wait({ timeoutMs, signal }: WaitOptions = {}): Promise<WaitEnd> {
    if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
      throw new RangeError(`Cannot wait for ${timeoutMs} ms: expected 0 or more`);
    }
    if (this.#closed) return "closed";
    if (signal?.aborted) return "aborted";
    const waker = checked("eventfd", libc().eventfd(0, EFD_CLOEXEC));
    const wake = () => void libc().write(waker, ONE, 8n);
    this.#wakers.add(waker);
    signal?.addEventListener("abort", wake);
    try {
      const waited = this.#fds.filter((fd) => !this.#hungUp.has(fd));
      const polled = new DataView(new ArrayBuffer((waited.length + 1) * POLLFD_SIZE));
      [...waited, waker].forEach((fd, index) => {
        polled.setInt32(index * POLLFD_SIZE, fd, true);
        polled.setInt16(index * POLLFD_SIZE + 4, POLLIN, true);
      });
      const timeout = Math.min(timeoutMs === undefined ? -1 : Math.ceil(timeoutMs), MAX_TIMEOUT_MS);
      const count = await libc().poll(polled, BigInt(waited.length + 1), timeout);
      if (this.#closed) return "closed";
      if (signal?.aborted) return "aborted";
      if (count === 0) return "timeout";
      if (count < 0) await new Promise((resolve) => setTimeout(resolve, INTERRUPTED_MS));
      const eventsAt = (index: number) => polled.getInt16(index * POLLFD_SIZE + 6, true);
      if (count < 0 || eventsAt(waited.length) !== 0) return "data";
      const hungUp = waited.filter((_, index) => (eventsAt(index) & (POLLHUP | POLLERR)) !== 0);
      if (hungUp.length === waited.length) return "exited";
      for (const fd of hungUp) this.#hungUp.add(fd);
      return "data";
    } finally {
      signal?.removeEventListener("abort", wake);
      this.#wakers.delete(waker);
      libc().close(waker);
      if (this.#closed && this.#wakers.size === 0) this.#afterLast?.();
    }
  }

  /** Has everybody who waits look again. */
  nudge(): void {
    for (const waker of this.#wakers) libc().write(waker, ONE, 8n);
  }

  /** Ends all waits, and calls `after` once none uses the files any more. */
  close(after: () => void): void {
    this.#closed = true;
    this.#afterLast = after;
    this.nudge();
    if (this.#wakers.size === 0) after();
  }
}

/**
 * Waits in turns: `tend` is called before each, and says how many milliseconds it lasts at most. The
 * end of a turn does not end the wait.
 */
export async function waitInTurns(
  waiter: Pick<Waiter, "wait">,
  tend: () => number,
  options: WaitOptions = {},
): Promise<WaitEnd> {
  const { timeoutMs = Infinity } = options;
  const end = performance.now() + timeoutMs;
  for (let left = timeoutMs;; left = Math.max(end - performance.now(), 0)) {
    const turn = tend();
    const why = await waiter.wait({
      ...options,
      ...((turn < Infinity || left < Infinity) && { timeoutMs: turn < left ? turn : left }),
    });
    if (why !== "timeout" || !(turn < left)) return why;
  }
}

/**
 * Waits until a ring has data or is closed: the kernel announces data of both rings of an event
 * alike, and only at their watermarks. The wait is in turns, as with {@linkcode waitInTurns}.
 */
export async function waitForData(
  waiter: Waiter,
  state: () => "data" | "closed" | null,
  options: WaitOptions,
  tend: () => number = () => Infinity,
): Promise<WaitEnd> {
  const { timeoutMs = Infinity } = options;
  const end = performance.now() + timeoutMs;
  for (;;) {
    const before = state();
    if (before !== null) return before;
    const left = Math.max(end - performance.now(), 0);
    const why = await waitInTurns(waiter, tend, {
      ...options,
      ...(left < Infinity && { timeoutMs: left }),
    });
    if (why !== "data") return state() ?? why;
  }
}
