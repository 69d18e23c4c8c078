import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { kernelFiles } from "../live/mod.ts";
import { oracleTest } from "../testing/corpus.ts";
import { callCli } from "../testing/call_cli.ts";
import { type CliRun, runCli } from "../testing/run_cli.ts";

const LIVE = ["--allow-read", "--allow-ffi", "--allow-run=sh"];
const root = new URL("..", import.meta.url);

function watch(args: readonly string[], permissions = LIVE): Promise<CliRun> {
  return runCli(["watch", ...args], { permissions });
}

interface Ring {
  readonly ring: number;
  readonly cpu: number | null;
  readonly tid: number | null;
  readonly data: { head: string; tail: string; size: number; over32Bits: boolean };
  readonly aux: unknown;
}

interface Tick {
  readonly schema: string;
  readonly tick: number;
  readonly seconds: number;
  readonly rings: readonly Ring[];
}

function ticksOf(stdout: string): Tick[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

const isTickOfCpuClock = ({ schema, rings }: Tick) =>
  schema === "auxtail.watch/1" && rings.every(({ aux }) => aux === null);

oracleTest(
  "watch prints a line of JSON per tick, and ends after --ticks",
  ["perf events"],
  async () => {
    const args = ["-a", "-m", "64K", "--interval", "0.2", "--ticks", "3"];
    const { code, stdout, stderr } = await watch(args);
    assertEquals([code, stderr], [0, ""]);
    const ticks = ticksOf(stdout);
    assertEquals(ticks.map(({ tick }) => tick), [1, 2, 3]);
    assert(ticks.every(isTickOfCpuClock));
    assert(ticks.every(({ tick, seconds }) => seconds > 0.2 * tick - 0.01));
    const online = kernelFiles.text("/proc/stat")!.match(/(?<=^cpu)\d+/gm)!.map(Number);
    for (const { rings } of ticks) {
      assertEquals(
        rings.map(({ ring, cpu, tid, data }) => [ring, cpu, tid, data.size]),
        online.map((cpu, ring) => [ring, cpu, null, 65536]),
      );
    }
    // Positions move on, and a tail is at most a ring before its head.
    ticks[0]!.rings.forEach((_, index) => {
      const positions = ticks.flatMap(({ rings }) => {
        const { head, tail, over32Bits } = rings[index]!.data;
        assertMatch(head, /^0x[0-9a-f]+$/);
        assert(BigInt(head) - BigInt(tail) <= 65536n);
        assertEquals(over32Bits, false);
        return [BigInt(tail), BigInt(head)];
      });
      assertEquals(positions, positions.toSorted((a, b) => a < b ? -1 : a > b ? 1 : 0));
    });
  },
);

oracleTest(
  "watch ends with its command, whose output stays out of its lines",
  ["perf events"],
  async () => {
    const args = ["--interval", "60", "--", "echo", "of the command"];
    const { code, stdout, stderr } = await watch(args);
    const [tick, ...more] = stdout.trimEnd().split("\n");
    assertEquals([code, stderr, more], [0, "of the command\n", []]);
    assert(isTickOfCpuClock(JSON.parse(tick!)));
    assert(JSON.parse(tick!).rings.every(({ tid }: Ring) => tid !== null));
  },
);

oracleTest("watch ends its command after --ticks", ["perf events"], async () => {
  // The command has this call's standard error, so that the call ends after the command only.
  const forever = ["tail", "-f", "/dev/null"];
  const { code, stderr } = await watch(["--interval", "0.2", "--ticks", "1", "--", ...forever]);
  assertEquals([code, stderr], [0, ""]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  oracleTest(`watch ends at ${signal} with a last line`, ["perf events"], async () => {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...LIVE, "cli/main.ts", "watch", "-a", "--interval", "0.5"],
      cwd: root,
      stdout: "piped",
    }).spawn();
    const reader = process.stdout.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    process.kill(signal);
    let text = first;
    for (let read; !(read = await reader.read()).done;) {
      text += new TextDecoder().decode(read.value);
    }
    assertEquals((await process.status).code, 0);
    const ticks = ticksOf(text);
    const last = ticks.at(-1)!;
    assertEquals(ticks.map(({ tick }) => tick), ticks.map((_, i) => i + 1));
    assert(last.tick > 1 && last.seconds < 0.5 * last.tick, `${last.seconds} s`); // before it was due
  });
}

oracleTest("watch draws a table with a row for each ring", ["perf events"], async () => {
  const { stdout } = await watch(["-C", "0", "--interval", "0.2", "--ticks", "1", "-f", "table"]);
  const [time, heading, row, ...more] = stdout.split("\n");
  assertMatch(time!, /^\d+\.\d s$/);
  assertEquals(
    heading!.split(/ +/),
    ["ring", "area", "cpu", "tid", "head", "tail", "rate", "headroom", "left", "lost", "data_head"],
  );
  assertMatch(row!, /^ +0 +data +0 +- +0x[0-9a-f]+ +0x[0-9a-f]+ +\d.*B\/s +- +- +0 +0x[0-9a-f]+$/);
  assertEquals(more, [""]);
});

oracleTest("watch draws its table again in place on a terminal", ["perf events"], async () => {
  const command = [Deno.execPath(), "run", "--no-prompt", ...LIVE, "cli/main.ts", "watch"];
  const args = ["-C", "0", "--interval", "0.2", "--ticks", "2", "--color", "never"];
  const shell = `stty cols 120 rows 20; ${[...command, ...args].join(" ")}`;
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", shell, "/dev/null"],
    cwd: root,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const drawn = text.slice(text.search(/\d+\.\d s/)).split("\x1b[3F");
  assertEquals(drawn.length, 2);
  for (const table of drawn) {
    const lines = table.split("\x1b[K\r\n");
    assertEquals([lines.length, lines.at(-1)], [4, "\x1b[J"]);
    assertStringIncludes(lines[1]!, "headroom");
  }
});

oracleTest("watch names the task that is not there", ["perf events"], async () => {
  const { code, stdout, stderr } = await watch(["-p", "4194305"]);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^auxtail: .*ESRCH.*4194305.*\n$/);
});

Deno.test("watch says which permission is missing", async () => {
  const { code, stdout, stderr } = await watch(["-a", "--ticks", "1"], ["--allow-read"]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "--allow-ffi");
  assertEquals(stderr.split("\n").length, 2);
});

Deno.test("watch rejects a wrong command line before it opens anything", async () => {
  const cases: [string[], string][] = [
    [["--interval", "0"], 'Option "--interval" takes seconds above 0'],
    [["--warn-at", "0"], 'Option "--warn-at" takes a percentage above 0 and up to 100, got 0'],
    [["--ticks", "0"], 'Option "--ticks" takes a number above 0'],
    [["-p", "1", "--", "true"], "A command excludes --pid and --tid"],
    [["-m", "none"], 'Option "--mmap" takes'],
    [["--accessor", "arm"], "accessor"],
    [["-f", "json"], "format"],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await callCli(["watch", ...args]);
    assertEquals([args, code, stdout], [args, 2, ""]);
    assertStringIncludes(stderr, message);
  }
});
