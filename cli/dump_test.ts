import { assertEquals, assertMatch } from "@std/assert";
import {
  corpusPath,
  fixtureNames,
  fixturePath,
  oracleTest,
  twoAtATime,
} from "../testing/corpus.ts";
import { auxEvent, comm, PerfFileBuilder } from "../testing/perf_builder.ts";
import { callCli } from "../testing/call_cli.ts";
import type { CliRun } from "../testing/run_cli.ts";

const FLAGS = "testdata/aux_flags.perf.data";

async function withFile<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

function dump(path: string, ...args: string[]): Promise<CliRun> {
  return callCli(["dump", path, ...args]);
}

Deno.test("auxtail dump --count counts the records as perf report -D does", async () => {
  const names = fixtureNames(".records.json").map((name) => name.replace(".records.json", ""));
  await twoAtATime(names, async (name) => {
    const { records, perfError } = JSON.parse(
      await Deno.readTextFile(fixturePath(`${name}.records.json`)),
    );
    const suffix = name.includes("threads") ? "perf.dir" : "perf.data";
    const path = fixturePath(`${name}.${suffix}`);
    const { code, stdout } = await dump(path, "--count", "--format", "json");
    if (perfError === undefined) assertEquals(code, 0, name);
    const answer = JSON.parse(stdout);
    assertEquals(answer, { schema: "auxtail.count/1", records }, name);
  });
});

Deno.test("auxtail dump prints offset, type, fields and trailer", async () => {
  const { code, stdout, stderr } = await dump(FLAGS, "--type", "AUX", "--type", "perf_record_lost");
  assertEquals([code, stderr], [0, ""]);
  const head = "header={misc=0x0 size=64}";
  const trailer = (time: bigint) => `| pid=4242 tid=4242 time=${time} id=1 cpu=0`;
  assertEquals(
    stdout.split("\n").map((line) =>
      line.replace(/^0x[0-9a-f]+ /, "").replace("format_type=0 ", "")
    ),
    [
      `PERF_RECORD_AUX ${head} aux_offset=0x0 aux_size=64 flags=0x4 partial ${
        trailer(10_000_000_000n)
      }`,
      `PERF_RECORD_AUX ${head} aux_offset=0x40 aux_size=64 flags=0x8 collision ${
        trailer(10_500_000_000n)
      }`,
      `PERF_RECORD_AUX ${head} aux_offset=0x80 aux_size=0 flags=0x1 truncated ${
        trailer(10_500_000_000n)
      }`,
      `PERF_RECORD_AUX ${head} aux_offset=0x80 aux_size=64 flags=0x5 truncated partial ${
        trailer(11_000_000_000n)
      }`,
      "PERF_RECORD_LOST header={misc=0x0 size=56} id=1 lost=17 | pid=0 tid=0 time=11000000000 id=1 cpu=0",
      "PERF_RECORD_LOST header={misc=0x0 size=56} id=1 lost=3 | pid=0 tid=0 time=11000000000 id=1 cpu=0",
      "",
    ],
  );
});

Deno.test("auxtail dump --format ndjson writes one object per record", async () => {
  const args = ["--type", "AUX", "--limit", "1", "--format", "ndjson"];
  const { stdout } = await dump(FLAGS, ...args);
  const { fileOffset, sampleId: _, ...record } = JSON.parse(stdout);
  assertMatch(fileOffset, /^0x[0-9a-f]+$/);
  assertEquals(record, {
    type: "PERF_RECORD_AUX",
    size: 64,
    misc: 0,
    event: "intel_pt//u",
    cpu: 0,
    pid: 4242,
    tid: 4242,
    timeNs: "10000000000",
    auxOffset: "0x0",
    auxSize: 64,
    flags: "0x4",
    truncated: false,
    overwrite: false,
    partial: true,
    collision: false,
    formatType: 0,
  });
});

Deno.test("auxtail dump filters by time, cpu and event", async () => {
  const number = async (...args: string[]) => {
    const { code, stdout } = await dump(FLAGS, "--count", "--format", "json", ...args);
    assertEquals(code, 0);
    return JSON.parse(stdout).records;
  };
  const { PERF_RECORD_AUX: atOnce } = await number("--time", "10.5,10.5");
  assertEquals(atOnce, 2);
  assertEquals(await number("--time", ",10000000000ns"), { PERF_RECORD_AUX: 1 });
  assertEquals(await number("--time", "10.500000001,", "--type", "AUX"), { PERF_RECORD_AUX: 1 });
  assertEquals(await number("--cpu", "0", "--type", "AUXTRACE"), { PERF_RECORD_AUXTRACE: 3 });
  assertEquals(await number("--cpu", "1"), {});
  assertEquals(await number("--event", "intel_pt//u", "--type", "LOST"), { PERF_RECORD_LOST: 2 });
});

Deno.test("auxtail dump --order time sorts what has a time", async () => {
  const path = "testdata/perf_system_wide.perf.data";
  const times = async (order: string) => {
    const args = ["--type", "SAMPLE", "--format", "ndjson", "--order", order];
    const { stdout } = await dump(path, ...args);
    return stdout.trim().split("\n").map((line) => BigInt(JSON.parse(line).timeNs));
  };
  const sorted = await times("time");
  assertEquals(sorted, (await times("file")).toSorted((a, b) => a < b ? -1 : a > b ? 1 : 0));
});

