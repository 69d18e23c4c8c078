import { CONTROL_PAGE_SIZE, ControlPage } from "../auxtrace/control_page.ts";

/** Which half of a 64-bit field a 32-bit process accesses first; compilers are free to do either. */
export type HalfOrder = "low-high" | "high-low";

/** An accessor call, and what the kernel does meanwhile. */
export interface Scenario<T> {
  /** `aux_head` at the start. */
  readonly head: bigint;
  /** `aux_tail` at the start. */
  readonly tail: bigint;
  /** The kernel's accesses, in its order. */
  readonly kernel: readonly KernelAccess[];
  /** Prepares the accessor for a page and returns the call that is interleaved. */
  readonly user: (page: ArrayBuffer) => () => T;
}

/** A 64-bit access by the kernel: the store of a new head, or a load of the tail. */
export type KernelAccess = { readonly storeHead: bigint } | "load tail";

/** One interleaving. */
export interface Run<T> {
  /** What the call returned. */
  readonly result: T;
  /** The accesses up to the call's last, in the order in which they happened. */
  readonly accesses: readonly Access[];
}

/** One access to the page. */
export interface Access {
  /** Who did what: `user loads head low`, `kernel stores head`. */
  readonly what: string;
  /** The value that was loaded or stored: a bigint if 64 bits wide. */
  readonly value: bigint | number;
}

/**
 * Runs a call in every interleaving with the kernel's accesses, on a page in memory.
 *
 * The call is real code: while it runs, `Atomics.load` and `Atomics.store` are replaced, and before
 * each of its accesses any number of the kernel's next ones happen. Accesses take effect one at a
 * time, as sequentially consistent atomics do. No schedule comes twice; those in which the kernel
 * goes late come first. Their number is finite if the call ends once the kernel is quiet. Kernel
 * accesses after the end of the call are left out.
 *
 * @param halfOrder The order of 32-bit accesses. The call itself must access low halves first, each
 * followed at once by the high half of the same field; `high-low` swaps every such pair.
 */
export function* interleavings<T>(scenario: Scenario<T>, halfOrder: HalfOrder): Generator<Run<T>> {
  const page = new ArrayBuffer(CONTROL_PAGE_SIZE);
  const memory = new DataView(page);
  const call = scenario.user(page);
  const choices: boolean[] = [];
  do {
    memory.setBigUint64(ControlPage.auxHead, scenario.head, true);
    memory.setBigUint64(ControlPage.auxTail, scenario.tail, true);
    const accesses: Access[] = [];
    const kernel = kernelSide(memory, scenario.kernel, choices, accesses);
    const result = withAtomics(userSide(memory, halfOrder, kernel, accesses), call);
    yield { result, accesses };
  } while (toNextSchedule(choices));
}

/** Finds the run of the fewest accesses, the first of several; `undefined` if there is none. */
export function shortestRun<T>(runs: Iterable<Run<T>>): Run<T> | undefined {
  let shortest: Run<T> | undefined;
  for (const run of runs) {
    if (!shortest || run.accesses.length < shortest.accesses.length) shortest = run;
  }
  return shortest;
}

/** Writes a line for each access, such as `user loads head low: 0xffffffff`. */
export function scheduleLines(run: Run<unknown>): string[] {
  return run.accesses.map(({ what, value }) => `${what}: 0x${value.toString(16)}`);
}

type View = Uint32Array | BigUint64Array;

interface AtomicAccess {
  load(view: View, index: number): bigint | number;
  store(view: View, index: number, value: bigint | number): bigint | number;
}

/**
 * Makes the function that lets the kernel go first, as `choices` say: one for each time that the
 * kernel and the user could both go next, true for the kernel. Missing ones are added as false.
 */
function kernelSide(
  memory: DataView,
  steps: readonly KernelAccess[],
  choices: boolean[],
  accesses: Access[],
): () => void {
  let step = 0;
  let choice = 0;
  return () => {
    for (let next = steps[step]; next !== undefined; next = steps[++step]) {
      if (choice === choices.length) choices.push(false);
      if (!choices[choice++]) return;
      if (next === "load tail") {
        const value = memory.getBigUint64(ControlPage.auxTail, true);
        accesses.push({ what: "kernel loads tail", value });
      } else {
        memory.setBigUint64(ControlPage.auxHead, next.storeHead, true);
        accesses.push({ what: "kernel stores head", value: next.storeHead });
      }
    }
  };
}

/** Turns `choices` into those of the next schedule, depth first; false after the last. */
function toNextSchedule(choices: boolean[]): boolean {
  while (choices.at(-1)) choices.pop();
  if (choices.length === 0) return false;
  choices[choices.length - 1] = true;
  return true;
}

function userSide(
  memory: DataView,
  halfOrder: HalfOrder,
  letKernelGo: () => void,
  accesses: Access[],
): AtomicAccess {
  const load = (address: number, size: number): bigint | number => {
    letKernelGo();
    const value = size === 8 ? memory.getBigUint64(address, true) : memory.getUint32(address, true);
    accesses.push({ what: `user loads ${placeName(address, size)}`, value });
    return value;
  };
  const store = (address: number, value: bigint | number): void => {
    letKernelGo();
    if (typeof value === "bigint") memory.setBigUint64(address, value, true);
    else memory.setUint32(address, value, true);
    const size = typeof value === "bigint" ? 8 : 4;
    accesses.push({ what: `user stores ${placeName(address, size)}`, value });
  };
  /** With `high-low`: the high half that was loaded early, or the low half that is stored late. */
  let held: bigint | number = 0;
  return {
    load(view, index) {
      const size = view.BYTES_PER_ELEMENT;
      const address = view.byteOffset + index * size;
      if (size === 8 || halfOrder === "low-high") return load(address, size);
      if (address % 8 === 4) return held;
      held = load(address + 4, size);
      return load(address, size);
    },
    store(view, index, value) {
      const size = view.BYTES_PER_ELEMENT;
      const address = view.byteOffset + index * size;
      if (size === 8 || halfOrder === "low-high") {
        store(address, value);
      } else if (address % 8 === 0) {
        held = value;
      } else {
        store(address, value);
        store(address - 4, held);
      }
      return value;
    },
  };
}

function placeName(address: number, size: number): string {
  const field = address < ControlPage.auxTail ? "head" : "tail";
  if (size === 8) return field;
  return `${field} ${address % 8 === 0 ? "low" : "high"}`;
}

function withAtomics<T>(replacement: AtomicAccess, call: () => T): T {
  const { load, store } = Atomics;
  Object.assign(Atomics, replacement);
  try {
    return call();
  } finally {
    Object.assign(Atomics, { load, store });
  }
}
