import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { AttrSpec } from "../encoders/attr_bytes.ts";
import { SampleType } from "../parsers/perf/abi.ts";
import { oracleTest } from "../testing/corpus.ts";
import { kernelFiles, observe, stoppedCommand, SyscallError } from "./mod.ts";
import { RingSession } from "./ring_session.ts";

const CLOCK: AttrSpec = {
  type: 1,
  samplePeriod: 1_000_000n,
  sampleType: SampleType.Identifier | SampleType.Tid,
  flags: ["disabled"],
};
/** Counts events only: Deno's threads open and close other files at any time. */
function openEvents(): number {
  const { stdout } = new Deno.Command("ls", { args: ["-l", `/proc/${Deno.pid}/fd`] }).outputSync();
  return new TextDecoder().decode(stdout).split("[perf_event]").length - 1;
}

oracleTest(
  "RingSession opens each event on each CPU, with a ring for each CPU",
  ["perf events"],
  () => {
    const events = [CLOCK, { ...CLOCK, config: 2n }].map((attr, leader) => ({
      attr,
      leader,
      cpus: null,
    }));
    using session = new RingSession(events, { cpus: [0, 1], tids: null }, { dataSize: 4096 });
    assertEquals(session.rings.map(({ index, cpu, tid }) => [index, cpu, tid]), [[0, 0, -1], [
      1,
      1,
      -1,
    ]]);
    assertEquals(session.opened.map(({ event, ring, cpu }) => [event, ring, cpu]), [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 1],
      [1, 1, 1],
    ]);
    assertEquals(new Set(session.opened.map(({ id }) => id)).size, 4);
  },
);

oracleTest("RingSession has rings for tasks where no CPU is named", ["perf events"], () => {
  const events = [{ attr: CLOCK, leader: 0, cpus: null }];
  using session = new RingSession(events, { cpus: null, tids: [Deno.pid] }, { dataSize: 4096 });
  assertEquals(session.rings.map(({ cpu, tid }) => [cpu, tid]), [[-1, Deno.pid]]);
});

oracleTest("RingSession leaves out CPUs that a PMU does not cover, and tasks that have ended", [
  "perf events",
], () => {
  const covered = [{ attr: CLOCK, leader: 0, cpus: [1] }];
  using one = new RingSession(covered, { cpus: [0, 1], tids: null }, { dataSize: 4096 });
  assertEquals(one.rings.map(({ index, cpu }) => [index, cpu]), [[0, 1]]);
  const all = [{ attr: CLOCK, leader: 0, cpus: null }];
  const gone = 2 ** 22 - 1;
  using two = new RingSession(all, { cpus: [0], tids: [gone, Deno.pid] }, { dataSize: 4096 });
  assertEquals(two.opened.map(({ tid }) => tid), [Deno.pid]);
});

oracleTest("RingSession leaves nothing open when it fails or ends", ["perf events"], () => {
  const before = openEvents();
  const events = [CLOCK, { type: 4242 }].map((attr, leader) => ({ attr, leader, cpus: null }));
  assertThrows(() => new RingSession(events, { cpus: [0, 1], tids: null }), SyscallError, "ENOENT");
  assertEquals(openEvents(), before);
  const session = new RingSession(events.slice(0, 1), { cpus: [0, 1], tids: null }, {
    dataSize: 4096,
  });
  assertEquals(openEvents(), before + 2);
  session[Symbol.dispose]();
  session[Symbol.dispose]();
  assertEquals(openEvents(), before);
});

oracleTest(
  "RingSession.wait() lasts until the last task has ended",
  ["perf events"],
  async () => {
    const start = performance.now();
    const [short, long] = ["0.1", "0.4"].map((seconds) =>
      new Deno.Command("sleep", { args: [seconds] }).spawn()
    ) as [Deno.ChildProcess, Deno.ChildProcess];
    const events = [{ attr: CLOCK, leader: 0, cpus: null }];
    const tids = [short.pid, long.pid];
    using session = new RingSession(events, { cpus: [0, 1], tids }, { dataSize: 4096 });
    while (await session.wait() !== "exited");
    assert(performance.now() - start >= 400);
    await Promise.all([short.status, long.status]);
  },
);

oracleTest("RingSession leaves out a group whose leader is not on a CPU", ["perf events"], () => {
  const member = { ...CLOCK, flags: [] };
  const events = [
    { attr: CLOCK, leader: 0, cpus: null },
    { attr: CLOCK, leader: 1, cpus: [1] },
    { attr: member, leader: 1, cpus: null },
  ];
  using session = new RingSession(events, { cpus: [0, 1], tids: null }, { dataSize: 4096 });
  assertEquals(session.opened.map(({ event, cpu }) => [event, cpu]), [[0, 0], [0, 1], [1, 1], [
    2,
    1,
  ]]);
});

oracleTest("RingSession.wait() ends when it is closed", ["perf events"], async () => {
  const events = [{ attr: CLOCK, leader: 0, cpus: null }];
  const session = new RingSession(events, { cpus: [0], tids: null }, { dataSize: 4096 });
  setTimeout(() => session[Symbol.dispose](), 5);
  assertEquals(await session.wait(), "closed");
  assertEquals(await session.wait(), "closed");
});

oracleTest(
  "stoppedCommand() stops before the program, which starts the events",
  ["perf events"],
  async () => {
    using command = await stoppedCommand(["/bin/true"]);
    assertEquals(kernelFiles.text(`/proc/${command.pid}/comm`), "sh");
    using observation = observe({
      events: ["page-faults:u"],
      period: 1n,
      target: { command: command.pid },
    });
    observation.start();
    assertEquals(
      observation.session.rings.map(({ data }) => data.head),
      observation.cpus!.map(() => 0n),
    );
    command.start();
    assertEquals((await command.status).code, 0);
    let execs = 0;
    for (const { data } of observation.session.rings) {
      for (const record of data.records()) {
        if (record.type === "comm" && record.comm === "true") execs++;
      }
    }
    assertEquals(execs, 1);
  },
);

Deno.test("stoppedCommand() ends a command that was never let start", async () => {
  const command = await stoppedCommand(["sh", "-c", "echo never"]);
  command[Symbol.dispose]();
  assertEquals((await command.status).signal, "SIGKILL");
  command.kill("SIGTERM");
});

Deno.test("StoppedCommand.hasEnded() says so without a turn of the event loop, and after", async () => {
  using command = await stoppedCommand(["true"]);
  assertEquals(command.hasEnded(), false);
  command.start();
  const moment = new Int32Array(new SharedArrayBuffer(4));
  while (!command.hasEnded()) Atomics.wait(moment, 0, 0, 1);
  assertEquals((await command.status).code, 0);
  assertEquals(command.hasEnded(), true);
});

Deno.test("stoppedCommand() refuses programs that are not there", async () => {
  for (const name of ["no-such-program", "", "/etc/passwd"]) {
    await assertRejects(() => stoppedCommand([name]), Deno.errors.NotFound, "Cannot run");
  }
});
