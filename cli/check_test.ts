import { assertEquals, assertMatch } from "@std/assert";
import { fixtureNames, twoAtATime } from "../testing/corpus.ts";
import { callCli } from "../testing/call_cli.ts";
import { type CliRun, runCli } from "../testing/run_cli.ts";

interface Finding {
  readonly check: string;
  readonly severity: string;
  readonly fileOffset: string;
  readonly message: string;
}

function check(path: string, ...args: string[]): Promise<CliRun> {
  return callCli(["check", path, ...args]);
}

async function findings(path: string): Promise<Finding[]> {
  const { stdout } = await check(path, "--format", "json");
  return JSON.parse(stdout).findings;
}

Deno.test("auxtail check finds errors only in recordings that are unfinalised or cut", async () => {
  const damaged = new Set([
    ...["perf_cut", "perf_unfinalised", "aux_cut", "aux_unfinalised", "aux_demo_exceeds"],
    ...["aux_round_after", "aux_stopped_one", "aux_stopped_two", "aux_stopped_two_queues"],
    ...["aux_three_flagged", "lab_perf32"],
    "aux_only", // AUX records announce bytes, and no chunk holds any
  ]);
  await twoAtATime(fixtureNames(".perf.data"), async (name) => {
    const { code, stdout, stderr } = await check(`testdata/${name}`, "--format", "json");
    const bad = damaged.has(name.replace(".perf.data", ""));
    const { schema, verdict } = JSON.parse(stdout);
    assertEquals(
      { name, schema, verdict, code, stderr },
      {
        name,
        schema: "auxtail.check/1",
        verdict: bad ? "damaged" : "ok",
        code: bad ? 1 : 0,
        stderr: "",
      },
    );
  });
});

Deno.test("auxtail check reads directories and standard input", async () => {
  assertEquals((await check("testdata/perf_threads.perf.dir")).code, 0);
  const stdin = await Deno.readFile("testdata/aux_pipe.perf.data");
  assertEquals((await callCli(["check", "-"], { stdin })).code, 0);
});

Deno.test("auxtail check warns of gaps between chunks, at the chunk after the gap", async () => {
  const all = await findings("testdata/aux_gaps.perf.data");
  const replayed = JSON.parse(await Deno.readTextFile("testdata/aux_gaps.replay.json"));
  const gaps: { kind: string; text: string }[] = replayed.queues.flatMap(
    ({ idx, cpu, gaps }: {
      idx: number;
      cpu: number;
      gaps: { kind: string; from: string; to: string }[];
    }) =>
      gaps.map(({ kind, from, to }) => ({
        kind,
        text: kind === "missing"
          ? `queue ${idx} (CPU ${cpu}): announced and missing: ${from} to ${to}`
          : `queue ${idx} (CPU ${cpu}): ${kind} from ${from} to ${to}`,
      })),
  );
  const said = (check: string) =>
    all.filter((it) => it.check === check).map(({ severity, message }) => [severity, message]);
  const expected = (missing: boolean) =>
    gaps.filter(({ kind }) => (kind === "missing") === missing).map((
      { text },
    ) => ["warning", text]);
  assertEquals(said("chunk-continuity"), expected(false));
  assertEquals(said("payload-present"), expected(true));
  assertEquals(all.length, gaps.length);
  const bytes = new DataView((await Deno.readFile("testdata/aux_gaps.perf.data")).buffer);
  for (const { fileOffset, message } of all.filter((it) => it.check === "chunk-continuity")) {
    const at = Number(fileOffset);
    assertEquals(bytes.getUint32(at, true), 71, message); // PERF_RECORD_AUXTRACE
    assertEquals(message.endsWith(` to 0x${bytes.getBigUint64(at + 16, true).toString(16)}`), true);
  }
});

Deno.test("auxtail check prints a table of at most 80 columns", async () => {
  for (const name of ["aux_gaps", "aux_flags", "perf_cut"]) {
    const { stdout } = await check(`testdata/${name}.perf.data`);
    assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
    assertMatch(stdout, /^testdata\/\w+\.perf\.data: (ok|damaged)\n/);
  }
});

Deno.test("auxtail check --exit-zero exits with 0, but not where it cannot read", async () => {
  assertEquals((await check("testdata/perf_cut.perf.data", "--exit-zero")).code, 0);
  const { code, stdout, stderr } = await check("testdata/README.aux.md", "--exit-zero");
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^auxtail: Cannot decode perf_file_header at 0x0: .*\n$/);
});

Deno.test("auxtail check writes to a file with write permission for it alone", async () => {
  const output = await Deno.makeTempFile();
  try {
    const path = "testdata/aux_none.perf.data";
    const { code, stdout } = await runCli(["check", path, "--format", "json", "-o", output], {
      permissions: [`--allow-read=${path}`, `--allow-write=${output}`],
    });
    assertEquals([code, stdout], [0, ""]);
    assertEquals(JSON.parse(await Deno.readTextFile(output)).verdict, "ok");
  } finally {
    await Deno.remove(output);
  }
});
