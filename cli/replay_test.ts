import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { callCli, cliLinesOn } from "../testing/call_cli.ts";
import { PerfFileBuilder } from "../testing/perf_builder.ts";
import { runCli } from "../testing/run_cli.ts";
import { VERSION } from "../text/mod.ts";

const FITS = "testdata/aux_demo_fits.perf.data";
const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";

Deno.test("auxtail replay prints the expected JSON of every fixture", async () => {
  const names = [...Deno.readDirSync("testdata")].map(({ name }) => name)
    .filter((name) => name.endsWith(".replay.json")).sort();
  for (const name of names) {
    const expected = JSON.parse(Deno.readTextFileSync(`testdata/${name}`));
    const path = `testdata/${name.replace(".replay.json", ".perf.data")}`;
    const { code, stdout } = await callCli(["replay", "--format", "json", path]);
    assertEquals([name, code], [name, expected.exitCode]);
    const answer: Answer = JSON.parse(stdout);
    assertEquals(answer.input.path, path);
    assertEquals(leftOut(answer), { ...expected, exitCode: undefined }, name);
  }
});

interface Answer extends Record<string, unknown> {
  input: {
    path?: string;
    packed?: null;
    cut: { reason?: string; fault?: string; cure?: string } | null;
  };
  totals: { lostEvents?: number };
  losses: { remedy?: string; error?: null }[];
  judgement: Record<string, { why?: string }>;
}

/** The answer without what the expected files leave out. */
function leftOut({ conclusion, notes, advice, ...answer }: Answer): unknown {
  assert(typeof conclusion === "string" && conclusion.length > 0);
  assert(Array.isArray(notes));
  assert(advice === null || typeof advice === "string");
  delete answer.input.path;
  delete answer.input.packed;
  for (const loss of answer.losses) {
    delete loss.remedy;
    assertEquals(loss.error, null);
    delete loss.error;
  }
  for (const judgement of Object.values(answer.judgement)) delete judgement.why;
  for (const word of ["reason", "fault", "cure"] as const) delete answer.input.cut?.[word];
  delete answer.totals.lostEvents;
  return { ...answer, exitCode: undefined };
}

Deno.test("auxtail replay exits with 0, 1 and 2 as the contract says", async () => {
  assertEquals((await runCli(["replay", FITS])).code, 0);
  assertEquals((await runCli(["replay", EXCEEDS])).code, 1);
  assertEquals((await runCli(["replay", "--exit-zero", EXCEEDS])).code, 0);
  const cut = await runCli(["replay", "testdata/aux_cut.perf.data"]);
  assertEquals(cut.code, 2);
  assertStringIncludes(cut.stdout, "cut at 0x300");
  assertMatch(cut.stderr, /^auxtail: .*0x300.*\n$/);
  const missing = await runCli(["replay", "testdata/missing"]);
  assertEquals([missing.code, missing.stdout], [2, ""]);
  assertMatch(missing.stderr, /^auxtail: .*testdata\/missing.*\n$/);
  const other = await runCli(["replay", "testdata/README.md"]);
  assertEquals([other.code, other.stdout], [2, ""]);
  assertMatch(other.stderr, /^auxtail: Cannot decode perf_file_header at 0x0: .*\n$/);
});

