/**
 * Unpacks newer perfs than Debian 12's, for the tests that compare with them.
 *
 * They come from the mirror that the machine is set up for, with the libraries and the loader that
 * they need, into `testing/.cache/perf`; nothing is installed. What is there is not fetched again:
 * remove the folder to get newer ones. Exit codes: 0 if all are there, 75 if a download failed.
 *
 * Run with `deno task perfs`.
 *
 * @module
 */

import { DownloadError, fetchApart, unpack } from "../testing/debian_packages.ts";
import { PERF_CACHE, perfPrograms } from "../testing/perf_programs.ts";
import { exists, run } from "../testing/run_program.ts";

/** `EX_TEMPFAIL` of sysexits.h. */
const EXIT_DOWNLOAD = 75;
/** Suites with different perfs, and those that their libraries may come from. */
const SUITES = [["trixie"], ["sid"], ["trixie", "trixie-backports"]];

/** Runs perf with its own libraries, whatever the caller's folder. */
const WRAPPER = `#!/bin/sh
at=\${0%/*}
exec "$at/ld.so" --library-path "$at/lib" \${PERF_PRELOAD:+--preload "$PERF_PRELOAD"} \\
  "$at/perf.elf" "$@"
`;

async function providePerf(suites: readonly string[]): Promise<void> {
  const target = `${PERF_CACHE}/${suites.at(-1)}`;
  if (await exists(target)) return;
  await Deno.mkdir(PERF_CACHE, { recursive: true });
  await unpack(target, (folder) => fetchApart(["linux-perf"], { folder, suites }), keepPerf);
}

/** Reduces an unpacked system to perf, the libraries that it loads, and the loader. */
async function keepPerf(root: string): Promise<void> {
  const libraries = `${root}/usr/lib/${Deno.build.arch}-linux-gnu`;
  const [loader] = [...Deno.readDirSync(libraries)].map(({ name }) => name)
    .filter((name) => /^ld-linux.*\.so\.\d+$/.test(name));
  const perf = `${root}/usr/bin/perf`;
  const list = ["--list", "--library-path", libraries, perf];
  const { stdout } = await run(`${libraries}/${loader}`, list);
  await Deno.mkdir(`${root}/lib.kept`);
  for (const [, name, path] of stdout.matchAll(/^\s*(\S+) => (\/\S+)/gm)) {
    if (!path!.endsWith(`/${loader}`)) await Deno.copyFile(path!, `${root}/lib.kept/${name}`);
  }
  await Deno.copyFile(`${libraries}/${loader}`, `${root}/ld.so`);
  await Deno.copyFile(perf, `${root}/perf.elf`);
  await Deno.writeTextFile(`${root}/perf`, WRAPPER, { mode: 0o755 });
  const kept = ["perf", "perf.elf", "ld.so", "lib.kept"];
  for (const { name } of [...Deno.readDirSync(root)]) {
    if (!kept.includes(name)) await Deno.remove(`${root}/${name}`, { recursive: true });
  }
  await Deno.rename(`${root}/lib.kept`, `${root}/lib`);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function main(): Promise<void> {
  try {
    for (const suites of SUITES) await providePerf(suites);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    Deno.exitCode = EXIT_DOWNLOAD;
  }
  for (const { version, path } of perfPrograms()) print(`perf ${version}: ${path}`);
}

if (import.meta.main) await main();
