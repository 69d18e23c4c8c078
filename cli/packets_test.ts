import { assertEquals, assertMatch } from "@std/assert";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { AuxRecording } from "../testing/aux_recording.ts";
import { payloadLines } from "../testing/payload_dump.ts";
import { AuxFlag, auxtraceInfo, PerfFileBuilder } from "../testing/perf_builder.ts";
import { runCli } from "../testing/run_cli.ts";
import { callCli, callCliOn, cliLinesOn } from "../testing/call_cli.ts";
import type { CliRun } from "../testing/run_cli.ts";

function packets(bytes: Uint8Array, ...args: readonly string[]): Promise<CliRun> {
  return callCliOn(bytes, "packets", ...args);
}

function linesOf(bytes: Uint8Array, ...args: readonly string[]): Promise<string[]> {
  return cliLinesOn(bytes, "packets", ...args);
}

const PSB = Array.from({ length: 8 }, () => [0x02, 0x82]).flat();
/** PSB, PSBEND, TIP.PGE, two TNT, TSC, MTC: 35 bytes, 7 packets. */
const TRACE = [
  ...PSB,
  ...[2, 0x23, 0x71, 0, 0x40, 0, 0, 0, 0x80, 0x06, 0x80],
  ...[0x19, 0, 0, 0, 0, 1, 0, 0, 0x59, 0x12],
];
const QUIPPER = "quipper/perf.data.intel_pt-4.14";

/** Two rings: one with a gap, damage and a cut packet, and one that is whole. */
function recording(): AuxRecording {
  const file = new AuxRecording({ rings: [{ cpu: 0, tid: 100 }, { cpu: 1, tid: 101 }] });
  const damaged = Uint8Array.from([...TRACE, 0x05, 0, 0, 0, ...TRACE, 0x19, 1, 2]);
  file.aux(0, { offset: 0n, size: damaged.length, flags: AuxFlag.Truncated });
  file.chunk(0, { offset: 0n, payload: damaged });
  file.both(0, { offset: 0x1000n, size: 8 });
  const whole = Uint8Array.from(TRACE);
  file.aux(1, { offset: 0n, size: whole.length }).chunk(1, { offset: 0n, payload: whole });
  return file.round();
}

Deno.test("auxtail packets prints queues, packets and marks in order", async () => {
  assertEquals(await linesOf(recording().bytes()), [
    "queue 0: cpu 0, tid 100, intel_pt, 89 bytes",
    "00000000:  02 82 02 82 02 82 02 82 02 82 02 82 02 82 02 82 PSB",
    "00000010:  02 23                       PSBEND",
    "00000012:  71 00 40 00 00 00 80        TIP.PGE 0x800000004000 ip=0xffff800000004000",
    "00000019:  06                          TNT T (1)",
    "0000001a:  80                          TNT NNNNNN (6)",
    "0000001b:  19 00 00 00 00 01 00 00     TSC 0x100000000 time=2.863311530",
    "00000023:  59 12                       MTC 0x12",
    "00000025:  -- bad byte 05",
    "00000026:  -- 3 bytes skipped, looking for PSB",
    "00000029:  02 82 02 82 02 82 02 82 02 82 02 82 02 82 02 82 PSB",
    "00000039:  02 23                       PSBEND",
    "0000003b:  71 00 40 00 00 00 80        TIP.PGE 0x800000004000 ip=0xffff800000004000",
    "00000042:  06                          TNT T (1)",
    "00000043:  80                          TNT NNNNNN (6)",
    "00000044:  19 00 00 00 00 01 00 00     TSC 0x100000000 time=2.863311530",
    "0000004c:  59 12                       MTC 0x12",
    "0000004e:  -- cut packet: 19 01 02",
    "00000051:  -- truncated",
    "00000051:  -- gap of 4015 bytes",
    "00001000:  -- 8 bytes skipped, looking for PSB",
    "queue 1: cpu 1, tid 101, intel_pt, 37 bytes",
    "00000000:  02 82 02 82 02 82 02 82 02 82 02 82 02 82 02 82 PSB",
    "00000010:  02 23                       PSBEND",
    "00000012:  71 00 40 00 00 00 80        TIP.PGE 0x800000004000 ip=0xffff800000004000",
    "00000019:  06                          TNT T (1)",
    "0000001a:  80                          TNT NNNNNN (6)",
    "0000001b:  19 00 00 00 00 01 00 00     TSC 0x100000000 time=2.863311530",
    "00000023:  59 12                       MTC 0x12",
  ]);
});

