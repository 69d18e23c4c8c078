/**
 * Records `testdata/perf_*` with Linux perf, and writes beside each recording what perf reads in it.
 *
 * Needs root, Debian's linux-perf (6.1 or newer), util-linux, gcc, and the newer perfs of `deno task perfs`. Every
 * recording is made in fresh namespaces, with a neutral host name and an empty environment; the kernel release in the
 * files is replaced by a neutral one of the same length, and a recording that caught a foreign process or path is made
 * again.
 *
 * Run with `deno run --allow-all _tools/record_fixtures.ts [NAME...]`, in the root of the repository; with names, the
 * other recordings stay.
 *
 * @module
 */

import { type Recipe, RECIPES, VARIABLES } from "./_fixture_recipes.ts";
import { cutInsideRecord, wholeRecords } from "../testing/perf_repair.ts";
import type { HeaderFacts } from "../testing/header_facts.ts";
import { newerPerfs } from "../testing/perf_programs.ts";
import { fakeSchedstat } from "../testing/schedstat.ts";
import { describeBroken, describeRecording, dumpRecords, perfOutput } from "./_perf_reports.ts";

const FOLDER = "testdata";
const HOST_NAME = "auxtail";
const ATTEMPTS = 20;

const CUT_NAME = "perf_cut";
const CUT_COMMAND = "the first bytes of perf_plain.perf.data, up to 12 bytes into a record";

/** Enters the namespaces, hides what the kernel would tell about the machine, and runs the command in `$2`. */
const ISOLATE = `
set -e
hostname ${HOST_NAME}
[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing
for file in printk_formats saved_cmdlines; do mount --bind /dev/null /sys/kernel/tracing/$file; done
mount --bind "$1" /mnt
[ -z "$3" ] || mount --bind "$3" /opt
cd /mnt
exec env -i PATH=/opt:/usr/bin:/bin LC_ALL=C $4 sh -c "$2"
`;

const COMMANDS_SEEN = /^(perf|perf-exec|sh|dd|sleep|unshare)$/;
const PATHS_SEEN = /^(\/usr\/(bin|lib)\/|\/etc\/ld\.so\.cache$|\[|\/\/anon|\/$)/;

function pathOf(recipe: Recipe, folder: string): string {
  return `${folder}/${recipe.name}.perf.${recipe.directory ? "dir" : "data"}`;
}

/** The perf that makes a recording, and says what is in it. */
function perfOf({ newest }: Recipe): string {
  if (!newest) return "perf";
  const perf = newerPerfs().at(-1);
  if (perf === undefined) throw new Error("There is no newer perf: run deno task perfs");
  return perf.path;
}

async function record(recipe: Recipe, folder: string): Promise<void> {
  const namespaces = ["--uts", "--pid", "--fork", "--mount", "--mount-proc", "--net", "--ipc"];
  const script = [...VARIABLES, `OUT=${pathOf(recipe, ".").slice(2)}`, recipe.command].join("\n");
  const perf = recipe.newest ? perfOf(recipe).replace(/\/perf$/, "") : "";
  const schedstat = recipe.newest ? await fakeSchedstat(folder, 17, "/mnt") : {};
  const settings = Object.entries(schedstat).map(([name, value]) => `${name}=${value}`).join(" ");
  const { code, stderr } = await new Deno.Command("unshare", {
    args: [...namespaces, "--cgroup", "sh", "-c", ISOLATE, "sh", folder, script, perf, settings],
    stdin: "null",
  }).output();
  if (code !== 0) {
    throw new Error(`Cannot record ${recipe.name}: ${new TextDecoder().decode(stderr)}`);
  }
}

/** Returns the names in a dump that do not belong to the recorded commands. */
function foreignNames(dump: string): string[] {
  const commands = [...dump.matchAll(/PERF_RECORD_COMM(?: exec)?: (.*):-?\d+\/-?\d+$/gm)];
  const paths = [
    ...dump.matchAll(/PERF_RECORD_MMAP2? .*: [r-][w-][x-][ps] (.+)$/gm),
    ...dump.matchAll(/PERF_RECORD_CGROUP cgroup: \d+ (.*)$/gm),
  ];
  return [
    ...commands.map((match) => match[1] ?? "").filter((name) => !COMMANDS_SEEN.test(name)),
    ...paths.map((match) => match[1] ?? "").filter((path) => !PATHS_SEEN.test(path)),
  ];
}

/** Replaces the vendor's part of the kernel release, in place, by text of the same length. */
function neutralise(bytes: Uint8Array): void {
  const release = Deno.osRelease();
  const [version = ""] = release.split("-");
  const neutral = `${version}-generic`.padEnd(release.length, "0").slice(0, release.length);
  const wanted = new TextEncoder().encode(release);
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) {
      bytes.set(new TextEncoder().encode(neutral), at);
    }
  }
}

async function neutralCopy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (isDirectory) {
    await Deno.mkdir(to, { recursive: true });
    for await (const { name } of Deno.readDir(from)) {
      await neutralCopy(`${from}/${name}`, `${to}/${name}`);
    }
    return;
  }
  const bytes = await Deno.readFile(from);
  neutralise(bytes);
  await Deno.writeFile(to, bytes);
}

