import { assertEquals } from "@std/assert";
import { nativeAuxPointers } from "../auxtrace/accessors.ts";
import { ControlPage } from "../auxtrace/control_page.ts";
import { snapshotFinder } from "../auxtrace/snapshot.ts";
import { AuxRing } from "./aux_ring.ts";
import type { AuxEvent } from "./restarts.ts";
import type { Waiter } from "./waiter.ts";

const SIZE = 64;
const AGAIN_MS = 500;

/**
 * A kernel with an AUX ring of 64 bytes. Its events write until the ring is full, and then stay
 * active but silent, as those of 6.12: they write again after DISABLE and ENABLE only.
 */
class StallingKernel implements Disposable {
  /** What the reader asked for, in order: number of the event, `-` or `+`. */
  readonly calls: string[] = [];
  readonly events: StallingEvent[] = [];
  readonly aux: AuxRing;
  readonly #positions: BigUint64Array;
  readonly #isSnapshot: boolean;
  readonly #stack = new DisposableStack();
  #ms = 1000;

  constructor(
    { mode = "full", events = 1, waiter }: {
      mode?: "full" | "snapshot";
      events?: number;
      waiter?: Pick<Waiter, "wait">;
    } = {},
  ) {
    const { now } = performance;
    this.#stack.defer(() => performance.now = now);
    performance.now = () => this.#ms;
    const page = new ArrayBuffer(4096);
    const ring = new Uint8Array(SIZE);
    this.#positions = new BigUint64Array(page, ControlPage.auxHead, 2);
    this.#isSnapshot = mode === "snapshot";
    for (let index = 0; index < events; index++) {
      this.events.push(new StallingEvent(this.calls, `${index}`));
    }
    this.aux = this.#stack.use(
      new AuxRing({
        page,
        ring,
        pointers: nativeAuxPointers(page),
        event: this.events[0]!,
        ...(waiter && { waiter: waiter as Waiter }),
        ...(mode === "snapshot" && { finder: snapshotFinder("other", { ring }) }),
        close() {},
      }),
    );
    for (const event of this.events.slice(1)) this.aux.share(event);
  }

  get head(): bigint {
    return this.#positions[0]!;
  }

  /** Time goes by, and event `index` has up to `size` bytes; returns whether the ring is full now. */
  write(size: number, { ms = 1, index = 0 } = {}): boolean {
    this.#ms += ms;
    const [head, tail] = this.#positions as unknown as [bigint, bigint];
    if (!this.events[index]!.writes) return false;
    const room = this.#isSnapshot ? size : SIZE - Number(head - tail);
    this.#positions[0] = head + BigInt(Math.min(size, room));
    if (size < room) return false;
    for (const event of this.events) event.writes = false;
    return true;
  }

  /** Fills the ring; the reader reads the record that says so. */
  fill(): void {
    assertEquals(this.write(this.#isSnapshot ? 8 : SIZE), true);
    this.aux.noteTruncated();
  }

  sleep(ms: number): void {
    this.#ms += ms;
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

class StallingEvent implements AuxEvent {
  enabled = true;
  writes = true;
  /** How many restarts a pending disabling undoes. */
  undone = 0;
  readonly #calls: string[];
  readonly #name: string;

  constructor(calls: string[], name: string) {
    this.#calls = calls;
    this.#name = name;
  }

  enable(): void {
    this.#calls.push(`${this.#name}+`);
    if (!this.enabled) this.writes = this.undone-- <= 0;
    this.enabled = true;
  }

  disable(): void {
    this.#calls.push(`${this.#name}-`);
    this.enabled = false;
    this.writes = false;
  }
}

const drop = () => {};

Deno.test("AuxRing restarts an event that was full, after it has made room", () => {
  using kernel = new StallingKernel();
  const { aux, calls } = kernel;
  kernel.fill();
  aux.drain(() => assertEquals([calls, kernel.head - aux.tail], [[], 64n]));
  assertEquals([calls, aux.restarts, aux.silent], [["0-", "0+"], 1, false]);
  kernel.write(8);
  assertEquals([aux.drain(drop), aux.tail, aux.bytesRead], [8, 72n, 72]);
});

Deno.test("AuxRing does not get such an event to write by ENABLE alone", () => {
  using kernel = new StallingKernel();
  const { aux, calls } = kernel;
  kernel.write(SIZE);
  aux.drain(drop);
  for (let turn = 0; turn < 10; turn++) {
    kernel.write(8, { ms: AGAIN_MS });
    assertEquals(aux.drain(drop), 0);
  }
  assertEquals([new Set(calls), aux.restarts, aux.silent], [new Set(["0+"]), 0, false]);
});

Deno.test("AuxRing restarts an event that was full each time that a record says so, at once", () => {
  using kernel = new StallingKernel();
  for (let round = 1; round <= 30; round++) {
    kernel.fill();
    assertEquals([kernel.aux.drain(drop), kernel.aux.restarts], [SIZE, round]);
  }
});

Deno.test("AuxRing restarts where the record is read when the ring is empty", () => {
  using kernel = new StallingKernel();
  kernel.write(SIZE);
  kernel.aux.drain(drop);
  kernel.aux.noteTruncated();
  assertEquals(kernel.aux.tend(), AGAIN_MS);
  assertEquals([kernel.aux.restarts, kernel.write(8), kernel.head], [1, false, 72n]);
});

Deno.test("AuxRing restarts again, once per poll timeout, while the head does not move", () => {
  using kernel = new StallingKernel();
  const { aux, events: [event] } = kernel;
  event!.undone = 3;
  kernel.fill();
  aux.drain(drop);
  const restarts: number[] = [];
  for (let turn = 0; turn < 20; turn++) {
    kernel.write(8, { ms: 100 });
    for (let time = 0; time < 3; time++) aux.drain(drop);
    restarts.push(aux.restarts);
  }
  const at = [1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4];
  assertEquals(restarts, [...at, 4, 4, 4, 4, 4]);
  assertEquals([aux.bytesRead, aux.silent], [SIZE + 5 * 8, false]);
});

Deno.test("AuxRing restarts ten times and no more, says that it is silent, and when it is not", () => {
  using kernel = new StallingKernel();
  const { aux, events: [event] } = kernel;
  event!.undone = Infinity;
  kernel.fill();
  aux.drain(drop);
  const seen: [number, boolean][] = [];
  for (let turn = 0; turn < 30; turn++) {
    kernel.sleep(AGAIN_MS);
    aux.drain(drop);
    seen.push([aux.restarts, aux.silent]);
  }
  assertEquals(seen.slice(0, 11), [
    ...Array.from({ length: 9 }, (_, turn): [number, boolean] => [turn + 2, false]),
    [10, true],
    [10, true],
  ]);
  assertEquals([seen.at(-1), aux.tend()], [[10, true], Infinity]);
  event!.undone = 0;
  event!.writes = true;
  kernel.write(8);
  assertEquals([aux.drain(drop), aux.restarts, aux.silent], [8, 10, false]);
  kernel.fill();
  aux.drain(drop);
  assertEquals([aux.restarts, aux.silent], [11, false]);
});

Deno.test("AuxRing counts on no progress where every restart ends in a TRUNCATED record of 0 bytes", () => {
  using kernel = new StallingKernel();
  const { aux, events: [event] } = kernel;
  event!.undone = Infinity;
  kernel.fill();
  aux.drain(drop);
  for (let ms = 0; ms < 20 * AGAIN_MS; ms += 10) {
    kernel.sleep(10);
    aux.noteTruncated();
    aux.drain(drop);
    aux.tend();
  }
  assertEquals([aux.restarts, aux.silent], [10, true]);
});

Deno.test("AuxRing does not take what an event had left when it was disabled for new data", () => {
  using kernel = new StallingKernel();
  const { aux, events: [event] } = kernel;
  const { disable } = event!;
  let flushes = 1;
  event!.disable = function () {
    this.writes = flushes-- > 0;
    kernel.write(8, { ms: 0 });
    disable.call(this);
  };
  event!.undone = 1;
  kernel.fill();
  aux.drain(drop);
  assertEquals([kernel.head, aux.drain(drop)], [72n, 8]);
  kernel.sleep(AGAIN_MS);
  aux.drain(drop);
  assertEquals([aux.restarts, aux.bytesRead], [2, 72]);
});

Deno.test("AuxRing restarts all events of its ring, disabled together, and none that is off", () => {
  using kernel = new StallingKernel({ events: 4 });
  const { aux, calls, events } = kernel;
  events[2]!.enabled = false;
  kernel.fill();
  aux.drain(drop);
  assertEquals(calls, ["0-", "1-", "3-", "0+", "1+", "3+"]);
  assertEquals([aux.restarts, events.map(({ writes }) => writes)], [1, [true, true, false, true]]);
});

Deno.test("AuxRing restarts nothing while its events are paused by their owner", () => {
  using kernel = new StallingKernel();
  const { aux, events: [event] } = kernel;
  kernel.fill();
  event!.disable();
  for (let turn = 0; turn < 20; turn++) {
    aux.drain(drop);
    assertEquals(aux.tend(), Infinity);
    kernel.sleep(AGAIN_MS);
  }
  assertEquals([aux.restarts, aux.silent, event!.enabled], [0, false, false]);
  event!.enable();
  aux.drain(drop);
  assertEquals([aux.restarts, event!.writes], [1, true]);
});

Deno.test("AuxRing stops to restart when its events are paused between two restarts", () => {
  using kernel = new StallingKernel();
  const { aux, events: [event] } = kernel;
  event!.undone = Infinity;
  kernel.fill();
  aux.drain(drop);
  event!.disable();
  kernel.sleep(20 * AGAIN_MS);
  aux.drain(drop);
  assertEquals([aux.tend(), aux.restarts, aux.silent], [Infinity, 1, false]);
});

Deno.test("AuxRing restarts nothing while a snapshot is taken, which is a restart itself", () => {
  using kernel = new StallingKernel({ mode: "snapshot" });
  const { aux, calls, events: [event] } = kernel;
  kernel.fill();
  aux.snapshot(() => {
    aux.noteTruncated();
    assertEquals(aux.snapshot(drop), 0);
    kernel.sleep(AGAIN_MS);
    assertEquals([aux.tend(), calls], [Infinity, ["0-"]]);
  });
  assertEquals([calls, event!.writes, aux.restarts], [["0-", "0+"], true, 0]);
});

Deno.test("AuxRing restarts the event of a snapshot ring between snapshots", () => {
  using kernel = new StallingKernel({ mode: "snapshot" });
  const { aux, calls, events: [event] } = kernel;
  event!.undone = 1;
  kernel.fill();
  assertEquals([aux.tend(), calls], [AGAIN_MS, ["0-", "0+"]]);
  kernel.sleep(AGAIN_MS - 1);
  assertEquals([aux.tend(), aux.restarts], [1, 1]);
  kernel.sleep(1);
  assertEquals([aux.tend(), aux.restarts, event!.writes], [AGAIN_MS, 2, true]);
  kernel.write(4);
  assertEquals([aux.tend(), aux.snapshot(drop)], [Infinity, 12]);
});

Deno.test("AuxRing whose trace others pause is restarted once per record, and never silent", () => {
  using kernel = new StallingKernel();
  const { aux, events: [event] } = kernel;
  aux.mayPause();
  event!.undone = Infinity;
  kernel.fill();
  aux.drain(drop);
  for (let turn = 0; turn < 20; turn++) {
    kernel.sleep(AGAIN_MS);
    aux.drain(drop);
    assertEquals([aux.restarts, aux.silent], [1, false]);
  }
});

Deno.test("AuxRing restarts nothing after it is closed", () => {
  using kernel = new StallingKernel();
  const { aux, calls } = kernel;
  kernel.fill();
  aux.drain(() => aux[Symbol.dispose]());
  assertEquals([aux.tend(), aux.restarts, calls], [Infinity, 0, []]);
});

Deno.test("AuxRing.wait() restarts in turns, without an end of the wait", async () => {
  const timeouts: (number | undefined)[] = [];
  const waiter = {
    wait({ timeoutMs }: { timeoutMs?: number } = {}) {
      timeouts.push(timeoutMs);
      kernel.write(8, { ms: timeoutMs ?? 1e6 });
      return Promise.resolve("timeout" as const);
    },
    nudge() {},
  };
  using kernel = new StallingKernel({ waiter });
  const { aux, events: [event] } = kernel;
  event!.undone = 2;
  kernel.write(SIZE);
  aux.drain(drop);
  aux.noteTruncated();
  assertEquals(await aux.wait(), "data");
  assertEquals([timeouts, aux.restarts], [[AGAIN_MS, AGAIN_MS, AGAIN_MS, undefined], 3]);
});
