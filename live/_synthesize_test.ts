import { assertEquals } from "@std/assert";
import type { EventSpec } from "../encoders/attr_bytes.ts";
import { SampleType } from "../parsers/perf/abi.ts";
import { encodeRecord, type RecordSpec } from "../encoders/record_bytes.ts";
import { bytesSource, parsePerfFile, type PerfRecord } from "../parsers/perf/mod.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { perfLines, perfRecords, withFile, writtenFile } from "../testing/written_recordings.ts";
import type { WrittenEvent } from "./perf_writer.ts";
import { cpuMapOf, idIndexes, kernelMappings, runningTasks } from "./_synthesize.ts";
import { kernelFiles } from "./system_files.ts";

const EVENT: WrittenEvent = {
  type: 1,
  config: 9n,
  name: "dummy:u",
  ids: [1n],
  sampleType: SampleType.Tid | SampleType.Time | SampleType.Identifier,
  flags: ["sampleIdAll"],
};

const STATUS = "Name:\tx\nTgid:\t70\nNgid:\t0\nPid:\t70\nPPid:\t1\n";

const MACHINE = fakeFiles({
  "/proc/70/status": STATUS,
  "/proc/70/task/70/comm": "two words\n",
  "/proc/70/task/71/comm": "line\nbreak\n",
  "/proc/71/status": "Name:\tx\nTgid:\t70\nPid:\t71\nPPid:\t1\n",
  "/proc/70/maps": `\
55b772feb000-55b772fed000 r--p 00000000 fe:00 247766                     /usr/bin/a b
55b772fed000-55b772ff2000 r-xp 00002000 fe:1f 18446744073709551615       /usr/bin/a b (deleted)
7f0000000000-7f0000001000 rwxs 00000000 00:00 0 
7f0000001000-7f0000002000 ---p 00000000 00:00 0 
7f0000002000-7f0000003000 --xp 00000000 00:05 9                          /tmp/new\\012line
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`,
  "/proc/80/status": "Tgid:\t80\nPPid:\t2\n",
  "/proc/80/task/80/comm": "kworker/0:1\n",
  "/proc/80/maps": "",
  "/proc/90/task/90/comm": "ended\n",
  "/proc/sys/kernel/osrelease": "6.1.0-9\n",
});

/** The records as a reader sees them. */
function read(records: Iterable<RecordSpec>): PerfRecord[] {
  const file = writtenFile({ events: [EVENT] }, [], (writer) => {
    for (const record of records) writer.add(record);
  });
  return [...parsePerfFile(bytesSource(file)).records()];
}

/** The fields of a record that `keys` name. */
function pick(record: PerfRecord, keys: readonly string[]): unknown[] {
  return keys.map((key) => (record as unknown as Record<string, unknown>)[key]);
}

Deno.test("runningTasks() tells of each thread and its process' code", () => {
  const records = read(runningTasks(MACHINE, [71]));
  const tasks = records.filter(({ type }) => type === "fork" || type === "comm");
  assertEquals(tasks.map((task) => pick(task, ["type", "pid", "tid", "ppid", "comm"])), [
    ["fork", 70, 70, 1, undefined],
    ["comm", 70, 70, undefined, "two words"],
    ["fork", 70, 71, 70, undefined],
    ["comm", 70, 71, undefined, "line\nbreak"],
  ]);
  const maps = records.filter(({ type }) => type === "mmap2");
  const keys = ["pid", "tid", "addr", "len", "pgoff", "filename"];
  assertEquals(maps.map((map) => pick(map, keys)), [
    [70, 70, 0x55b772fed000n, 0x5000n, 0x2000n, "/usr/bin/a b (deleted)"],
    [70, 70, 0x7f0000000000n, 0x1000n, 0n, "//anon"],
    [70, 70, 0x7f0000002000n, 0x1000n, 0n, "/tmp/new\\012line"],
    [70, 70, 0xffffffffff600000n, 0x1000n, 0n, "[vsyscall]"],
  ]);
  // prot: read 1, write 2, exec 4; flags: shared 1, private 2. Source: asm-generic/mman-common.h.
  assertEquals(maps.map((map) => pick(map, ["prot", "flags"])), [[5, 2], [7, 1], [4, 2], [4, 2]]);
});

Deno.test("runningTasks() leaves out tasks that have ended, and tells of kernel threads", () => {
  const comms = read(runningTasks(MACHINE)).filter(({ type }) => type === "comm");
  assertEquals(comms.map((comm) => pick(comm, ["comm"])[0]), [
    "two words",
    "line\nbreak",
    "kworker/0:1",
  ]);
  assertEquals([...runningTasks(MACHINE, [90, 4711])], []);
});

