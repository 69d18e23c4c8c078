import type { AttrSpec } from "../encoders/internal.ts";
import { type WaitEnd, Waiter, waitInTurns, type WaitOptions } from "./waiter.ts";
import { type AuxRing, type AuxRingOptions, openAuxRing } from "./aux_ring.ts";
import { type DataRing, openDataRing } from "./data_ring.ts";
import { type PerfEventFd, perfEventOpen } from "./perf_event.ts";
import { SyscallError } from "./syscall_error.ts";

/** An event that is opened on all CPUs and tasks of a session. */
export interface SessionEvent {
  /** How it is opened. */
  readonly attr: AttrSpec;
  /** Position of its group's leader among the events; its own if it has none. */
  readonly leader: number;
  /** CPUs that its PMU covers; null for all. */
  readonly cpus: readonly number[] | null;
}

/** What is observed: a set of CPUs, a set of tasks, or these tasks on these CPUs. */
export interface SessionTarget {
  /** A ring for each CPU; null for a ring for each task, wherever it runs. */
  readonly cpus: readonly number[] | null;
  /** Threads; null for all that run on the CPUs. */
  readonly tids: readonly number[] | null;
}

/** Rings of a session. */
export interface RingSessionOptions {
  /** Bytes of each data ring. */
  readonly dataSize?: number;
  /** AUX rings, of the first event or events. Absent, there are none. */
  readonly aux?: AuxRingOptions;
  /** How many events at the start have AUX rings, each on CPUs of its own; 1 unless given. */
  readonly auxEvents?: number;
}

/** The rings of one CPU or task. */
export interface SessionRing {
  /** Number among the rings: `idx` of AUXTRACE records. */
  readonly index: number;
  /** CPU; -1 for a ring of a task. */
  readonly cpu: number;
  /** Task; -1 for a ring of all tasks. Of several tasks that share it, the first. */
  readonly tid: number;
  /** The records. */
  readonly data: DataRing;
  /** The trace data; null if there is none on this CPU. */
  readonly aux: AuxRing | null;
}

/** An event as opened on one CPU or task. */
export interface OpenedEvent {
  /** Position among the session's events. */
  readonly event: number;
  /** The kernel's id. */
  readonly id: bigint;
  /** Number of the ring it writes to. */
  readonly ring: number;
  /** CPU; -1 for any. */
  readonly cpu: number;
  /** Task; -1 for all. */
  readonly tid: number;
}

/**
 * Events opened on every CPU and task of a target, one ring for each CPU or each task, as perf lays
 * them out. Costs an open file per event, CPU and task.
 *
 * A task that has ended by now is left out; without any task left, that is an error.
 */
export class RingSession implements Disposable {
  /** The rings, by {@linkcode SessionRing.index}. */
  readonly rings: readonly SessionRing[];
  /** All that was opened. */
  readonly opened: readonly OpenedEvent[];
  readonly #stack: DisposableStack;
  readonly #leaders: readonly PerfEventFd[];
  readonly #waiter: Waiter;
  #open = true;

  /**
   * Opens and maps everything.
   *
   * @throws {SyscallError} If the kernel refuses; nothing stays open then.
   * @ignore
   */
  constructor(
    events: readonly SessionEvent[],
    target: SessionTarget,
    options: RingSessionOptions = {},
  ) {
    using stack = new DisposableStack();
    const opener = new Opener(events, target, options, stack);
    this.rings = opener.rings;
    this.opened = opener.opened;
    this.#leaders = opener.leaders;
    this.#waiter = new Waiter(opener.polled.map(({ fd }) => fd));
    this.#stack = stack.move();
  }