async function recordUntilClean(recipe: Recipe, folder: string): Promise<void> {
  const path = pathOf(recipe, folder);
  let reasons: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
    await record(recipe, folder);
    const readable = recipe.unfinalised ? await repairedCopy(path, folder) : path;
    const dump = await dumpRecords(perfOf(recipe), readable);
    const absent = (recipe.wanted ?? []).filter((text) => !dump.includes(text));
    reasons = [
      ...absent.map((text) => `no "${text}"`),
      ...foreignNames(dump).map((name) => `foreign "${name}"`),
    ];
    if (reasons.length === 0) return;
  }
  throw new Error(`Cannot record ${recipe.name} in ${ATTEMPTS} attempts: ${reasons.join(", ")}`);
}

async function repairedCopy(path: string, folder: string): Promise<string> {
  const copy = `${folder}/repaired`;
  await Deno.writeFile(copy, wholeRecords(await Deno.readFile(path)).bytes);
  return copy;
}

async function writeJson(name: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(`${FOLDER}/${name}.records.json`, `${JSON.stringify(value, null, 2)}\n`);
}

async function writeBroken(name: string, folder: string): Promise<void> {
  const path = `${FOLDER}/${name}.perf.data`;
  const broken = wholeRecords(await Deno.readFile(path));
  await writeJson(name, await describeBroken(path, await repairedCopy(path, folder), broken));
}

async function readme(): Promise<string> {
  const plain = await readFacts("perf_plain");
  const row = async (name: string, file: string, holds: string, command: string) => {
    const { perf, header } = await readFacts(name);
    const kernel = header.osRelease ?? plain.header.osRelease;
    return `| \`${file}\` | ${holds} | ${kernel} | ${perf} | ${command} |`;
  };
  const rows: string[] = [];
  for (const recipe of RECIPES) {
    const fields = recipe.script ? `; script fields \`${recipe.script}\`` : "";
    const file = pathOf(recipe, ".").slice(2);
    rows.push(await row(recipe.name, file, recipe.holds, `\`${recipe.command}\`${fields}`));
  }
  rows.push(await row(CUT_NAME, `${CUT_NAME}.perf.data`, "file cut inside a record", CUT_COMMAND));
  return [
    "# Recordings made with perf",
    "",
    "`_tools/record_fixtures.ts` makes them again, as root on Debian with linux-perf; those whose names",
    "end in `_new` with the newest perf of `deno task perfs`, and with a `/proc/schedstat` of ours. All",
    "have software events only, on x86-64 with two CPUs, and were recorded in namespaces of their own",
    "(host name, processes, mounts, network, IPC, cgroups) with an empty environment. The kernel release",
    "inside the files was then replaced by a neutral one of the same length; nothing else was changed.",
    "",
    "Beside each recording, `<name>.records.json` has what perf itself reads in it: the number of records",
    "of each type in the whole stream, decompressed ones included (`perf report -D`), and facts of the",
    "header (`perf report --header-only -I`). Where perf refuses a file, its message is in `perfError` and",
    "the counts are those of a repaired copy: cut after the last whole record (`wholeRecordsEnd`, a file",
    "offset; `rest` bytes follow it), the data size set accordingly, the feature bits cleared.",
    "`<name>.script.txt` is the output of `perf script --ns -F` with the fields given below.",
    "",
    "The commands use these shell variables; `$OUT` is the recording.",
    "",
    "```sh",
    ...VARIABLES,
    "```",
    "",
    "| Recording | Holds | Kernel | perf | Command |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

async function readFacts(name: string): Promise<{ perf: string; header: Partial<HeaderFacts> }> {
  return JSON.parse(await Deno.readTextFile(`${FOLDER}/${name}.records.json`));
}

async function main(names: readonly string[]): Promise<void> {
  const recipes = RECIPES.filter(({ name }) => names.length === 0 || names.includes(name));
  const folder = await Deno.makeTempDir();
  try {
    for (const recipe of recipes) {
      await recordUntilClean(recipe, folder);
      const path = pathOf(recipe, FOLDER);
      await neutralCopy(pathOf(recipe, folder), path);
      if (recipe.unfinalised) await writeBroken(recipe.name, folder);
      else await writeJson(recipe.name, await describeRecording(perfOf(recipe), path));
      if (recipe.script) {
        const text = await perfOutput("perf", "script", "--ns", "-F", recipe.script, "-i", path);
        await Deno.writeTextFile(`${FOLDER}/${recipe.name}.script.txt`, text);
      }
    }
    if (recipes.some(({ name }) => name === "perf_plain")) {
      const plain = await Deno.readFile(`${FOLDER}/perf_plain.perf.data`);
      await Deno.writeFile(`${FOLDER}/${CUT_NAME}.perf.data`, cutInsideRecord(plain));
      await writeBroken(CUT_NAME, folder);
    }
    await Deno.writeTextFile(`${FOLDER}/README.perf.md`, await readme());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main(Deno.args);
