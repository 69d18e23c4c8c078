import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { callCli } from "../testing/call_cli.ts";
import { runCli } from "../testing/run_cli.ts";
import { replayFiles } from "./actions/_replay_workers.ts";

const FITS = "testdata/aux_demo_fits.perf.data";
const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";
const CUT = "testdata/aux_cut.perf.data";
const NONE = "testdata/aux_none.perf.data";
const SNAPSHOT = "testdata/aux_snapshot_pt.perf.data";
const NO_RECORDING = "testdata/README.md";
const WORK = { bits: 32, maxFlagged: 10, json: null };

interface Recording {
  readonly input: { readonly path: string };
  readonly verdict?: string;
  readonly error?: string;
}

interface Expected {
  readonly verdict: string;
  readonly totals: { readonly queues: number; readonly chunks: number; readonly auxBytes: number };
}

/** The known answers of the fixtures, by path. */
function expectations(): Map<string, Expected> {
  const names = [...Deno.readDirSync("testdata")].map(({ name }) => name)
    .filter((name) => name.endsWith(".replay.json"));
  return new Map(names.map((name) => [
    `testdata/${name.replace(".replay.json", ".perf.data")}`,
    JSON.parse(Deno.readTextFileSync(`testdata/${name}`)),
  ]));
}

Deno.test("auxtail replay of a folder is the known answers of all fixtures, the worst first", async () => {
  const known = expectations();
  const { code, stdout, stderr } = await callCli(["replay", "-f", "json", "testdata"]);
  assertEquals(code, 2);
  assertMatch(stderr, /^auxtail: not proven for 2 of \d+ recordings: .*2 cut or damaged\n$/);
  const { schema, recordings, totals, verdict } = JSON.parse(stdout);
  assertEquals([schema, verdict], ["auxtail.replays/2", "exceeds"]);
  const verdicts: string[] = recordings.map((each: Recording) => each.verdict);
  const order = ["exceeds", "incomplete", "fits", "not-applicable", "no-aux"];
  assertEquals(verdicts, verdicts.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  assertEquals(totals.recordings, recordings.length);
  let chunks = 0;
  let auxBytes = 0;
  for (const { input, verdict } of recordings) {
    const expected = known.get(input.path);
    assertEquals(verdict, expected?.verdict ?? (verdict === "incomplete" ? verdict : "no-aux"));
    chunks += expected?.totals.chunks ?? 0;
    auxBytes += expected?.totals.auxBytes ?? 0;
    known.delete(input.path);
  }
  assertEquals([...known.keys()], []);
  assertEquals([totals.chunks, totals.auxBytes], [chunks, auxBytes]);
  const single = await callCli(["replay", "-f", "json", EXCEEDS]);
  const found = recordings.find(({ input }: Recording) => input.path === EXCEEDS);
  assertEquals(found, JSON.parse(single.stdout));
});

Deno.test("auxtail replay answers the same whatever the number of jobs", async () => {
  for (const format of ["table", "json", "ndjson"]) {
    const args = ["replay", "-f", format, "testdata", NO_RECORDING, "testdata/missing"];
    const runs = [];
    for (const jobs of ["1", "2", "5"]) runs.push(await callCli([...args, "--jobs", jobs]));
    assertEquals(runs[0]?.code, 2);
    assertEquals(runs[1], runs[0]);
    assertEquals(runs[2], runs[0]);
  }
});

Deno.test("auxtail replay decodes compressed recordings in workers", async () => {
  const paths = ["aux_compressed", "aux_compressed2", "perf_zstd", "perf_pipe_zstd"]
    .map((name) => `testdata/${name}.perf.data`);
  const { code, stdout } = await runCli(["replay", "-f", "ndjson", "-j", "2", ...paths]);
  assertEquals(code, 1);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.slice(0, -1).map(({ verdict, input }) => [verdict, input.cut]), [
    ["exceeds", null],
    ["exceeds", null],
    ["no-aux", null],
    ["no-aux", null],
  ]);
});

Deno.test("auxtail replay of several exits with 2, else 1, else 0, as the worst of them", async () => {
  for (
    const [paths, code, verdict] of [
      [[FITS, NONE], 0, "fits"],
      [[NONE, SNAPSHOT], 0, "not-applicable"],
      [[NONE, NONE, "testdata/perf_plain.perf.data"], 0, "no-aux"],
      [[FITS, EXCEEDS], 1, "exceeds"],
      [[FITS, EXCEEDS, CUT], 2, "exceeds"],
      [[FITS, CUT], 2, "incomplete"],
      [[FITS, NO_RECORDING], 2, "incomplete"],
    ] as const
  ) {
    const run = await callCli(["replay", "-f", "json", ...paths]);
    assertEquals([run.code, JSON.parse(run.stdout).verdict], [code, verdict], paths.join());
    assertEquals(run.stderr === "", code < 2);
  }
  assertEquals((await callCli(["replay", "--exit-zero", FITS, EXCEEDS])).code, 0);
  assertEquals((await callCli(["replay", "--exit-zero", EXCEEDS, CUT])).code, 2);
});