Deno.test("auxtail packets selects queues, CPUs, positions, kinds, and a number", async () => {
  const bytes = recording().bytes();
  const count = async (...args: string[]) => (await linesOf(bytes, ...args)).length;
  assertEquals(await count("--queue", "1"), 8);
  assertEquals(await count("--queue", "1", "--queue", "0"), 29);
  assertEquals(await count("--cpu", "1"), 8);
  const { code, stderr } = await packets(bytes, "--cpu", "7");
  assertEquals(code, 2);
  assertMatch(stderr, /There is no queue of CPU 7: the recording has 0, 1\n$/);
  assertEquals(await count("--queue", "0", "--range", "0x25,41"), 3);
  assertEquals(await count("--queue", "0", "--range", "0x52,"), 2);
  assertEquals(await count("--queue", "0", "--range", ",0x10"), 2);
  assertEquals(await count("--kind", "tnt"), 2 + 6);
  assertEquals(await count("--kind", "Tip.Pge", "--kind", "gap", "--kind", "bad"), 2 + 3 + 2);
  assertEquals(await count("--limit", "3"), 1 + 3);
  assertEquals(await count("--limit", "21"), 1 + 20 + 1 + 1);
  assertEquals(await count("--limit", "0"), 0);
});

Deno.test("auxtail packets --format ndjson writes an object for each packet and mark", async () => {
  const bytes = recording().bytes();
  const args = ["--format", "ndjson", "--queue", "0", "--range", "0x12,0x60"];
  const objects = (await linesOf(bytes, ...args)).map((line) => JSON.parse(line));
  const facts = { queue: 0, cpu: 0, tid: 100 };
  assertEquals(objects.slice(0, 7), [
    {
      ...facts,
      auxOffset: "0x12",
      size: 7,
      kind: "TIP.PGE",
      ip: "0xffff800000004000",
      ipBytes: 6,
      payload: "0x800000004000",
    },
    { ...facts, auxOffset: "0x19", size: 1, kind: "TNT", count: 1, taken: "T" },
    { ...facts, auxOffset: "0x1a", size: 1, kind: "TNT", count: 6, taken: "NNNNNN" },
    {
      ...facts,
      auxOffset: "0x1b",
      size: 8,
      kind: "TSC",
      tsc: "0x100000000",
      timeNs: "2863311530",
    },
    { ...facts, auxOffset: "0x23", size: 2, kind: "MTC", ctc: 0x12 },
    { ...facts, auxOffset: "0x25", size: 1, mark: "bad", bytes: "05" },
    { ...facts, auxOffset: "0x26", size: 3, mark: "skipped" },
  ]);
  assertEquals(objects.slice(-3), [
    { ...facts, auxOffset: "0x4e", size: 3, mark: "cut", bytes: "190102" },
    { ...facts, auxOffset: "0x51", size: null, mark: "truncated" },
    { ...facts, auxOffset: "0x51", size: 4015, mark: "gap" },
  ]);
});

Deno.test("auxtail packets --summary counts 0 where there is no trace", async () => {
  const args = ["packets", "--summary", "--format", "json", "testdata/aux_none.perf.data"];
  const { queues, totals } = JSON.parse((await callCli(args)).stdout);
  const none = { byKind: {}, bytesByKind: {}, syncPoints: null, marks: {}, time: null };
  const counts = { bytes: 0, packets: 0, damagedBytes: 0, skippedBytes: 0 };
  assertEquals([queues, totals], [[], { ...counts, ...none }]);
});

Deno.test("auxtail packets --summary counts packets, bytes and losses by queue", async () => {
  const bytes = recording().bytes();
  const { stdout } = await packets(bytes, "--summary", "--format", "json");
  const { schema, queues, totals } = JSON.parse(stdout);
  assertEquals(schema, "auxtail.packets/1");
  const kinds = { "TNT": 2, "TIP.PGE": 1, "TSC": 1, "MTC": 1, "PSB": 1, "PSBEND": 1 };
  const sizes = { "TNT": 2, "TIP.PGE": 7, "TSC": 8, "MTC": 2, "PSB": 16, "PSBEND": 2 };
  const times = (counts: Record<string, number>, factor: number) =>
    Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, count * factor]));
  const time = { firstNs: "2863311530", lastNs: "2863311530" };
  const marks = {
    bad: { count: 1, bytes: 1 },
    skipped: { count: 2, bytes: 11 },
    cut: { count: 1, bytes: 3 },
    truncated: { count: 1, bytes: null },
    gap: { count: 1, bytes: 4015 },
  };
  assertEquals(queues, [
    {
      idx: 0,
      cpu: 0,
      tid: 100,
      type: "intel_pt",
      bytes: 89,
      packets: 14,
      byKind: times(kinds, 2),
      bytesByKind: times(sizes, 2),
      syncPoints: 2,
      damagedBytes: 4,
      skippedBytes: 11,
      marks,
      time,
    },
    {
      idx: 1,
      cpu: 1,
      tid: 101,
      type: "intel_pt",
      bytes: 37,
      packets: 7,
      byKind: kinds,
      bytesByKind: sizes,
      syncPoints: 1,
      damagedBytes: 0,
      skippedBytes: 0,
      marks: {},
      time,
    },
  ]);
  assertEquals([totals.bytes, totals.packets, totals.syncPoints], [126, 21, 3]);
  assertEquals([totals.marks, totals.time], [marks, time]);
  const lines = (await packets(bytes, "--summary", "--format", "ndjson")).stdout;
  assertEquals(JSON.parse(lines), JSON.parse(stdout));
  const table = await linesOf(bytes, "--summary", "--cpu", "1");
  assertEquals(table.slice(0, 5), [
    "queue cpu tid bytes packets sync points damaged skipped                       time",
    "    1   1 101    37       7           1       0       0 2.863311530 to 2.863311530",
    "",
    "queue 1: cpu 1, tid 101, intel_pt",
    "kind     packets  bytes",
  ]);
});

