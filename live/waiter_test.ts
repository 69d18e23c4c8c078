import { assertEquals, assertRejects } from "@std/assert";
import { libc } from "./_libc.ts";
import { type WaitEnd, Waiter, waitForData } from "./waiter.ts";

const EFD_NONBLOCK = 0o4000;

/** An open file that has data when its counter is not 0. */
function counter(value: number): number {
  return libc().eventfd(value, EFD_NONBLOCK);
}

/** The ends of a pipe, of which the one to read hangs up when the other is closed. */
function pipe(): [read: number, write: number] {
  const functions = Deno.dlopen("libc.so.6", {
    pipe: { parameters: ["buffer"], result: "i32" },
  });
  const fds = new Int32Array(2);
  functions.symbols.pipe(fds);
  functions.close();
  return [fds[0]!, fds[1]!];
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) libc().close(fd);
}

Deno.test("Waiter.wait() ends by data of any file, or by time", async () => {
  const fds = [counter(0), counter(0)];
  const waiter = new Waiter(fds);
  assertEquals(await waiter.wait({ timeoutMs: 0 }), "timeout");
  assertEquals(await waiter.wait({ timeoutMs: 0.5 }), "timeout");
  libc().write(fds[1]!, new BigUint64Array([1n]), 8n);
  assertEquals(await waiter.wait(), "data");
  assertEquals(await waiter.wait({ timeoutMs: 2 ** 40 }), "data");
  assertEquals(await new Waiter(fds.slice(0, 1)).wait({ timeoutMs: 0 }), "timeout");
  for (const timeoutMs of [-1, NaN]) {
    await assertRejects(() => waiter.wait({ timeoutMs }), RangeError, `${timeoutMs} ms`);
  }
  closeAll(fds);
});

Deno.test("Waiter.waitHere() tells data of any file from time and from tasks that have ended", () => {
  const [fds, ended] = [[counter(0), counter(0)], pipe()];
  const waiter = new Waiter(fds);
  assertEquals([waiter.waitHere(0), waiter.waitHere(1)], [false, false]);
  libc().write(fds[1]!, new BigUint64Array([1n]), 8n);
  assertEquals([waiter.waitHere(0), waiter.waitHere(2 ** 31 - 1)], [true, true]);
  libc().close(ended[1]);
  assertEquals(new Waiter([...fds, ended[0]]).waitHere(2 ** 31 - 1), false);
  closeAll([...fds, ended[0]]);
});

Deno.test("Waiter.wait() takes files whose tasks have ended for data once, and all of them for the end", async () => {
  const [one, other] = [pipe(), pipe()];
  const waiter = new Waiter([one[0], other[0]]);
  libc().close(one[1]);
  assertEquals(await waiter.wait(), "data");
  assertEquals(await waiter.wait({ timeoutMs: 0 }), "timeout");
  libc().close(other[1]);
  assertEquals(await waiter.wait(), "exited");
  assertEquals(await waiter.wait(), "exited");
  closeAll([one[0], other[0]]);
});

Deno.test("Waiter.wait() still hears of the others when one has ended", async () => {
  const [ended, other] = [pipe(), counter(1)];
  libc().close(ended[1]);
  const waiter = new Waiter([ended[0], other]);
  assertEquals([await waiter.wait(), await waiter.wait()], ["data", "data"]);
  closeAll([ended[0], other]);
});

Deno.test("Waiter.wait() ends for those who nudge, abort or close, and leaves nothing open", async () => {
  const fds = [counter(0)];
  // Only these block: the counters above and those of Deno do not. Deno lets only programs with all
  // permissions look at /proc/self/fd.
  const wakers = () => {
    const script = `grep -l eventfd-count /proc/${Deno.pid}/fdinfo/* | xargs grep -h ^flags:`;
    const { stdout } = new Deno.Command("sh", { args: ["-c", script] }).outputSync();
    const flags = new TextDecoder().decode(stdout).matchAll(/\d+$/gm);
    return flags.filter(([octal]) => (parseInt(octal, 8) & EFD_NONBLOCK) === 0).toArray().length;
  };
  const before = wakers();
  const waiter = new Waiter(fds);
  const ends = (options = {}) => [waiter.wait(options), waiter.wait(options)];
  const nudged = ends();
  waiter.nudge();
  assertEquals(await Promise.all(nudged), ["data", "data"]);

  const controller = new AbortController();
  const aborted = ends({ signal: controller.signal });
  controller.abort();
  assertEquals(await Promise.all(aborted), ["aborted", "aborted"]);
  assertEquals(await waiter.wait({ signal: controller.signal }), "aborted");

  let closings = 0;
  const closed = ends({ signal: new AbortController().signal });
  waiter.close(() => closings++);
  assertEquals(closings, 0);
  assertEquals(await Promise.all(closed), ["closed", "closed"]);
  assertEquals([closings, await waiter.wait()], [1, "closed"]);
  // Those of a wait that a test before left to end may be closed meanwhile.
  assertEquals(wakers() <= before, true);
  closeAll(fds);
});

Deno.test("Waiter.close() does not wait where nobody waits", async () => {
  const waiter = new Waiter([]);
  let closings = 0;
  waiter.close(() => closings++);
  assertEquals([closings, await waiter.wait()], [1, "closed"]);
});

/** A waiter whose waits end as it is told, and which notes how long each was to be. */
function waiterOf(ends: readonly WaitEnd[]): { waiter: Waiter; timeouts: (number | undefined)[] } {
  const left = [...ends];
  const timeouts: (number | undefined)[] = [];
  const wait = ({ timeoutMs }: { timeoutMs?: number } = {}) => {
    timeouts.push(timeoutMs);
    return Promise.resolve(left.shift()!);
  };
  return { waiter: { wait } as unknown as Waiter, timeouts };
}

/** Answers as it is told, then nothing. */
function stateOf(...answers: ("data" | "closed" | null)[]): () => "data" | "closed" | null {
  return () => answers.shift() ?? null;
}

Deno.test("waitForData() waits again until there is data, and looks once more at the end", async () => {
  const none = waiterOf([]);
  assertEquals(await waitForData(none.waiter, stateOf("closed"), {}), "closed");
  assertEquals(none.timeouts, []);
  const again = waiterOf(["data", "data"]);
  assertEquals(await waitForData(again.waiter, stateOf(null, null, "data"), {}), "data");
  assertEquals(again.timeouts, [undefined, undefined]);
  for (const end of ["timeout", "aborted", "exited", "closed"] as const) {
    assertEquals(await waitForData(waiterOf([end]).waiter, stateOf(), {}), end);
    assertEquals(await waitForData(waiterOf([end]).waiter, stateOf(null, "data"), {}), "data");
  }
});

Deno.test("waitForData() never waits longer than it was told to, and not less than 0", async () => {
  const { waiter, timeouts } = waiterOf(["data", "timeout"]);
  assertEquals(await waitForData(waiter, stateOf(), { timeoutMs: 1e9 }), "timeout");
  const [first, second] = timeouts as [number, number];
  assertEquals([first <= 1e9, first > 9e8, second <= first, second > 9e8], new Array(4).fill(true));
  const zero = waiterOf(["data", "timeout"]);
  await waitForData(zero.waiter, stateOf(), { timeoutMs: 0 });
  assertEquals(zero.timeouts, [0, 0]);
});
