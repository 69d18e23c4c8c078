/**
 * The kernel lab: runs auxtail on a real kernel, in an emulated machine, against a PMU in software.
 *
 * Run with `deno task lab`; README.md tells what it needs and what it checks. With `--fixtures` the
 * recordings of the run become those of `testdata/`. Exit codes: 0 if all is well, 1 if a check or
 * the building failed, 75 if something could not be downloaded.
 *
 * @module
 */

import { boot } from "./boot.ts";
import { comparisons, expectation } from "./comparisons.ts";
import { provideKernel, provideModules, providePerf32 } from "./downloads.ts";
import { type CheckResult, runCheck } from "./guest/check.ts";
import { RECORDINGS } from "./guest/recordings.ts";
import { GUEST_CHECKS } from "./guest/suite.ts";
import { buildImage } from "./image.ts";
import { parseResult, tableRow, withMissing } from "./results.ts";
import { DownloadError } from "../testing/debian_packages.ts";
import { CommandError, exists, run } from "../testing/run_program.ts";

/** `EX_TEMPFAIL` of sysexits.h. */
const EXIT_DOWNLOAD = 75;
const BOOT_SECONDS = 300;
/** Modules that the guest starts. */
const ENTRIES = ["cli/main.ts", "lab/guest/suite.ts"];

const project = `${import.meta.dirname}`.replace(/\/lab$/, "");
const cache = `${project}/lab/.cache`;
const left = `${cache}/out`;

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

/** Builds and boots the machine, and returns what its checks said. */
async function runGuest(): Promise<CheckResult[]> {
  const kernel = await provideKernel(cache);
  const perf32 = await providePerf32(cache);
  const modules = await provideModules(cache, project, ENTRIES);
  const image = await buildImage({ project, cache, kernel, perf32, modules });
  print(`Linux ${kernel.release}, Deno ${Deno.version.deno}`);
  const results: CheckResult[] = [];
  const disk = `${cache}/disk.img`;
  const consoleLog = `${cache}/console.log`;
  const machine = {
    kernel: `${kernel.folder}/boot/vmlinuz-${kernel.release}`,
    image,
    disk,
    consoleLog,
    timeoutSeconds: BOOT_SECONDS,
  };
  const ended = await boot(machine, (line) => {
    const result = parseResult(line);
    if (result !== null) results.push(printed(result));
  });
  const all = withMissing(results, GUEST_CHECKS);
  all.slice(results.length).forEach(printed);
  if (!ended || all.length > results.length) complain(await Deno.readTextFile(consoleLog));
  if (await exists(left)) await Deno.remove(left, { recursive: true });
  await Deno.mkdir(left);
  await run("tar", ["-x", "-f", disk, "-C", left]);
  return all;
}

/** Makes the recordings of this run the fixtures, with what perf and the module's parameters say of them. */
async function writeFixtures(): Promise<void> {
  for (const recording of RECORDINGS) {
    const target = `${project}/testdata/${recording.name}`;
    await Deno.copyFile(`${left}/${recording.name}.perf.data`, `${target}.perf.data`);
    await Deno.chmod(`${target}.perf.data`, 0o644);
    const expected = JSON.stringify(await expectation(left, recording), null, 2);
    await Deno.writeTextFile(`${target}.replay.json`, `${expected}\n`);
  }
}

async function main(): Promise<number> {
  const start = performance.now();
  const results = await runGuest();
  for (const check of comparisons(left)) results.push(printed(await runCheck(check)));
  const failed = results.filter(({ ok }) => !ok).length;
  const seconds = Math.round((performance.now() - start) / 1000);
  print(`${results.length} checks, ${failed} failed, ${seconds} s`);
  if (failed === 0 && Deno.args.includes("--fixtures")) await writeFixtures();
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main();
  } catch (error) {
    const isDownload = error instanceof DownloadError;
    if (!isDownload && !(error instanceof CommandError)) throw error;
    complain(isDownload ? `LAB NOT RUN, A DOWNLOAD FAILED: ${error.message}` : error.message);
    Deno.exitCode = isDownload ? EXIT_DOWNLOAD : 1;
  }
}