Deno.test("auxtail dump --order time sorts more than is held, of a file and of a stream", async () => {
  const builder = new PerfFileBuilder({ pipe: true, events: [auxEvent("x", 2)] });
  const count = 25_000;
  for (let n = count; n > 0; n--) {
    builder.add(comm({ pid: 1, tid: 1, comm: "work" }), { id: 1n, timeNs: BigInt(n) });
  }
  const bytes = builder.bytes();
  const times = (text: string) => text.match(/(?<=time=)\d+/g)!.map(Number);
  const { stdout } = await withFile(bytes, (path) => dump(path, "--order", "time"));
  assertEquals(times(stdout), Array.from({ length: count }, (_, n) => n + 1));
  const piped = await callCli(["dump", "-", "--order", "time"], { stdin: bytes });
  assertEquals(piped.stdout, stdout);
});

Deno.test("auxtail dump reads standard input", async () => {
  const stdin = await Deno.readFile(FLAGS);
  const { code, stdout } = await callCli(["dump", "-", "--type", "AUX"], { stdin });
  assertEquals([code, stdout.split("\n").length - 1], [0, 4]);
});

Deno.test("auxtail dump refuses options that make no sense", async () => {
  const cases = [
    [["--type", "AUXX"], 'Unknown record type "AUXX"; did you mean "AUX"?'],
    [["--event", "intel_pt"], 'The recording has no event "intel_pt"; did you mean "intel_pt//u"?'],
    [["--time", "5"], 'Cannot read the time "5": expected FROM,TO'],
    [["--time", "5,4"], 'Cannot read the time "5,4": FROM is after TO'],
    [["--time", "5,x"], 'Cannot read the time "x": expected 12.345 or 12345000000ns'],
    [["--limit=-1"], "Cannot stop after -1 records: expected 0 or more"],
    [["--count", "--limit", "1"], "--limit does not go with --count"],
    [["--format", "json"], '--format json goes with --count; use "ndjson" for records'],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await dump(FLAGS, ...args);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr.trimEnd().split("\n").at(-1), `auxtail: ${message}`);
  }
});

Deno.test("auxtail dump prints everything before a cut, says where it is, and exits with 2", async () => {
  const path = "testdata/perf_cut.perf.data";
  const { records } = JSON.parse(await Deno.readTextFile("testdata/perf_cut.records.json"));
  const whole = Object.values<number>(records).reduce((a, b) => a + b, 0);
  const { code, stdout, stderr } = await dump(path);
  assertEquals([code, stdout.split("\n").length - 1], [2, whole]);
  assertMatch(stderr, /^auxtail: testdata\/perf_cut.perf.data: not complete: .* at 0x498: .*\n$/);
  const first = await dump(path, "--limit", "2");
  assertEquals([first.code, first.stdout.split("\n").length - 1, first.stderr], [0, 2, ""]);
});

Deno.test("auxtail dump prints records that cannot be decoded with the reason", async () => {
  const bytes = new PerfFileBuilder()
    .add({ type: 11, bare: true, body: (out) => out.u64(7n) })
    .add({ type: 40, bare: true, body: (out) => out.u64(0x0102n) })
    .bytes();
  const { code, stdout } = await withFile(bytes, (path) => dump(path));
  assertEquals(code, 0);
  const [damaged = "", unknown = ""] = stdout.split("\n");
  assertMatch(
    damaged,
    /^0x[0-9a-f]+ PERF_RECORD_AUX .* bytes=0700000000000000 error="Cannot decode PERF_RECORD_AUX at/,
  );
  assertMatch(unknown, /^0x[0-9a-f]+ PERF_RECORD_40 .* bytes=0201000000000000$/);
});

Deno.test("auxtail dump gives a record that is shorter than its trailer no cpu, time or thread", async () => {
  const bytes = new PerfFileBuilder()
    .add({ type: 3, bare: true, body: (out) => out.u64(0n) }, { id: 1n })
    .bytes();
  await withFile(bytes, async (path) => {
    const { cpu, pid, tid, timeNs } = JSON.parse((await dump(path, "--format", "ndjson")).stdout);
    assertEquals([cpu, pid, tid, timeNs], [null, null, null, null]);
    for (const filter of [["--cpu", "0"], ["--time", "0,"]]) {
      const { code, stdout, stderr } = await dump(path, ...filter);
      assertEquals([code, stdout, stderr], [0, "", ""]);
    }
  });
});

oracleTest("auxtail dump reads the short record of the corpus", ["corpus"], async () => {
  const path = Deno.realPathSync(corpusPath("edge/short-record-first.data"));
  const { code, stdout } = await dump(path, "--format", "ndjson");
  const { type, cpu, tid, error } = JSON.parse(stdout);
  assertEquals([code, type, cpu, tid], [0, "PERF_RECORD_COMM", null, null]);
  assertMatch(error, /^Cannot decode PERF_RECORD_COMM at 0xc8: expected 32 more bytes, got 16$/);
  assertEquals((await dump(path, "--cpu", "0")).stdout, "");
});

Deno.test("auxtail dump ends quietly when its output is closed", async () => {
  const file = new PerfFileBuilder();
  for (let i = 0; i < 20_000; i++) file.aux({ offset: BigInt(i), size: 8 });
  await withFile(file.bytes(), async (path) => {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", `--allow-read=${path}`, "cli/main.ts", "dump", path],
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