Deno.test("auxtail replay needs only to read its input, and to write its output", async () => {
  const denied = await runCli(["replay", FITS], { permissions: [] });
  assertEquals(denied.code, 2);
  assertStringIncludes(denied.stderr, `--allow-read=${FITS}`);
  const allowed = await runCli(["replay", FITS], { permissions: [`--allow-read=${FITS}`] });
  assertEquals(allowed.code, 0);
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/answer.json`;
    const args = ["replay", "-f", "json", "-o", path, FITS];
    assertEquals((await runCli(args, { permissions: [`--allow-read=${FITS}`] })).code, 2);
    const permissions = [`--allow-read=${FITS}`, `--allow-write=${path}`];
    const { code, stdout } = await runCli(args, { permissions });
    assertEquals([code, stdout], [0, ""]);
    assertEquals(JSON.parse(Deno.readTextFileSync(path)).verdict, "fits");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("auxtail replay reads standard input without any permission", async () => {
  const stdin = Deno.readFileSync("testdata/aux_pipe.perf.data");
  const { code, stdout } = await runCli(["replay", "-f", "json", "-"], { permissions: [], stdin });
  assertEquals(code, 1);
  const expected = JSON.parse(Deno.readTextFileSync("testdata/aux_pipe.replay.json"));
  assertEquals(JSON.parse(stdout).queues, expected.queues);
});

Deno.test("auxtail replay writes one NDJSON line per tail, then the summary", async () => {
  const { stdout } = await callCli(["replay", "-f", "ndjson", EXCEEDS]);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const summary = lines.pop().summary;
  assertEquals(summary.schema, "auxtail.replay/2");
  assertEquals(lines.length, summary.totals.chunks);
  assertEquals(lines.filter(({ refused }) => refused).length, 2);
  assertEquals(lines.find(({ refused }) => refused), {
    queue: 0,
    cpu: 0,
    tid: 4242,
    chunk: 2,
    fileOffset: "0x1c40",
    auxOffset: "0xfffffa00",
    size: 1928,
    head: "0x100000187",
    tail: "0x100000187",
    tailExact: true,
    refused: true,
    timeNs: "812349078901",
  });
  const loose = await callCli(["replay", "-f", "ndjson", "testdata/aux_only.perf.data"]);
  const last = JSON.parse(loose.stdout.trim().split("\n").at(-1)!);
  assertEquals(loose.stdout.trim().split("\n").length - 1, last.summary.totals.chunks);
});

Deno.test("auxtail replay judges by --bits and by --from-arch", async () => {
  const small = await callCli(["replay", "--bits", "12", "-f", "json", FITS]);
  assertEquals(small.code, 1);
  assertEquals(JSON.parse(small.stdout).limit, { bits: 12, maxTail: "0xfff" });
  for (
    const [arch, code, word] of [
      ["x86_64", 1, "stopped by the limit"],
      ["aarch64", 0, "LDRD"],
      ["armv7l", 0, "can be torn"],
      ["ppc64", 0, "can be torn"],
    ] as const
  ) {
    const run = await callCli(["replay", "--from-arch", arch, "-f", "json", EXCEEDS]);
    assertEquals([arch, run.code], [arch, code]);
    assertStringIncludes(JSON.parse(run.stdout).conclusion, word);
  }
  for (const arch of ["aarch46", "AARCH64", "amd64", "x86"]) {
    const { code, stderr } = await callCli(["replay", "--from-arch", arch, EXCEEDS]);
    assertEquals([arch, code], [arch, 2]);
    assertStringIncludes(stderr, "as uname -m names it");
  }
});

Deno.test("auxtail replay, report and convert refuse a --perf that there is not", async () => {
  for (const command of [["replay"], ["report", "-o", "x"], ["convert", "--to", "csv"]]) {
    const { code, stdout, stderr } = await callCli([...command, "--perf", "6.1", EXCEEDS]);
    assertEquals([command, code, stdout], [command, 2, ""]);
    assertMatch(stderr, /Option "--perf" must be .*"6\.1"/);
    assertMatch(stderr, /generic.*released/);
  }
});

Deno.test("auxtail replay says of a tail that may have fitted that it may", async () => {
  // Its window is 0xfffffff9 to 0x100000000: up to seven bytes of the chunk are padding.
  const path = "testdata/aux_inexact_tail.perf.data";
  const { code, stdout } = await callCli(["replay", path]);
  assertEquals(code, 1);
  assertStringIncludes(
    stdout.replace(/\s+/g, " "),
    "A 32-bit perf with the accessors of the v4 patch may have stopped at the last tail of queue 0 " +
      "(CPU 0), at 10.000000000 s of its clock: it lies from 0xfffffff9 to 0x100000000, and above " +
      "0xffffffff it needs more than 32 bits.",
  );
});

Deno.test("auxtail replay prints tables of at most 80 columns, coloured only when asked", async () => {
  for (const path of [FITS, EXCEEDS, "testdata/aux_gaps.perf.data"]) {
    const { stdout } = await callCli(["replay", "--exit-zero", path]);
    assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
    assertEquals(stdout.includes("\x1b"), false);
  }
  const always = ["replay", "--color", "always", EXCEEDS];
  const { stdout } = await runCli(always, { env: { NO_COLOR: "" } });
  assertEquals(stdout.includes("\x1b[31m"), true);
  const never = await runCli(always, { env: { NO_COLOR: "1" } });
  assertEquals(never.stdout.includes("\x1b"), false);
});

Deno.test("auxtail explains a wrong command line and exits with 2", async () => {
  for (
    const [args, message] of [
      [["replya", FITS], '"replay"?'],
      [["replay", "--bist", "3", FITS], 'Unknown option "--bist"'],
      [["replay", "--bits", "x", FITS], "integer"],
      [["replay", "--bits", "64", FITS], "8 to 52"],
      [["replay"], "file"],
      [["replay", "", FITS], "An argument is empty; a variable of the shell may be unset"],
      [["replay", "--format=", FITS], 'Option "--format" needs a value'],
      [["replay", "--format", "xml", FITS], "ndjson"],
    ] as const
  ) {
    const { code, stdout, stderr } = await callCli(args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, message);
    assertStringIncludes(stderr, "Usage:");
  }
});

Deno.test("auxtail ends quietly when its reader goes away", async () => {
  const command = `"${Deno.execPath()}" run --no-prompt --allow-read=testdata cli/main.ts dump ` +
    "--format ndjson testdata/perf_system_wide.perf.data | head -n 1";
  const { code, stderr } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});

Deno.test("auxtail prints help and version, after every command", async () => {
  const help = await callCli(["replay", "--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "--from-arch");
  for (const args of [["-V"], ["replay", "-V"], ["--version"]]) {
    const { code, stdout } = await callCli(args);
    assertEquals([code, stdout], [0, `${VERSION}\n`]);
  }
});

Deno.test("auxtail replay says in its heading that the type of trace is unknown", async () => {
  const file = new PerfFileBuilder().auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 });
  const [heading] = await cliLinesOn(file.bytes(), "replay");
  assertMatch(heading!, /: unknown trace type, full mode, file$/);
});