Deno.test("auxtail packets reads bare payload, and standard input", async () => {
  const raw = Uint8Array.from(TRACE);
  const expected = (await linesOf(recording().bytes(), "--queue", "1")).slice(1)
    .map((line) => line.replace(/ time=.*/, ""));
  const lines = await linesOf(raw, "--raw", "intel_pt");
  assertEquals(lines, ["queue -: cpu -, tid -, intel_pt, 37 bytes", ...expected]);
  const piped = await callCli(["packets", "--raw", "intel_pt", "-"], { stdin: raw });
  assertEquals(piped.stdout.split("\n").slice(0, -1), lines);
  const stdin = recording().bytes();
  const { code, stdout } = await callCli(["packets", "-"], { stdin });
  assertEquals([code, stdout.split("\n").slice(0, -1)], [0, await linesOf(stdin)]);
});

Deno.test("auxtail packets writes to a file, and not over its input", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const [path, output] = [`${folder}/perf.data`, `${folder}/out`];
    Deno.writeFileSync(path, recording().bytes());
    const permissions = [`--allow-read=${path}`, `--allow-write=${output}`];
    const { code, stdout } = await runCli(["packets", "-o", output, path], { permissions });
    assertEquals([code, stdout], [0, ""]);
    const lines = await linesOf(recording().bytes());
    assertEquals(Deno.readTextFileSync(output), `${lines.join("\n")}\n`);
    const over = await callCli(["packets", "-o", path, path]);
    assertEquals([over.code, Deno.readFileSync(path)], [2, Uint8Array.from(recording().bytes())]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("auxtail packets prints what is before a cut, and exits with 2", async () => {
  const lines = await linesOf(recording().bytes());
  const { code, stdout, stderr } = await packets(cutInPayload());
  assertEquals([code, stdout.split("\n").slice(1, 8)], [2, lines.slice(1, 8)]);
  assertMatch(
    stderr,
    /^auxtail: [^\n]*: not complete: [^\n]*; copy the whole file, unless its recorder was killed there\n$/,
  );
  const limited = await packets(cutInPayload(), "--limit", "2");
  assertEquals([limited.code, limited.stderr], [0, ""]);
});

/** An unfinalised recording that ends in the payload of its only chunk, behind 40 bytes. */
function cutInPayload(): Uint8Array {
  const file = new AuxRecording({ rings: [{ cpu: 0, tid: 100 }], finalised: false });
  file.chunk(0, { offset: 0n, payload: Uint8Array.from([...TRACE, ...TRACE]) });
  const bytes = file.bytes();
  return bytes.subarray(0, bytes.length - 40);
}

Deno.test("auxtail packets refuses options that make no sense", async () => {
  const bytes = recording().bytes();
  const cases = [
    [["--kind", "tipp"], 'Unknown kind "tipp"; did you mean "TIP"?'],
    [["--kind", "gaps"], 'Unknown kind "gaps"; did you mean "GAP"?'],
    [["--range", "5"], 'Cannot read the range "5": expected FROM,TO'],
    [["--range", "5,4"], 'Cannot read the range "5,4": FROM is after TO'],
    [["--range", "0x,4"], 'Cannot read the position "0x": expected 4096 or 0x1000'],
    [["--queue", "9"], "There is no queue 9: the recording has 0, 1"],
    [["--limit=-1"], "Cannot stop after -1 packets: expected 0 or more"],
    [["--format", "json"], '--format json goes with --summary; use "ndjson" for packets'],
    [["--summary", "--limit", "3"], "--limit does not go with --summary"],
    [["--raw", "intel_pt", "--cpu", "0"], "--cpu does not go with --raw, which has one queue"],
    [["--records"], "--records goes with arm_spe, not with intel_pt"],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await packets(bytes, ...args);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr.trimEnd().split("\n").at(-1), `auxtail: ${message}`);
  }
});

Deno.test("auxtail packets --summary counts what passes --range and --kind", async () => {
  const bytes = recording().bytes();
  const summary = async (...args: string[]) => {
    const { stdout } = await packets(bytes, "--summary", "--format", "json", ...args);
    return JSON.parse(stdout);
  };
  const { totals } = await summary("--range", "0x12,0x28", "--queue", "0");
  assertEquals(totals.byKind, { "TNT": 2, "TIP.PGE": 1, "TSC": 1, "MTC": 1 });
  assertEquals(totals.marks, { bad: { count: 1, bytes: 1 }, skipped: { count: 1, bytes: 3 } });
  assertEquals([totals.bytes, totals.time.firstNs], [7 + 2 + 8 + 2 + 1 + 3, "2863311530"]);
  const { queues } = await summary("--kind", "psb", "--kind", "gap");
  assertEquals(queues[0].byKind, { "PSB": 2 });
  assertEquals(queues[0].marks, { gap: { count: 1, bytes: 4015 } });
  assertEquals(queues[0].time, null);
  assertEquals((await summary("--range", "0,")).queues, (await summary()).queues);
});

Deno.test("auxtail packets says of an input without AUXTRACE_INFO that it is the input's fault", async () => {
  const file = new PerfFileBuilder().auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 });
  const { code, stdout, stderr } = await packets(file.bytes());
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^auxtail: [^\n]+ does not say what kind of trace [^\n]* --raw\n$/);
});