Deno.test("kernelMappings() tells of the kernel's code and its modules", () => {
  const machine = fakeFiles({
    "/proc/kallsyms": `\
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff8220bb08 T _etext
ffffffffc0000000 t _etext	[other]
`,
    "/proc/modules": `\
snd_pcm 118784 2 snd_a,snd_b, Live 0xffffffffc0400000
lab 16384 0 - Live 0xffffffffc0500000 (OE)
`,
    "/proc/sys/kernel/osrelease": "6.1.0-9\n",
    "/lib/modules/6.1.0-9/modules.dep":
      "kernel/sound/core/snd-pcm.ko.xz: kernel/sound/core/snd.ko.xz\n",
  });
  const keys = ["type", "pid", "tid", "addr", "len", "pgoff", "filename"];
  assertEquals(read(kernelMappings(machine)).map((record) => pick(record, keys)), [
    [
      "mmap",
      -1,
      0,
      0xffffffff81000000n,
      0x120bb08n,
      0xffffffff81000000n,
      "[kernel.kallsyms]_text",
    ],
    [
      "mmap",
      -1,
      0,
      0xffffffffc0400000n,
      118784n,
      0n,
      "/lib/modules/6.1.0-9/kernel/sound/core/snd-pcm.ko.xz",
    ],
    ["mmap", -1, 0, 0xffffffffc0500000n, 16384n, 0n, "[lab]"],
  ]);
});

Deno.test("kernelMappings() is silent where addresses are hidden", () => {
  const machine = fakeFiles({
    "/proc/kallsyms": "0000000000000000 T _text\n0000000000000000 T _etext\n",
    "/proc/modules": "lab 16384 0 - Live 0x0000000000000000 (OE)\n",
  });
  assertEquals([...kernelMappings(machine)], []);
  assertEquals([...kernelMappings(fakeFiles({}))], []);
});

Deno.test("idIndexes() starts another record where one is full", () => {
  const entries = Array.from({ length: 5000 }, (_, i) => {
    return { id: BigInt(i), idx: BigInt(i), cpu: -1n, tid: 7n };
  });
  const sizes = [...idIndexes(entries)].map((record) => encodeRecord(true, record).length);
  assertEquals(sizes, [16 + 2047 * 32, 16 + 2047 * 32, 16 + 906 * 32]);
});

Deno.test("cpuMapOf() gives ranges as ranges", () => {
  assertEquals(cpuMapOf([1, 2, 3]), { start: 1, end: 3 });
  assertEquals(cpuMapOf([4]), { start: 4, end: 4 });
  assertEquals(cpuMapOf([0, 2]), { cpus: [0, 2] });
  assertEquals(cpuMapOf([]), { cpus: [] });
});

const ignore = !perfRecords();

/** Lines of `perf report -D` that tell of tasks and mappings, from the record's name on. */
async function told(path: string): Promise<string[]> {
  const { lines, failure } = await perfLines(["report", "-D", "-i", path]);
  assertEquals(failure, null);
  return lines.flatMap((line) => /PERF_RECORD_(?:COMM|MMAP2?|FORK).*/.exec(line)?.[0] ?? []);
}

/** What perf records of a process that sleeps, without what it records of itself. */
async function recordedByPerf(events: string, pid: number): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".perf.data" });
  try {
    const args = ["record", "-o", path, "-e", events, "-p", `${pid}`, "--", "true"];
    await new Deno.Command("perf", { args, stdout: "null", stderr: "null" }).output();
    return await told(path);
  } finally {
    await Deno.remove(path);
  }
}

async function recordedByUs(records: Iterable<RecordSpec>): Promise<string[]> {
  const event: EventSpec = EVENT;
  const file = writtenFile({ events: [{ ...EVENT, ...event }] }, [], (writer) => {
    for (const record of records) writer.add(record);
  });
  return await withFile(file, told);
}

Deno.test({
  name: "runningTasks() and kernelMappings() tell what perf tells",
  ignore,
  async fn() {
    const sleeper = new Deno.Command("sleep", { args: ["60"] }).spawn();
    try {
      // Until the program is there, and not the shell's copy of this process.
      while (kernelFiles.text(`/proc/${sleeper.pid}/comm`) !== "sleep") await pause();
      await pause();
      const theirs = await recordedByPerf("cpu-clock", sleeper.pid);
      // perf tells nothing of the kernel where it finds no files of it.
      const tellsKernel = theirs.some((line) => /PERF_RECORD_MMAP /.test(line));
      const ours = await recordedByUs([
        ...(tellsKernel ? kernelMappings(kernelFiles) : []),
        ...runningTasks(kernelFiles, [sleeper.pid]),
      ]);
      const others = theirs.filter((line) =>
        !/PERF_RECORD_MMAP /.test(line) && !line.includes(`${sleeper.pid}/${sleeper.pid}`)
      );
      // Beside the process, perf tells of the command that ends the recording. It tells of the
      // kernel's modules by address.
      assertEquals(
        ours.filter((line) => !line.includes("PERF_RECORD_FORK")).sort(),
        theirs.filter((line) => !others.includes(line)).sort(),
      );
      assertEquals(ours.filter((line) => line.includes("PERF_RECORD_FORK")).length, 1);
      assertEquals(ours.length > (tellsKernel ? 5 : 2), true);
    } finally {
      sleeper.kill();
      await sleeper.status;
    }
  },
});

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 50));
}