  /** Starts all events. */
  enable(): void {
    this.#needOpen();
    for (const event of this.#leaders) event.enable();
  }

  /** Stops all events; their rings can still be read. */
  disable(): void {
    this.#needOpen();
    for (const event of this.#leaders) event.disable();
  }

  /**
   * Waits until the kernel announces data of any ring, or for one of the other ends. Meanwhile events
   * that stay silent after a TRUNCATED record are restarted, see `AuxRing.noteTruncated()`.
   */
  wait(options: WaitOptions = {}): Promise<WaitEnd> {
    return waitInTurns(this.#waiter, () => this.#tend(), options);
  }

  #needOpen(): void {
    if (!this.#open) throw new TypeError("Cannot use a ring session that is closed");
  }

  #tend(): number {
    return Math.min(...this.rings.map(({ aux }) => aux?.tend() ?? Infinity));
  }

  /** Waits for data on the thread that calls, where nothing else then happens; whether there is any. */
  waitHere(timeoutMs: number): boolean {
    this.#needOpen();
    this.#tend();
    return this.#waiter.waitHere(timeoutMs);
  }

  /** Unmaps all rings and closes all events. The second call does nothing. */
  [Symbol.dispose](): void {
    this.#open = false;
    this.#waiter.close(() => this.#stack.dispose());
  }
}

/** Opens events in the order of rings, then events: the first of a ring maps it. */
class Opener {
  readonly rings: SessionRing[] = [];
  readonly opened: OpenedEvent[] = [];
  readonly leaders: PerfEventFd[] = [];
  /** One event of each task on each ring: a ring ends when all of them have. */
  readonly polled: PerfEventFd[] = [];
  readonly #options: RingSessionOptions;
  readonly #stack: DisposableStack;

  constructor(
    events: readonly SessionEvent[],
    target: SessionTarget,
    options: RingSessionOptions,
    stack: DisposableStack,
  ) {
    this.#options = options;
    this.#stack = stack;
    const { cpus, tids } = target;
    let refused: SyscallError | null = null;
    for (const cpu of cpus ?? [-1]) {
      for (const tid of tids ?? [-1]) {
        try {
          this.#openTask(events, cpu, tid);
        } catch (error) {
          if (!(error instanceof SyscallError && error.code === "ESRCH")) throw error;
          refused = error;
        }
      }
    }
    if (this.rings.length === 0) {
      throw refused ??
        new Deno.errors.NotSupported("Cannot observe anything: none of the CPUs has the event");
    }
  }

  #openTask(events: readonly SessionEvent[], cpu: number, tid: number): void {
    const files = new Map<number, PerfEventFd>();
    for (const [index, event] of events.entries()) {
      if (event.cpus !== null && cpu >= 0 && !event.cpus.includes(cpu)) continue;
      const isMember = event.leader !== index;
      const group = isMember ? files.get(event.leader) : undefined;
      if (isMember && group === undefined) continue;
      const file = this.#stack.use(
        perfEventOpen(event.attr, { pid: tid, cpu, ...(group && { group }) }),
      );
      if (files.size === 0) this.polled.push(file);
      files.set(index, file);
      if (group === undefined) this.leaders.push(file);
      const ring = this.#ringOf(file, index, cpu, tid);
      if (event.attr.auxAction !== undefined) ring.aux?.mayPause();
      this.opened.push({ event: index, id: file.id, ring: ring.index, cpu, tid });
    }
  }

  /** The ring of a CPU or task: mapped by the first event there, shared by the others. */
  #ringOf(file: PerfEventFd, event: number, cpu: number, tid: number): SessionRing {
    const { dataSize, aux, auxEvents = 1 } = this.#options;
    const hasAux = aux !== undefined && event < auxEvents;
    const last = this.rings.at(-1);
    if (last !== undefined && (cpu >= 0 ? last.cpu === cpu : last.tid === tid)) {
      last.data.add(file);
      if (hasAux) last.aux?.share(file);
      return last;
    }
    const data = this.#stack.use(
      openDataRing(file, dataSize === undefined ? {} : { size: dataSize }),
    );
    const ring: SessionRing = {
      index: this.rings.length,
      cpu,
      tid,
      data,
      aux: hasAux ? this.#stack.use(openAuxRing(data, aux)) : null,
    };
    this.rings.push(ring);
    return ring;
  }
}
