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
  // What their recorder lost, or what was taken out of them, is a warning.
  const lossy = new Set([
    ...["aux_flags", "aux_gaps", "aux_inexact_tail", "aux_pipe_stray", "aux_torn_read"],
    ...["lab_compat", "lab_perf64", "lab_perf32_linux32", "lab_perf64_linux32", "lab_spe_perf64"],
    ...["lab_etm_perf64", "lab_etm_perf32", "lab_etm_perf32_linux32", "lab_etm_auxtail"],
    ...["lab_etm_compat"],
  ]);
  const damaged = new Set([
    ...["perf_cut", "perf_unfinalised", "aux_cut", "aux_unfinalised", "aux_demo_exceeds"],
    ...["aux_round_after", "aux_stopped_one", "aux_stopped_two", "aux_stopped_two_queues"],
    ...["aux_three_flagged", "lab_perf32"],
    "aux_only", // AUX records announce bytes, and no chunk holds any
  ]);
  await twoAtATime(fixtureNames(".perf.data"), async (name) => {
    const { code, stdout, stderr } = await check(`testdata/${name}`, "--format", "json");
    const bad = damaged.has(name.replace(".perf.data", ""));
    const warned = lossy.has(name.replace(".perf.data", ""));
    const { schema, verdict, errors, warnings } = JSON.parse(stdout);
    assertEquals([errors > 0, warned || bad], [bad, warnings > 0 || bad], name);
    assertEquals(
      { name, schema, verdict, code, stderr },
      {
        name,
        schema: "auxtail.check/1",
        verdict: bad ? "damaged" : warned ? "warnings" : "ok",
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
  // Its AUX records are of the other queues.
  assertEquals(said("payload-announced"), [[
    "warning",
    "queue 2 (CPU 2): no AUX record announces 128 of 128 bytes, nor 1984 bytes between them that " +
    "no chunk holds",
  ]]);
  assertEquals(all.length, gaps.length + 1);
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
    assertMatch(stdout, /^testdata\/\w+\.perf\.data: (warnings|damaged) \(.*\)\n/);
  }
});

Deno.test("auxtail check says one word by the worst finding, with its numbers", async () => {
  const lines = async (name: string) =>
    (await check(`testdata/${name}.perf.data`)).stdout.split("\n")
      .filter((line) => line.startsWith("testdata/") || / found$/.test(line));
  assertEquals(await lines("aux_none"), ["testdata/aux_none.perf.data: ok"]);
  assertEquals(await lines("aux_flags"), [
    "testdata/aux_flags.perf.data: warnings (7)",
    "aux-loss               7 found",
  ]);
  assertEquals(await lines("aux_cut"), [
    "testdata/aux_cut.perf.data: damaged (2 errors, 1 warning)",
    "data-whole             1 found",
    "payload-present        1 found",
    "finalised              1 found",
  ]);
});

Deno.test("auxtail check tells each cure once, after the last finding that it is for", async () => {
  const { stdout } = await check("testdata/aux_gaps.perf.data");
  assertEquals(stdout.split("\nchunk-continuity:\n")[1]?.split("\n\n")[0]?.split("\n"), [
    "  0x5c8 warning: queue 0 (CPU 0): gap from 0x40 to 0x80",
    "    Cure: No chunk holds these bytes: the recorder did not write them, or they",
    "    were removed.",
    "  0x678 warning: queue 1 (CPU 1): overlap from 0x40 to 0x20",
    "  0x6e8 warning: queue 2 (CPU 2): regression from 0x1040 to 0x800",
    "    Cure: Positions go back, so some bytes are there twice or belong to",
    "    another run. Do not join the chunks across this place.",
  ]);
});

Deno.test("auxtail check --exit-zero exits with 0, but not where it cannot read", async () => {
  assertEquals((await check("testdata/perf_cut.perf.data", "--exit-zero")).code, 0);
  const { code, stdout, stderr } = await check("testdata/README.aux.md", "--exit-zero");
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^auxtail: Cannot decode perf_file_header at 0x0: .*\n$/);
});

Deno.test("auxtail check writes a new file with write permission for it alone", async () => {
  const output = await Deno.makeTempFile();
  await Deno.remove(output);
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
