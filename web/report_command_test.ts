import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { type CliRun, runCli } from "../testing/run_cli.ts";

const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";
const FITS = "testdata/aux_demo_fits.perf.data";

/** Runs `auxtail report` as `deno task auxtail:files` does, with a folder to write to. */
function runReport(args: readonly string[], folder: string, stdin?: Uint8Array): Promise<CliRun> {
  const permissions = [
    "--quiet",
    `--allow-read=testdata,${folder}`,
    `--allow-write=${folder}`,
  ];
  return runCli(["report", ...args], { permissions, ...(stdin !== undefined && { stdin }) });
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("auxtail report writes one page, and says where and what", () =>
  inFolder(async (folder) => {
    const out = `${folder}/report.html`;
    const { code, stdout, stderr } = await runReport(["-o", out, EXCEEDS], folder);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, `wrote ${out}: This recording was stopped by the limit`);
    const page = Deno.readTextFileSync(out);
    assert(page.startsWith("<!DOCTYPE html>"));
    assertStringIncludes(page, 'data-verdict="exceeds"');
    assertStringIncludes(page, "aux_demo_exceeds.perf.data");
    assertStringIncludes(page, "Content-Security-Policy");
    assertEquals(/https?:\/\/(?!www\.w3\.org\/)/.test(page.replace(/\/\*!.*?\*\//gs, "")), false);
    assert(page.length < 300_000 + 4_000_000);
  }));

Deno.test("auxtail report has the exit codes of replay", () =>
  inFolder(async (folder) => {
    const out = `${folder}/report.html`;
    const beyond = `${folder}/beyond.perf.data`;
    const recording = new AuxRecording().chunk(0, { offset: 2n ** 64n - 256n, size: 512 });
    Deno.writeFileSync(beyond, recording.bytes());
    for (
      const [args, expected] of [
        [[FITS], 0],
        [["--exit-zero", EXCEEDS], 0],
        [["--bits", "12", FITS], 1],
        [["--from-arch", "aarch64", EXCEEDS], 0],
        [["--from-arch", "aarch64", "--perf", "generic", EXCEEDS], 1],
        [["--perf", "released", EXCEEDS], 1],
        [[beyond], 2],
        [["testdata/aux_cut.perf.data"], 2],
        [["testdata/aux_none.perf.data"], 0],
        [["testdata/missing.perf.data"], 2],
      ] as const
    ) {
      const { code, stderr } = await runReport(["-q", "-o", out, ...args], folder);
      assertEquals([args, code, stderr.trim().split("\n").length], [args, expected, 1]);
      if (expected < 2) assertEquals(stderr, "");
    }
  }));

Deno.test("auxtail report of a recording without data is below 300 KB", () =>
  inFolder(async (folder) => {
    const out = `${folder}/report.html`;
    await runReport(["-o", out, "testdata/aux_none.perf.data"], folder);
    assert(Deno.statSync(out).size < 300_000);
  }));

Deno.test("auxtail report reads and writes streams", () =>
  inFolder(async (folder) => {
    const stdin = Deno.readFileSync("testdata/aux_pipe.perf.data");
    const { code, stdout, stderr } = await runReport(["-"], folder, stdin);
    assertEquals(code, 1);
    assert(stdout.startsWith("<!DOCTYPE html>"));
    assertStringIncludes(stdout, "<h1>standard input</h1>");
    assertEquals(stderr.startsWith("auxtail: "), true);
  }));

Deno.test("auxtail report never overwrites its input", () =>
  inFolder(async (folder) => {
    const path = `${folder}/perf.data`;
    Deno.copyFileSync(FITS, path);
    const { code, stderr } = await runReport(["-o", path, path], folder);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "cannot write to the input");
    assertEquals(Deno.readFileSync(path), Deno.readFileSync(FITS));
  }));

Deno.test("auxtail report takes uPlot of the version that the page was tried with", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync("deno.json"));
  const action = Deno.readTextFileSync("cli/actions/report.ts");
  assertStringIncludes(action, `"${imports.uplot}"`);
});
