import { assert, assertEquals, assertMatch } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { AuxFlag, auxtraceInfo, AuxtraceType } from "../testing/perf_builder.ts";
import { randomNumbers } from "../testing/packet_pieces.ts";
import { ptPsb, ptTnt } from "../testing/pt_packets.ts";
import { ptTraps } from "../testing/pt_traps.ts";
import { callCli } from "../testing/call_cli.ts";
import { type CliRun, runCli } from "../testing/run_cli.ts";
import { speTimestamp } from "../testing/spe_packets.ts";
import type { PartBytes, PartTask } from "../packets/decode_part.ts";
import { EVERYTHING } from "../packets/packet_printer.ts";
import type { FormatFacts } from "../packets/mod.ts";
import { counter, type PrintedPart, printer, type PrintTask } from "./_packet_work.ts";
import packetWorkerSource from "./_packet_worker.js" with { type: "text" };
import { WorkerPool } from "./_workers.ts";

const FACTS: FormatFacts = {
  type: "intel_pt",
  info: null,
  hwIds: new Map(),
  time: null,
  byteOrder: "little",
  cpuid: null,
  records: false,
};

/** Three rings: one hard to cut, with losses; an empty one; one with few sync points. */
function recording(): Uint8Array {
  const file = new AuxRecording({ rings: [0, 1, 2].map((cpu) => ({ cpu, tid: 100 + cpu })) });
  const hard = ptTraps(randomNumbers(7), 100_000);
  for (let n = 1; n <= 40; n++) {
    const flags = n % 3 === 0 ? AuxFlag.Partial : n % 3 === 1 ? AuxFlag.Truncated : 0n;
    file.aux(0, { offset: 2_501n * BigInt(n - 1), size: 2_501, flags });
  }
  file.aux(2, { offset: 0n, size: 200_000, flags: AuxFlag.Truncated });
  file.chunk(0, { offset: 0n, payload: hard });
  file.chunk(0, { offset: BigInt(hard.length) + 0x1000n, payload: hard });
  file.chunk(1, { offset: 0n, payload: new Uint8Array() });
  file.chunk(2, { offset: 0n, payload: longTrace(400_000, [0, 90_000, 390_000]) });
  return file.round().bytes();
}

/** Branches, and sync points at some positions. */
function longTrace(size: number, syncPoints: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size).fill(ptTnt("TNTN")[0]!);
  for (const at of syncPoints) bytes.set(ptPsb, at);
  return bytes;
}

/** Runs `auxtail packets` on the recording in a number of threads. */
async function run(path: string, jobs: number, ...args: readonly string[]): Promise<CliRun> {
  const result = await callCli(["packets", "--jobs", `${jobs}`, ...args, path]);
  assertEquals([result.code, result.stderr], [0, ""]);
  return result;
}