Deno.test("auxtail packets says that a trace is unknown, or that there is none", async () => {
  const unknown = new AuxRecording({ info: auxtraceInfo(99, []) });
  unknown.chunk(0, { offset: 0n, size: 8 });
  const { code, stderr } = await packets(unknown.bytes());
  assertEquals(code, 2);
  assertMatch(stderr, /^auxtail: Cannot decode AUX payload [^\n]*unknown[^\n]*\n$/);
  const none = new AuxRecording().bytes();
  assertEquals(await linesOf(none), ["No AUX payload"]);
  assertEquals(await linesOf(none, "--format", "ndjson"), []);
  assertEquals(await linesOf(none, "--summary"), ["No AUX payload"]);
  const { stdout } = await packets(none, "--summary", "--format", "json");
  assertEquals(JSON.parse(stdout).queues, []);
});

Deno.test("auxtail packets ends quietly when its output is closed", async () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, new Uint8Array(1_000_000).fill(0x06));
    Deno.writeFileSync(path, Uint8Array.from(PSB), { append: true });
    Deno.writeFileSync(path, new Uint8Array(1_000_000).fill(0x06), { append: true });
    const command = `"${Deno.execPath()}" run --no-prompt --allow-read=${path} cli/main.ts ` +
      `packets --raw intel_pt ${path} | head -2`;
    const { stdout, stderr } = await new Deno.Command("sh", { args: ["-c", command] }).output();
    assertEquals([stdout.length > 0, new TextDecoder().decode(stderr)], [true, ""]);
  } finally {
    Deno.removeSync(path);
  }
});

oracleTest("auxtail packets prints what perf prints of Intel PT", ["corpus", "perf"], async () => {
  const path = corpusPath(QUIPPER);
  const chunks = await payloadLines(path);
  const { code, stdout } = await callCli(["packets", path]);
  const queues = stdout.split(/^queue.*\n/m).slice(1).map((text) => text.trim().split("\n"));
  assertEquals([code, queues.length], [0, chunks.length]);
  for (const [index, chunk] of chunks.entries()) {
    const expected = chunk.map(offsetAndText).filter((line) => !line.endsWith(" PAD"));
    const found = queues[index]!.map(offsetAndText).filter((line) => !line.endsWith(" PAD"));
    assertEquals(found.length, expected.length);
    assertEquals(found.findIndex((line, at) => line !== expected[at]), -1);
  }
});

/** Position, name and payload: perf counts zeros behind a packet to its bytes. */
function offsetAndText(line: string): string {
  const [, offset, text] = /([0-9a-f]{8}): {2}(?:[0-9a-f]{2} )+ *(.*)$/.exec(line)!;
  return `${offset} ${text!.replace(/ (?:ip|time)=.*/, "")}`;
}

Deno.test("auxtail packets lets no escape of a name reach the terminal", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/a\x1b[31mb\u009b32mc\u202ed\ne`;
    Deno.writeFileSync(path, cutInPayload());
    for (const args of [[], ["--summary"], ["--kind", "\x1b[31m"], ["--raw", "arm_spe", "-n1"]]) {
      const { stdout, stderr } = await callCli(["packets", ...args, path]);
      assertEquals(`${stdout}${stderr}`.match(/(?!\n)\p{Cc}|\p{Bidi_Control}/u), null);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
