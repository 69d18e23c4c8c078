import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fixturePath } from "../testing/corpus.ts";
import { type EmptyMachine, registryTest } from "../testing/empty_machine.ts";

const root = new URL("../", import.meta.url);
const MAIN = new URL("cli/main.ts", root).pathname;
const FITS = fixturePath("aux_demo_fits.perf.data");
const BTS = fixturePath("aux_bts.perf.data");
/** README's line that fetches all beforehand. */
const [FETCH = ""] = /^deno cache .*$/m.exec(textOf("README.md")) ?? [];
/** What a user may have where auxtail is run. */
const OWN_FILES = {
  "deno.json": '{ "imports": { "@std/fmt/colors": "./none.ts", "a": "npm:is-odd@3.0.1" } }',
  "deno.lock": '{ "version": "5" }',
  "package.json": '{ "dependencies": { "is-odd": "3.0.1" } }',
};

await registryTest(
  "deno run fetches what a command uses, and works without network then",
  async (machine) => {
    const lock = textOf("deno.lock");
    for (const [name, text] of Object.entries(OWN_FILES)) {
      Deno.writeTextFileSync(`${machine.folder}/${name}`, text);
    }
    const run = (args: string, offline: boolean) =>
      machine.shell(`deno run --no-prompt --allow-read --allow-write '${MAIN}' ${args}`, {
        offline,
      });

    const first = await run(`info '${FITS}'`, true);
    assertEquals([first.code, first.stdout], [1, ""]);
    assertStringIncludes(first.stderr, "error: Failed caching npm package 'deno-std@");

    assertEquals((await run(`info '${FITS}'`, false)).code, 0);
    assertEquals(fetched(machine), ["deno-std"]);
    const commands = [
      ["uplot", `report '${FITS}' -o r.html`],
      ["hyparquet-writer", `convert '${FITS}' --to parquet -o tables`],
    ];
    for (const [name = "", command = ""] of commands) {
      const refused = await run(command, true);
      assertEquals([refused.code, refused.stdout], [2, ""]);
      const [, fetch = ""] = /^auxtail: cannot load .*; with a network, run: (.*)$/m
        .exec(refused.stderr) ?? [];
      assertMatch(fetch, new RegExp(` npm:${name}@[\\d.]+$`), refused.stderr);
      assertEquals(/^ +at /m.test(refused.stderr), false, refused.stderr);
      assertEquals(fetched(machine).includes(name), false);
      assertEquals((await machine.shell(fetch)).code, 0);
      const { code, stderr } = await run(command, true);
      assertEquals(code, 0, stderr);
    }
    assertEquals(fetched(machine), ["deno-std", "hyparquet", "hyparquet-writer", "uplot"]);
    // Of a package that is there in part, the same command makes a whole one.
    const uplot = `${machine.home}/.cache/deno/npm/${registryOf(machine)}/uplot`;
    const [version = ""] = [...Deno.readDirSync(uplot)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => name);
    for (const part of ["dist/uPlot.min.css", "dist/uPlot.iife.min.js", "package.json", "dist"]) {
      await Deno.remove(`${uplot}/${version}/${part}`, { recursive: true });
      const { code, stderr } = await run(`report '${FITS}'`, true);
      assertEquals([part, code], [part, 2], stderr);
      const [, fetch = ""] = /with a network, run: (.*)$/m.exec(stderr) ?? [];
      assertEquals((await machine.shell(fetch)).code, 0, stderr);
      assertEquals((await run(`report '${FITS}'`, true)).code, 0);
    }
    const rest = [
      `convert '${FITS}' '${BTS}' --to parquet --jobs 2 -o parts`,
      `packets --summary --jobs 2 '${BTS}'`,
      `replay --jobs 2 '${FITS}' '${BTS}'`,
      "man",
    ];
    for (const command of rest) {
      const { code, stderr } = await run(command, true);
      assertEquals([command, code], [command, 0], stderr);
    }
    for (const [name, text] of Object.entries(OWN_FILES)) {
      assertEquals(Deno.readTextFileSync(`${machine.folder}/${name}`), text);
    }
    const left = [...Deno.readDirSync(machine.folder)].map(({ name }) => name).sort();
    assertEquals(left, [...Object.keys(OWN_FILES), "parts", "r.html", "tables"].sort());
    assertEquals(textOf("deno.lock"), lock);
  },
);

await registryTest(
  "any task fetches all of deno.lock, and all tasks work without network then",
  async (machine) => {
    const lock = textOf("deno.lock");
    const task = (args: string, offline: boolean) =>
      machine.shell(`deno task ${args}`, { offline, cwd: root.pathname });
    assertEquals((await task("demo", false)).code, 0);
    assertEquals(fetched(machine), packagesOf(lock));
    const tasks = [
      "demo",
      `auxtail report '${FITS}'`,
      `auxtail:files convert '${FITS}' --to parquet -o '${machine.folder}/tables'`,
      `auxtail:files report '${FITS}' '${BTS}' -o '${machine.folder}/reports'`,
      "auxtail man",
    ];
    for (const args of tasks) {
      const { code, stderr } = await task(args, true);
      assertEquals([args, code], [args, 0], stderr);
    }
    assertEquals(textOf("deno.lock"), lock);
  },
);

await registryTest("README's line fetches what every way to run needs", async (machine) => {
  const lock = textOf("deno.lock");
  const { code, stderr } = await machine.shell(FETCH);
  assertEquals(code, 0, stderr);
  assertEquals([...Deno.readDirSync(machine.folder)], []);
  assertEquals(fetched(machine), packagesOf(lock));
  const without = `deno run --no-config --no-lock --import-map '${root.pathname}deno.json' ` +
    `--allow-read --allow-write '${MAIN}'`;
  const lines = [
    `cd '${root.pathname}' && deno task auxtail report '${FITS}'`,
    `${without} report '${FITS}'`,
    `${without} convert '${FITS}' --to parquet -o tables`,
  ];
  for (const line of lines) {
    const { code, stderr } = await machine.shell(line, { offline: true });
    assertEquals([line, code], [line, 0], stderr);
  }
  assertEquals(textOf("deno.lock"), lock);
});

/** Names of the npm packages that are in the cache. */
function fetched(machine: EmptyMachine): string[] {
  const folder = `${machine.home}/.cache/deno/npm/${registryOf(machine)}`;
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    [...Deno.readDirSync(`${folder}/${name}`)].some(({ isDirectory }) => isDirectory)
  ).sort();
}

function registryOf(machine: EmptyMachine): string {
  return [...Deno.readDirSync(`${machine.home}/.cache/deno/npm`)][0]!.name;
}

function packagesOf(lock: string): string[] {
  return Object.keys(JSON.parse(lock).npm).map((name) => name.replace(/@[^@]*$/, "")).sort();
}

function textOf(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}
