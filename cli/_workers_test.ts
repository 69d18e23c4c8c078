import { assertEquals, assertRejects } from "@std/assert";
import { WorkerPool } from "./_workers.ts";

/** Replies with the task times the factor of the setup, the later the larger the task. */
const MULTIPLIER = `
  let factor;
  self.onmessage = ({ data }) => {
    if (factor === undefined) {
      factor = data;
    } else {
      for (const end = performance.now() + data; performance.now() < end;);
      self.postMessage(data * factor);
    }
  };
`;

Deno.test("WorkerPool yields replies in the order of the jobs", async () => {
  using pool = new WorkerPool<number, number>(MULTIPLIER, {
    count: 2,
    setup: 10,
    here: (task) => task * 10,
  });
  const jobs = [30, 1, 5, 2, 20, 0, 1, 7, 0];
  const replies = await Array.fromAsync(pool.run(jobs, (job) => job), ({ reply }) => reply);
  assertEquals(replies, jobs.map((job) => job * 10));
});

Deno.test("WorkerPool yields jobs without a task in their place", async () => {
  using pool = new WorkerPool<number, number>(MULTIPLIER, {
    count: 2,
    setup: 2,
    here: (task) => task * 2,
  });
  const run = pool.run(["9", "here", "1"], (job) => job === "here" ? null : Number(job));
  assertEquals(await Array.fromAsync(run), [
    { job: "9", reply: 18 },
    { job: "here", reply: null },
    { job: "1", reply: 2 },
  ]);
});

Deno.test("WorkerPool asks for no more than two jobs for each worker and two more", async () => {
  for (const count of [1, 2, 3]) {
    using pool = new WorkerPool<number, number>(MULTIPLIER, {
      count,
      setup: 1,
      here: (task) => task,
    });
    let asked = 0;
    let taken = 0;
    let most = 0;
    const jobs = function* () {
      for (; asked < 30; asked++) yield 0;
    };
    for await (const _ of pool.run(jobs(), (job) => job)) {
      most = Math.max(most, asked + 1 - taken);
      taken++;
      if (taken === 5) await new Promise((resolve) => setTimeout(resolve, 20)); // a slow consumer
    }
    assertEquals([taken, most], [30, 2 * count + 2]);
  }
});

Deno.test("WorkerPool ends its workers and the jobs when it is left early", async () => {
  let isClosed = false;
  const jobs = function* () {
    try {
      for (;;) yield 0;
    } finally {
      isClosed = true;
    }
  };
  {
    using pool = new WorkerPool<number, number>(MULTIPLIER, {
      count: 2,
      setup: 1,
      here: (task) => task,
    });
    for await (const _ of pool.run(jobs(), (job) => job)) break;
  }
  assertEquals(isClosed, true);
});

Deno.test("WorkerPool ends workers that are busy", async () => {
  const start = performance.now();
  {
    using pool = new WorkerPool<number, number>(MULTIPLIER, {
      count: 2,
      setup: 1,
      here: (task) => task,
    });
    for await (const _ of pool.run([1, 60_000, 60_000, 60_000], (job) => job)) break;
  }
  assertEquals(performance.now() - start < 30_000, true);
});

Deno.test("WorkerPool rejects when a worker throws, wherever it does", async () => {
  const failing = (source: string) => async () => {
    using pool = new WorkerPool<number, number>(source, {
      count: 2,
      setup: 0,
      here: (task) => task,
    });
    await Array.fromAsync(pool.run([1, 2, 3, 4, 5, 6, 7, 8], (job) => job));
  };
  const third =
    "self.onmessage = ({ data }) => { if (data > 2) null.x; if (data) postMessage(1); };";
  for (const source of ["throw new TypeError('at the start')", "not a program {", third]) {
    await assertRejects(failing(source), Error, "A worker failed: ");
  }
});

Deno.test("WorkerPool does tasks here while the workers have enough to do", async () => {
  const echo = "self.onmessage = ({ data }) => { if (data > 0) postMessage('worker'); };";
  using pool = new WorkerPool<number, string>(echo, { count: 1, setup: 0, here: () => "here" });
  const replies = await Array.fromAsync(pool.run([1, 2, 3, 4], (job) => job), ({ reply }) => reply);
  assertEquals(replies, ["worker", "worker", "here", "here"]);
});
