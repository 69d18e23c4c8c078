import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { WorkerPool, type WorkerPoolOptions } from "./_workers.ts";

/**
 * Waits until as many tasks are done as the task says, and replies with its name and the setup's: the
 * tasks of all workers are counted in memory that they share.
 */
const WAITER = `
  let done, setup;
  self.onmessage = ({ data }) => {
    if (done === undefined) {
      ({ done, setup } = data);
    } else {
      for (let n; (n = Atomics.load(done, 0)) < data.after;) Atomics.wait(done, 0, n);
      Atomics.add(done, 0, 1);
      Atomics.notify(done, 0);
      self.postMessage(setup + data.name);
    }
  };
`;

interface WaitingTask {
  readonly name: string;
  /** How many tasks have to be done before. */
  readonly after: number;
}

function waiters<Task = WaitingTask>(
  options: Partial<WorkerPoolOptions<Task, string>> = {},
): WorkerPool<Task, string> {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const setup = { done, setup: "did " };
  return new WorkerPool(WAITER, { count: 2, tasksEach: 2, mostJobs: 6, setup, ...options });
}

Deno.test("WorkerPool yields replies in the order of the jobs, however late the first are", async () => {
  // Two workers: the first has a and c, the second b and d; a ends last but one.
  using pool = waiters();
  const jobs = [["a", 2], ["b", 0], ["c", 3], ["d", 1]] as const;
  const run = pool.run(jobs, ([name, after]) => ({ name, after }));
  const replies = await Array.fromAsync(run, ({ job: [name], reply }) => [name, reply]);
  assertEquals(replies, jobs.map(([name]) => [name, `did ${name}`]));
});

Deno.test("WorkerPool yields jobs without a task in their place", async () => {
  using pool = waiters();
  const jobs = ["a", "none", "b"];
  const run = pool.run(jobs, (name) => name === "none" ? null : { name, after: 0 });
  assertEquals(await Array.fromAsync(run), [
    { job: "a", reply: "did a" },
    { job: "none", reply: null },
    { job: "b", reply: "did b" },
  ]);
});

Deno.test("WorkerPool asks for a job only when there is room for it", async () => {
  for (const mostJobs of [1, 2, 5]) {
    using pool = waiters({ mostJobs, here: ({ name }) => name });
    let asked = 0;
    let taken = 0;
    const waiting: number[] = [];
    const jobs = function* () {
      for (; asked < 12; asked++) yield asked;
    };
    for await (const _ of pool.run(jobs(), () => ({ name: "", after: 0 }))) {
      waiting.push(asked + 1 - taken++);
    }
    const full = Array.from({ length: 13 - mostJobs }, () => mostJobs);
    assertEquals(waiting.slice(0, full.length), full);
    assertEquals(taken, 12);
  }
});

Deno.test("WorkerPool ends its workers and the jobs when it is left early, busy or not", async () => {
  let isClosed = false;
  const jobs = function* () {
    try {
      yield 0;
      for (;;) yield Infinity; // those never end by themselves
    } finally {
      isClosed = true;
    }
  };
  {
    using pool = waiters({ here: () => "" });
    for await (const _ of pool.run(jobs(), (after) => ({ name: "", after }))) break;
  }
  assertEquals(isClosed, true);
});

/** Fails at the task "bad"; else replies. */
const FRAGILE = `
  self.onmessage = () => {
    self.onmessage = ({ data }) => {
      if (data === "bad") throw new Error("out of luck");
      self.postMessage("did " + data);
    };
  };
`;

Deno.test("WorkerPool rejects when a worker throws, wherever it does", async () => {
  const options = { count: 2, tasksEach: 2, mostJobs: 6, setup: 0 };
  for (const source of ["throw new TypeError('at the start')", "not a program {", FRAGILE]) {
    for (const here of [undefined, () => "here"]) {
      using pool = new WorkerPool<string, string>(source, { ...options, ...(here && { here }) });
      const run = pool.run(["a", "bad", "b", "c", "d", "e", "f", "g"], (name) => name);
      await assertRejects(() => Array.fromAsync(run), Error, "A worker failed: ");
    }
  }
});

Deno.test("WorkerPool replies for tasks whose worker failed, and starts another one for the next", async () => {
  const failed = (name: string, reason: string) => `${name} failed: ${reason}`;
  const options = { tasksEach: 1, mostJobs: 16, setup: 0, failed };
  const names = ["bad", "a", "bad", "b", "bad", "bad", "c"];
  for (const count of [1, 8]) {
    using pool = new WorkerPool<string, string>(FRAGILE, { ...options, count });
    const run = pool.run(names, (name) => name);
    const replies = await Array.fromAsync(run, ({ reply }) => reply!);
    for (const [i, name] of names.entries()) {
      assertStringIncludes(replies[i]!, name === "bad" ? "bad failed: " : `did ${name}`);
    }
  }
});

Deno.test("WorkerPool does tasks here while the workers have enough to do", async () => {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const here = ({ name }: WaitingTask) => {
    Atomics.add(done, 0, 1);
    Atomics.notify(done, 0);
    return `here ${name}`;
  };
  for (const [tasksEach, own] of [[1, 3], [2, 2]] as const) {
    Atomics.store(done, 0, 0);
    const setup = { done, setup: "did " };
    using pool = waiters({ count: 1, tasksEach, setup, here });
    // The worker waits for all that are done here, so it has no room before.
    const run = pool.run(["a", "b", "c", "d"], (name) => ({ name, after: own }));
    const expected = ["a", "b", "c", "d"].map((name, i) =>
      i < tasksEach ? `did ${name}` : `here ${name}`
    );
    assertEquals(await Array.fromAsync(run, ({ reply }) => reply), expected);
  }
});

Deno.test("WorkerPool lets tasks wait for a free worker where this thread does none", async () => {
  using pool = waiters({ count: 1, tasksEach: 1 });
  const jobs = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const run = pool.run(jobs, (name) => ({ name, after: jobs.indexOf(name) }));
  assertEquals(await Array.fromAsync(run, ({ reply }) => reply), jobs.map((name) => `did ${name}`));
});

Deno.test("WorkerPool yields what is done while it begins jobs, and holds only so many bytes", async () => {
  const mostHeld = { bytes: 100, sizeOf: () => 60 };
  for (
    const [first, held] of [
      [0, 1], // done at once
      [3, 3], // when three others are, of which two are more than may wait
    ] as const
  ) {
    using pool = waiters({ tasksEach: 1, mostJobs: Infinity, mostHeld });
    let asked = 0;
    const jobs = function* () {
      for (; asked < 8; asked++) yield asked;
    };
    const run = pool.run(jobs(), (n) => ({ name: `${n}`, after: n === 0 ? first : 0 }));
    const { value } = await run.next();
    assertEquals(value, { job: 0, reply: "did 0" });
    assertEquals(asked >= held && asked < 6, true, `${asked} asked for`);
    assertEquals((await Array.fromAsync(run)).map(({ job }) => job), [1, 2, 3, 4, 5, 6, 7]);
  }
});