Deno.test("auxtail replay continues after a file that cannot be read, which is a row", async () => {
  const paths = ["testdata/missing", NO_RECORDING, "/etc/hostname", FITS];
  const table = await runCli(["replay", ...paths]);
  assertEquals(table.code, 2);
  assertStringIncludes(table.stdout, "No such file");
  assertStringIncludes(table.stdout, "README.md: Cannot decode perf_file_header at 0x0");
  assertStringIncludes(table.stdout, "hostname: no permission: run with --allow-read=");
  assertEquals(table.stdout.split("\n").filter((line) => /^\S+ +error /.test(line)).length, 3);
  const json = await runCli(["replay", "-f", "json", ...paths]);
  const { recordings, totals }: {
    recordings: Recording[];
    totals: { recordings: number; errors: number };
  } = JSON.parse(json.stdout);
  assertEquals(recordings.map(({ input }) => input.path), paths);
  assertEquals(recordings.map(({ error }) => error !== undefined), [true, true, true, false]);
  assertEquals([totals.recordings, totals.errors], [4, 3]);
});

Deno.test("auxtail replay prints a table over files of at most 80 columns", async () => {
  const { stdout } = await callCli(["replay", "testdata", NO_RECORDING]);
  const lines = stdout.split("\n");
  assertEquals(lines.filter((line) => line.length > 80), []);
  assertMatch(lines[0]!, /^recording +verdict +present +missing +flagged +headroom$/);
  assertMatch(lines[1]!, /^README\.md +error +- +- +- +-$/);
  assert(lines.some((line) => /^aux_demo_exceeds\.perf\.data +exceeds .* 2 /.test(line)));
  assert(lines.some((line) => /^perf_threads\.perf\.dir +no-aux /.test(line)));
});

Deno.test("auxtail replay reads standard input beside files", async () => {
  const stdin = Deno.readFileSync("testdata/aux_pipe.perf.data");
  for (const jobs of ["1", "2"]) {
    const args = ["replay", "-f", "ndjson", "-j", jobs, FITS, "-"];
    const { code, stdout } = await runCli(args, { stdin });
    assertEquals(code, 1);
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(({ verdict }) => verdict), ["fits", "exceeds", undefined]);
    assertEquals(lines[2].summary.schema, "auxtail.replays/2");
  }
});

Deno.test("auxtail replay refuses options that do not go with several recordings", async () => {
  for (
    const [args, message] of [
      [["--jobs", "0", FITS], "1 to 64"],
      [["--jobs", "65", FITS], "1 to 64"],
      [["--queue", "0", FITS, EXCEEDS], "--queue goes with one recording"],
      [["--all", FITS, EXCEEDS], "--all goes with one recording"],
    ] as const
  ) {
    const { code, stdout, stderr } = await callCli(["replay", ...args]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("auxtail replay never writes its answer over one of the recordings", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/perf.data`;
    Deno.copyFileSync(FITS, path);
    Deno.linkSync(path, `${folder}/same`);
    const args = ["replay", "-o", `${folder}/same`, EXCEEDS, path];
    const { code, stderr } = await callCli(args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "cannot write to the input");
    assertEquals(Deno.readFileSync(path), Deno.readFileSync(FITS));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("replayFiles() makes a worker's failure the answer for its file alone", async () => {
  const source = `
    self.onmessage = () => {
      self.onmessage = ({ data: paths }) => {
        if (paths.includes("b")) throw new Error("out of luck");
        self.postMessage(paths.map((path) => ({ path, size: 1, json: null, found: { error: "done" } })));
      };
    };`;
  const paths = [..."abcdbe", ..."x".repeat(100), "b", "f"];
  for (const jobs of [2, 64]) {
    const answers = await Array.fromAsync(replayFiles(paths, { work: WORK, jobs, source }));
    assertEquals(answers.map(({ path }) => path), paths);
    for (const answer of answers) {
      const { path, found } = answer;
      const error = "error" in found ? found.error : "";
      assertStringIncludes(error, path === "b" ? "its worker failed: " : "done");
    }
  }
});

Deno.test("replayFiles() ends its workers when its answers are not wanted any more", async () => {
  for await (const { path } of replayFiles([FITS, EXCEEDS, CUT, NONE], { work: WORK, jobs: 2 })) {
    assertEquals(path, FITS);
    break;
  }
});

Deno.test("auxtail replay of many ends at Ctrl-C", async () => {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read=testdata", "cli/main.ts", "replay", "-j", "2", "-f"]
      .concat("ndjson", FITS, "-"),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.getReader();
  await reader.read();
  process.kill("SIGINT");
  reader.releaseLock();
  const { signal } = await process.status;
  assertEquals(signal, "SIGINT");
  await process.stdout.cancel();
  await process.stdin.abort().catch(() => {});
});
