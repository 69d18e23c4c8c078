import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../testing/run_cli.ts";

const FITS = "testdata/aux_demo_fits.perf.data";
const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";
const CUT = "testdata/aux_cut.perf.data";
const CSV = ["--to", "csv", "--table", "tails"];

/** What the program is started with, by the exit code that the contract gives it. */
const CALLS: Readonly<Record<number, readonly (readonly string[])[]>> = {
  0: [
    ["replay", FITS],
    ["replay", "--exit-zero", EXCEEDS],
    ["replay", FITS, FITS],
    ["info", EXCEEDS],
    ["dump", EXCEEDS],
    ["check", FITS],
    ["check", "--exit-zero", CUT],
    ["info", FITS, EXCEEDS],
    ["dump", FITS, EXCEEDS],
    ["packets", FITS, EXCEEDS],
    ["check", "--exit-zero", FITS, CUT],
    ["packets", EXCEEDS],
    ["convert", EXCEEDS, ...CSV],
    ["completions", "bash"],
    ["man"],
    [],
    ["--help"],
    ["--version"],
    ["--", "info", FITS],
  ],
  1: [
    ["replay", EXCEEDS],
    ["replay", FITS, EXCEEDS],
    ["check", CUT],
    ["check", FITS, CUT],
  ],
  2: [
    ["replay", CUT],
    ["replay", "--exit-zero", CUT],
    ["replay", EXCEEDS, CUT],
    ["info", CUT],
    ["dump", CUT],
    ["packets", CUT],
    ["convert", CUT, ...CSV],
    ["extract", FITS, "-o", "nowhere"], // no permission
    ["record", "-o", "nowhere"],
    ["watch"],
    ["pmus"],
    ["check", "testdata/missing"],
    ["check", CUT, "testdata/missing"],
    ["info", FITS, CUT],
    ["dump", CUT, FITS],
    ["packets", "testdata/missing", FITS],
    ["info", ""],
    ["replay"],
    ["replay", "--files-from", "testdata/missing"],
    ["nothing"],
  ],
};

for (const [code, calls] of Object.entries(CALLS)) {
  Deno.test(`auxtail ends with exit code ${code} where the contract says so`, async () => {
    for (const args of calls) {
      const run = await runCli(args);
      assertEquals([args, run.code], [args, Number(code)], run.stderr);
      if (code === "2") assertMatch(run.stderr, /^(?:Usage: .*\n)?(?:auxtail: [^\n]+\n){1,2}$/);
      else assertEquals(run.stderr, "");
    }
  });
}
