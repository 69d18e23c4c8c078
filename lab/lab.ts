/**
 * The kernel lab: runs auxtail on real kernels, in emulated machines, against a PMU in software.
 *
 * Run with `deno task lab`; README.md tells what it needs and what it checks. `--all` runs all
 * machines, `--target NAME` one of them; with `--fixtures` the recordings of the run become those of
 * `testdata/`. Exit codes: 0 if all is well, 1 if a check or the building failed, 2 for arguments
 * that make no sense, 124 if a machine did not end in time, 75 if something could not be downloaded.
 *
 * @module
 */

import { boot } from "./boot.ts";
import { comparisons, expectation, type Left } from "./comparisons.ts";
import { Downloads, provideModules } from "./downloads.ts";
import { type CheckResult, runCheck } from "./guest/check.ts";
import { recordingsOf, whyNot } from "./guest/recordings.ts";
import type { GuestTarget } from "./guest/_target.ts";
import { guestChecks } from "./guest/suite.ts";
import { buildImage } from "./image.ts";
import { missingNames, parseResult, tableRow, withMissing } from "./results.ts";
import { guestTarget, type LabArguments, labArguments, type Target } from "./targets.ts";
import { DownloadError } from "../testing/debian_packages.ts";
import { CommandError, exists, run } from "../testing/run_program.ts";

/** Exit codes by what became of a target, the most important first: as of timeout(1), and `EX_TEMPFAIL`. */
const EXIT_CODES = { failed: 1, timeout: 124, download: 75, ok: 0 };
const EXIT_USAGE = 2;
/** What became of a target. */
interface Ending {
  readonly name: string;
  readonly end: keyof typeof EXIT_CODES;
  /** What is said of it in the last lines. */
  readonly summary: string;
}

const project = `${import.meta.dirname}`.replace(/\/lab$/, "");
const cache = `${project}/lab/.cache`;
/** Modules that the guest starts, among them the tests of a check. */
const ENTRIES = ["cli/main.ts", "lab/guest/suite.ts", ...liveTests()];

function liveTests(): string[] {
  return [...Deno.readDirSync(`${project}/live`)].map(({ name }) => `live/${name}`)
    .filter((path) => path.endsWith("_test.ts"));
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function complain(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

function printed(result: CheckResult): CheckResult {
  print(tableRow(result));
  return result;
}

/** Builds and boots a machine, prints what its checks said, and checks what it left. */
async function runTarget(target: Target, downloads: Downloads, fixtures: boolean): Promise<Ending> {
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 1000);
  const provided = await downloads.provide(target);
  const folder = `${cache}/targets/${target.name}`;
  await Deno.mkdir(folder, { recursive: true });
  const modules = await provideModules(cache, project, ENTRIES);
  const image = await buildImage({ project, target, cache: folder, provided, modules });
  print(`\n${target.name}: Linux ${provided.kernel.release}, Deno ${Deno.version.deno}`);
  const results: CheckResult[] = [];
  const disk = `${folder}/disk.img`;
  const consoleLog = `${folder}/console.log`;
  const kernel = `${provided.kernel.folder}/vmlinuz`;
  const { end, bootSeconds, limitSeconds } = await boot(
    { target, kernel, image, disk, consoleLog },
    (line) => {
      const result = parseResult(line);
      if (result !== null) results.push(printed(result));
    },
  );
  const told = () =>
    `${results.length} checks, ${count(({ ok }) => !ok)} failed, ` +
    `${count(({ skipped }) => skipped === true)} skipped, ${seconds()} s` +
    (bootSeconds === null ? "" : `, ${bootSeconds.toFixed(1)} s of them until user land`);
  const count = (like: (result: CheckResult) => boolean) => results.filter(like).length;
  if (end === "timeout") {
    complain(await Deno.readTextFile(consoleLog));
    const missing = missingNames(results, guestChecks(target));
    for (const name of missing) print(`no result    ${name}`);
    const when = bootSeconds === null ? "before user land ran" : "by then";
    const summary = `SWITCHED OFF, NOT DONE AFTER ${limitSeconds} s: ${told()}, ` +
      `${missing.length} have no result ${when}`;
    return { name: target.name, end: count(({ ok }) => !ok) > 0 ? "failed" : "timeout", summary };
  }
  const missing = withMissing(results, guestChecks(target)).slice(results.length);
  if (end === "error" || missing.length > 0) complain(await Deno.readTextFile(consoleLog));
  for (const result of missing) results.push(printed(result));
  const left = { folder: `${folder}/out`, perf: provided.hostPerf };
  if (await exists(left.folder)) await Deno.remove(left.folder, { recursive: true });
  await Deno.mkdir(left.folder);
  await run("tar", ["-x", "-f", disk, "-C", left.folder]);
  const known = guestTarget(target, provided.kernel.release);
  for (const check of comparisons(left, target)) {
    results.push(printed(await runCheck(check, known)));
  }
  const isGood = end === "off" && results.every(({ ok }) => ok);
  if (isGood && fixtures && target.isDefault) await writeFixtures(left, known);
  return { name: target.name, end: isGood ? "ok" : "failed", summary: told() };
}

/** Makes the recordings of this run the fixtures, with what perf and the module's parameters say of them. */
async function writeFixtures(left: Left, known: GuestTarget): Promise<void> {
  for (const recording of recordingsOf(known)) {
    if (!recording.isFixture || whyNot(recording, known) !== null) continue;
    const target = `${project}/testdata/${recording.name}`;
    await Deno.copyFile(`${left.folder}/${recording.name}.perf.data`, `${target}.perf.data`);
    await Deno.chmod(`${target}.perf.data`, 0o644);
    const expected = JSON.stringify(await expectation(left, recording), null, 2);
    await Deno.writeTextFile(`${target}.replay.json`, `${expected}\n`);
  }
}

async function main({ targets, fixtures }: LabArguments): Promise<number> {
  const endings: Ending[] = [];
  await using downloads = new Downloads(cache);
  for (const target of targets) {
    const { name } = target;
    try {
      endings.push(await runTarget(target, downloads, fixtures));
    } catch (error) {
      const isDownload = error instanceof DownloadError;
      if (!isDownload && !(error instanceof CommandError)) throw error;
      complain(error.message);
      const summary = isDownload ? "NOT RUN, A DOWNLOAD FAILED" : "CANNOT BE BUILT";
      endings.push({ name, end: isDownload ? "download" : "failed", summary });
    }
  }
  print("");
  for (const { name, summary } of endings) print(`${name}: ${summary}`);
  const worst = (Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[])
    .find((end) => endings.some((ending) => ending.end === end));
  return EXIT_CODES[worst ?? "ok"];
}

if (import.meta.main) {
  let wanted: LabArguments | null = null;
  try {
    wanted = labArguments(Deno.args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    complain(error.message);
  }
  Deno.exitCode = wanted === null ? EXIT_USAGE : await main(wanted);
}
