/** A poll timeout of a reader: an event that stays silent is restarted again after so long. */
const AGAIN_MS = 500;
/** Restarts in a row without a byte in between. */
const MOST = 10;

/** What an AUX ring does with the events that write to it. */
export interface AuxEvent {
  /** Whether it was last asked to count. */
  readonly enabled: boolean;
  /** Starts it, or continues it after the kernel has stopped it. */
  enable(): void;
  /** Stops it; all of its trace data is in the ring then. */
  disable(): void;
}

/**
 * Restarts the events of an AUX ring after the kernel has stopped them because the ring was full.
 *
 * ENABLE alone is not enough: 6.1 on CPU 0, and 6.10 to 6.15 on all CPUs, leave the event active but
 * silent, so that there is nothing to enable. Whatever the kernel, the events are disabled first when
 * a record says TRUNCATED; and again while the head does not move, because a disabling that is
 * pending can come after the first restart. Members of a group follow their leader. Source: kernel
 * commit 1476b218327b.
 */
export class Restarts {
  /** How often the events were restarted. */
  count = 0;
  /** Whether not even the last restart brought a byte. */
  silent = false;
  /** Whether other events pause and resume the trace, so that silence says nothing. */
  isPausable = false;
  readonly #events: readonly AuxEvent[];
  readonly #readHead: () => bigint;
  #isNoted = false;
  /** Whether the head has not moved since the last restart, as far as is known. */
  #isAwaiting = false;
  #isSuspended = false;
  #isClosed = false;
  #left = 0;
  #head = 0n;
  #at = 0;

  constructor(events: readonly AuxEvent[], readHead: () => bigint) {
    this.#events = events;
    this.#readHead = readHead;
  }

  /** Takes in that a TRUNCATED record was read. */
  note(): void {
    this.#isNoted = true;
  }

  /**
   * Restarts the events where it is time for it: the ring has to have room. Nothing happens while
   * they are stopped, by {@linkcode suspend} or by their owner.
   *
   * @returns Milliseconds until there is something to do, if the head does not move.
   */
  tend(): number {
    if (!this.#isNoted && !this.#isAwaiting) return Infinity;
    if (this.#isClosed || this.#isSuspended || !this.#events.some(({ enabled }) => enabled)) {
      return Infinity;
    }
    if (this.#isAwaiting && this.#readHead() !== this.#head) {
      this.#isAwaiting = false;
      this.silent = false;
    }
    if (!this.#isAwaiting) {
      if (!this.#isNoted) return Infinity;
    } else {
      const early = this.#at + AGAIN_MS - performance.now();
      if (early > 0) return early;
      if (this.#left === 0) {
        this.silent = !this.isPausable;
        return Infinity;
      }
    }
    this.#isNoted = true;
    this.suspend(() => {});
    this.#left--;
    this.count++;
    return AGAIN_MS;
  }

  /** Calls `use` while all events that count are stopped, and starts them again. */
  suspend<T>(use: () => T): T {
    const counting = this.#events.filter(({ enabled }) => enabled);
    const isSuspended = this.#isSuspended;
    this.#isSuspended = true;
    try {
      for (const event of counting) event.disable();
      if (this.#isNoted && counting.length > 0) this.#await();
      return use();
    } finally {
      this.#isSuspended = isSuspended;
      if (!this.#isClosed) { for (const event of counting) event.enable(); }
    }
  }

  /** Waits for bytes from here on: what the events had left is in the ring now. */
  #await(): void {
    if (!this.#isAwaiting) this.#left = this.isPausable ? 1 : MOST;
    this.#isAwaiting = true;
    this.#isNoted = false;
    this.#head = this.#readHead();
    this.#at = performance.now();
  }

  /** Lets no event count again. */
  close(): void {
    this.#isClosed = true;
  }
}