async function withFile(bytes: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  const path = Deno.makeTempFileSync({ suffix: ".perf.data" });
  try {
    Deno.writeFileSync(path, bytes);
    await use(path);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("auxtail packets --jobs prints the same bytes in any number of threads", async () => {
  await withFile(recording(), async (path) => {
    for (
      const args of [
        [],
        ["--format", "ndjson", "--kind", "tip", "--kind", "skipped", "--kind", "gap"],
        ["--range", "0x10000,0x30000"],
        ["--queue", "2", "--limit", "100000"],
        ["--limit", "0"],
        ["--summary", "--format", "json"],
      ]
    ) await assertAlike(path, ...args);
  });
  await withFile(recording().subarray(8), async (path) => {
    await assertAlike(path, "--raw", "arm_spe", "--limit", "200000");
    await assertAlike(path, "--raw", "coresight", "--summary");
  });
});

async function assertAlike(path: string, ...args: readonly string[]): Promise<void> {
  const one = await callCli(["packets", "--jobs", "1", ...args, path]);
  const three = await callCli(["packets", "--jobs", "3", ...args, path]);
  assertEquals([one.code, three.code, three.stderr], [0, 0, one.stderr]);
  assert(three.stdout === one.stdout, args.join(" "));
}

Deno.test("auxtail packets --jobs stops at the same packet in any number of threads", async () => {
  const file = new AuxRecording({
    rings: [0, 1].map((cpu) => ({ cpu, tid: 100 })),
    info: auxtraceInfo(AuxtraceType.arm_spe, [8n, 1n]),
  });
  const payload = Uint8Array.from(Array.from({ length: 100_000 }, () => speTimestamp(1n)).flat());
  file.chunk(0, { offset: 0n, payload }).chunk(1, { offset: 0n, payload });
  await withFile(file.round().bytes(), async (path) => {
    for (const limit of ["1", "30000", "70000", "100000", "100001"]) {
      const { stdout } = await run(path, 1, "--limit", limit);
      assertEquals(stdout.match(/^[^q].*$/gm)?.length, Number(limit));
      assert((await run(path, 2, "--limit", limit)).stdout === stdout, limit);
    }
  });
});

Deno.test("auxtail packets --jobs counts the same packets in any number of threads", async () => {
  const syncPoints = Array.from({ length: 199 }, (_, i) => i * 131_071);
  const bytes = longTrace(25 << 20, syncPoints);
  bytes.set(ptTraps(randomNumbers(3), 1 << 20), (8 << 20) - 1000);
  await withFile(bytes, async (path) => {
    const args = ["--raw", "intel_pt", "--summary", "--format", "json"];
    const { stdout } = await run(path, 1, ...args);
    assertEquals((await run(path, 2, ...args)).stdout, stdout);
    assertEquals(JSON.parse(stdout).totals.bytes, bytes.length);
  });
});

Deno.test("auxtail packets --jobs takes 1 to 64 threads", async () => {
  for (const jobs of ["0", "65"]) {
    const path = "testdata/aux_demo_fits.perf.data";
    const { code, stderr } = await callCli(["packets", "--jobs", jobs, path]);
    assertEquals(code, 2);
    assertMatch(stderr, /Option "--jobs" takes 1 to 64, got \d+\n$/);
  }
});

Deno.test("auxtail packets --jobs reads directories and standard input", async () => {
  const { stdout } = await runCli(["packets", "--jobs", "2", "testdata/perf_threads.perf.dir"]);
  assertEquals(stdout, (await callCli(["packets", "testdata/perf_threads.perf.dir"])).stdout);
  const stdin = recording();
  const summary = await callCli(["packets", "--summary", "-"], { stdin });
  assertEquals(await callCli(["packets", "--summary", "--jobs", "2", "-"], { stdin }), summary);
});

Deno.test("auxtail packets --jobs ends quietly when nobody reads on", async () => {
  await withFile(recording(), async (path) => {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", `--allow-read=${path}`, "cli/main.ts", "packets", "-j2", path],
      cwd: new URL("..", import.meta.url),
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = process.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const stderr = await new Response(process.stderr).text();
    assertEquals([(await process.status).code, stderr], [0, ""]);
  });
});

Deno.test("packetWorkerSource answers as the program that it was made from", async () => {
  await withFile(Uint8Array.from([...ptPsb, ...ptPsb, 0x02]), async (path) => {
    const work = {
      facts: FACTS,
      path,
      isFolder: false,
      print: { form: "text", filter: EVERYTHING },
    } as const;
    const here = () => null;
    const transfer = ({ memory }: PrintTask) => [memory];
    const options = { count: 1, tasksEach: 2, mostJobs: 4, setup: work, here, transfer };
    using pool = new WorkerPool<PrintTask, PrintedPart | null>(packetWorkerSource, options);
    const tasks = (): PrintTask[] =>
      [33, 32, 34].map((size) => {
        return { ...task([bytesOf(null, 0, size)]), memory: new ArrayBuffer(16) };
      });
    const expected = tasks().slice(0, 2).map(printer(work, work.print));
    const run = pool.run(tasks(), (task) => task);
    assertEquals(await Array.fromAsync(run, ({ reply }) => reply), [...expected, null]);
    assertEquals(expected.map((reply) => [reply?.rest, reply?.printed]), [[1, 3], [0, 2]]);
  });
});

Deno.test("counter() reads the files of a folder, and has no answer where one is missing", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${folder}/data`, Uint8Array.from([9, 9, ...ptPsb]));
    Deno.writeFileSync(`${folder}/data.1`, Uint8Array.from([...ptPsb, ...ptPsb]));
    const count = counter({ facts: FACTS, path: folder, isFolder: true, print: null });
    const packets = (...items: readonly PartBytes[]) =>
      count(task(items))?.counts.packets.reduce((a, b) => a + b, 0);
    const three = [bytesOf("data.1", 0, 32), bytesOf(null, 2, 16), bytesOf("data.1", 16, 16)];
    assertEquals(packets(...three), 4);
    assertEquals(packets(bytesOf("data.2", 0, 16)), undefined);
    assertEquals(packets(bytesOf("data.1", 16, 17)), undefined);
    assertEquals(packets(bytesOf(null, 2, 16)), 1);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

function task(items: readonly PartBytes[]): PartTask {
  return { queue: { idx: 0, cpu: 0, tid: null }, items, isContinued: true };
}

function bytesOf(part: string | null, fileOffset: number, size: number): PartBytes {
  const facts = { auxOffset: 0n, follows: "nothing", cpu: 0, reference: 0n, raw: false } as const;
  return { type: "bytes", part, fileOffset, size, ...facts };
}
