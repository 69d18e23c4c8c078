/**
 * Runs `auxtail` of the installed npm package: as npx starts it, in folders that would disturb Deno,
 * with permissions, under signals, without network, and without npm's Deno.
 *
 * Run with `deno task test:doors`.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { openPerfFile } from "../mod.ts";
import { fixturePath } from "../testing/corpus.ts";
import { EmptyMachine } from "../testing/empty_machine.ts";
import { type InstalledPackage, packageTest } from "../testing/installed_package.ts";
import { type Outcome, run } from "../testing/run_program.ts";

const FITS = fixturePath("aux_demo_fits.perf.data");
const EXCEEDS = fixturePath("aux_demo_exceeds.perf.data");
const POLL_MS = 10;
/** The flag that a message names. */
const FLAG = /--allow-write=[^\s;]+/;

const root = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** Runs the command line of the checkout. */
function ofCheckout(args: readonly string[]): Promise<Outcome> {
  const words = ["run", "--no-prompt", "--config", `${root}deno.json`, "--allow-read"];
  const options = { accept: "any", env: { "NO_COLOR": "1" } } as const;
  return run(Deno.execPath(), [...words, `${root}cli/main.ts`, ...args], options);
}

function npx({ machine }: InstalledPackage, args: readonly string[]): Promise<Outcome> {
  return machine.run("npx", ["auxtail", ...args], { accept: "any" });
}

/** Paths of all files in a folder, and what is in them. */
function contents(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(found, contents(path));
    else found[path] = Deno.readTextFileSync(path);
  }
  return found;
}

function newFolder({ home }: EmptyMachine): string {
  return Deno.makeTempDirSync({ dir: home });
}

packageTest("npx auxtail answers as the checkout does", async (installed, t) => {
  const { version } = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  const commands: [args: string[], code: number][] = [
    [["replay", FITS], 0],
    [["replay", EXCEEDS], 1],
    [["replay", "--format", "json", "--jobs", "2", FITS, EXCEEDS], 1],
    [["replay", "absent.data"], 2],
    [["reply", FITS], 2],
    [["packets", "--jobs", "2", FITS], 0],
    [["convert", "--to", "csv", "--table", "tails", EXCEEDS], 0],
    [["-V"], 0],
    [["--help"], 0],
    [["replay", "--help"], 0],
    [["man"], 0],
    [["completions", "bash"], 0],
  ];
  for (const [args, code] of commands) {
    await t.step(args.join(" "), async () => {
      const answer = await npx(installed, args);
      assertEquals(answer, await ofCheckout(args));
      assertEquals(answer.code, code);
      if (args[0] === "-V") assertEquals(answer.stdout, `${version}\n`);
    });
  }
});

packageTest("leading words give Deno its permissions", async (installed) => {
  const { machine } = installed;
  const cwd = newFolder(machine);
  const path = `${cwd}/out`;
  const refused = await npx(installed, ["info", FITS, "-o", path]);
  assertEquals([refused.code, refused.stdout], [2, ""]);
  const [said = ""] = FLAG.exec(refused.stderr) ?? [];
  assertEquals((await npx(installed, [said, "info", FITS, "-o", path])).code, 0);
  const again = await npx(installed, [said, "info", FITS, "-o", path]);
  const [both = ""] = FLAG.exec(again.stderr) ?? [];
  assertEquals([again.code, both.includes(",")], [2, true], again.stderr);
  assertEquals((await npx(installed, [both, "info", FITS, "-o", path])).code, 0);
  for (const words of [["--allow-all"], ["-A"], ["-RW"], ["-R", `-W=${cwd}`, "-N=a.example"]]) {
    const { code, stderr } = await npx(installed, [...words, "info", FITS, "-o", path]);
    assertEquals([words, code], [words, 0], stderr);
  }
  assertEquals(
    (await npx(installed, ["--allow-read=/absent", "--no-prompt", "info", FITS])).code,
    2,
  );
  assertEquals((await npx(installed, ["-R=/absent", "--no-prompt", "info", FITS])).code, 2);
  assertEquals((await npx(installed, [`--deny-read=${FITS}`, "info", FITS])).code, 2);
  // After the command, words are the command's.
  assertEquals((await npx(installed, ["info", "--allow-write", FITS])).code, 2);
});

packageTest("what ends Deno before the program starts is exit code 2", async (installed, t) => {
  const { machine } = installed;
  const program = `${machine.folder}/node_modules/.bin/auxtail`;
  const attempts: [name: string, args: string[], env?: Record<string, string>][] = [
    ["an unknown flag", ["--allow-bogus", "replay", EXCEEDS]],
    ["a flag without its value", ["--allow-write=", "replay", EXCEEDS]],
    ["an option of V8", ["replay", EXCEEDS], { "DENO_V8_FLAGS": "--bogus" }],
  ];
  for (const [name, args, env = {}] of attempts) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await machine.run(program, args, { env, accept: "any" });
      assertEquals([code, stdout], [2, ""], stderr);
    });
  }
  await t.step("a program that is not whole", async () => {
    const path = `${installed.files}/cli/command_line.js`;
    const whole = Deno.readTextFileSync(path);
    try {
      Deno.writeTextFileSync(path, whole.slice(0, 1000));
      assertEquals((await machine.run(program, ["--version"], { accept: "any" })).code, 2);
    } finally {
      Deno.writeTextFileSync(path, whole);
    }
  });
});

packageTest("what Node.js is told to preload is not for Deno", async (installed) => {
  const { machine } = installed;
  const cwd = newFolder(machine);
  Deno.writeTextFileSync(`${cwd}/preload me.cjs`, "process.env.HOME;\n");
  const program = `${machine.folder}/node_modules/.bin/auxtail`;
  const expected = await ofCheckout(["replay", EXCEEDS]);
  for (
    const options of [
      '--require "./preload me.cjs"',
      '--no-warnings -r "./preload me.cjs"',
      '--require="./preload me.cjs" --max-old-space-size=4096',
      '--import "./preload%20me.cjs"',
      "--max-old-space-size=4096",
    ]
  ) {
    const env = { "NODE_OPTIONS": options };
    const answer = await machine.run(program, ["replay", EXCEEDS], { cwd, env, accept: "any" });
    assertEquals(answer, expected, options);
  }
});

/** Files of folders in which somebody works, by what they try. */
const FOLDERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a package with workspaces": {
    "package.json":
      '{ "workspaces": ["a", "b"], "dependencies": { "absent-package-of-nobody": "9" } }',
    "a/package.json": '{ "name": "a" }',
  },
  "a broken package.json": { "package.json": "{" },
  "a broken deno.json": { "deno.json": "{ no" },
  "a deno.json with an import map and node_modules": {
    "deno.json": '{ "imports": { "npm:uplot@1.6.32": "./absent.ts" }, "nodeModulesDir": "auto" }',
    "import_map.json": "[]",
  },
  "a broken tsconfig.json and deno.lock": { "tsconfig.json": "[", "deno.lock": "{" },
  "a broken .npmrc": { ".npmrc": "]]\n=\n" },
  "node_modules of others": {
    "package.json": "{}",
    "node_modules/uplot/package.json": '{ "name": "uplot", "version": "0.0.1" }',
  },
};

packageTest(
  "the folder that auxtail runs in neither disturbs nor is changed",
  async ({ machine }, t) => {
    const program = `${machine.folder}/node_modules/.bin/auxtail`;
    const expected = await ofCheckout(["replay", EXCEEDS]);
    const out = newFolder(machine);
    for (const [name, files] of Object.entries(FOLDERS)) {
      await t.step(name, async () => {
        const cwd = newFolder(machine);
        for (const [path, text] of Object.entries(files)) {
          Deno.mkdirSync(`${cwd}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
          Deno.writeTextFileSync(`${cwd}/${path}`, text);
        }
        const before = contents(cwd);
        const options = { cwd, accept: "any" } as const;
        assertEquals(await machine.run(program, ["replay", EXCEEDS], options), expected);
        const report = ["--allow-write", "report", FITS, "-o", `${out}/page.html`];
        const { code, stderr } = await machine.run(program, report, options);
        assertEquals(code, 0, stderr);
        assertEquals(contents(cwd), before);
      });
    }
    await t.step("the project that auxtail is installed in", async () => {
      const broken = ["deno.json", "deno.lock", "tsconfig.json", "package.json"];
      const paths = broken.map((name) => `${machine.folder}/${name}`);
      const manifest = Deno.readTextFileSync(paths.at(-1)!);
      try {
        for (const path of paths) Deno.writeTextFileSync(path, "{");
        const { stdout } = await machine.run(program, ["replay", EXCEEDS], { accept: "any" });
        assertEquals(stdout, expected.stdout);
        const report = ["--allow-write", "report", FITS, "-o", `${out}/page.html`];
        assertEquals((await machine.run(program, report, { accept: "any" })).code, 0);
        assertEquals(paths.map((path) => Deno.readTextFileSync(path)), paths.map(() => "{"));
      } finally {
        for (const path of paths) Deno.removeSync(path);
        Deno.writeTextFileSync(paths.at(-1)!, manifest);
      }
    });
    await t.step("a folder that nobody can write to", async () => {
      assertEquals(
        await machine.run(program, ["replay", EXCEEDS], { cwd: "/proc", accept: "any" }),
        expected,
      );
    });
  },
);

packageTest("report and Parquet need a network once, and then none", async (installed) => {
  const { machine } = installed;
  const program = `${machine.folder}/node_modules/.bin/auxtail`;
  const out = newFolder(machine);
  const commands = [
    ["--allow-write", "report", FITS, "-o", `${out}/page.html`, "--force"],
    ["--allow-write", "convert", FITS, "--to", "parquet", "-o", `${out}/tables`, "--force"],
  ];
  const lock = contents(machine.folder)[`${machine.folder}/package-lock.json`];
  for (const args of commands) {
    const env = { "DENO_DIR": newFolder(machine) };
    const refused = await machine.run(program, args, { env, offline: true, accept: [2] });
    assertMatch(refused.stderr, /^auxtail: .*npm:(?:uplot|hyparquet-writer)@[^\n]*\n$/);
    const noFolder = { "DENO_DIR": `${machine.folder}/package.json` };
    const unusable = await machine.run(program, args, { env: noFolder, accept: [2] });
    assertMatch(unusable.stderr, /^auxtail: .*: Not a directory .*cache: [^\n;]*\n$/);
    const fetched = await machine.run(program, args);
    const offline = await machine.run(program, args, { offline: true });
    assertEquals(offline, fetched);
  }
  assertEquals(contents(machine.folder)[`${machine.folder}/package-lock.json`], lock);
});

packageTest("the tasks of a project that has the package still find deno", async ({ machine }) => {
  const tasks = { tasks: { version: "deno --version" } };
  const path = `${machine.folder}/tasks.json`;
  Deno.writeTextFileSync(path, JSON.stringify(tasks));
  const { stdout } = await machine.run("deno", ["task", "--config", path, "version"]);
  assertMatch(stdout, /^deno /);
  Deno.removeSync(path);
});

packageTest("npm knows Deno for the machines that npm's deno has", async ({ machine, files }) => {
  const { optionalDependencies } = JSON.parse(Deno.readTextFileSync(`${files}/package.json`));
  const args = ["view", `deno@${Deno.version.deno}`, "optionalDependencies", "--json"];
  assertEquals(optionalDependencies, JSON.parse((await machine.run("npm", args)).stdout));
});

packageTest(
  "without npm's Deno, that of PATH runs, or a line says what to do",
  async (installed) => {
    const { tarball } = installed;
    const machine = new EmptyMachine();
    Deno.writeTextFileSync(`${machine.folder}/package.json`, '{ "private": true }\n');
    await machine.run("npm", ["install", "--omit=optional", tarball]);
    const modules = [...Deno.readDirSync(`${machine.folder}/node_modules`)].map(({ name }) => name);
    assertEquals(modules.filter((name) => !name.startsWith(".")), ["@auxtail"]);

    const folders = machine.env.PATH!.split(":").filter((folder) => !holds(folder, "deno"));
    const without = { "PATH": folders.join(":") };
    const denied = await machine.run("npx", ["auxtail", "-V"], { env: without, accept: "any" });
    assertEquals([denied.code, denied.stdout], [2, ""]);
    assertMatch(denied.stderr, /^auxtail: Cannot find Deno, [^\n]*--omit=optional[^\n]*\n$/);

    const [aFolder, aText, denoFolder] = [0, 1, 2].map(() => newFolder(machine));
    Deno.mkdirSync(`${aFolder}/deno`);
    Deno.writeTextFileSync(`${aText}/deno`, "no program\n", { mode: 0o644 });
    Deno.symlinkSync(Deno.execPath(), `${denoFolder}/deno`);
    const withDeno = { "PATH": [aFolder, aText, ...folders, denoFolder].join(":") };
    const answer = await machine.run("npx", ["auxtail", "replay", EXCEEDS], {
      env: withDeno,
      accept: "any",
    });
    assertEquals(answer, await ofCheckout(["replay", EXCEEDS]));
  },
);

function holds(folder: string, name: string): boolean {
  try {
    return Deno.statSync(`${folder}/${name}`).isFile;
  } catch {
    return false;
  }
}

/** Starts the installed `auxtail`, in a session of its own: without a terminal. */
function start(
  { machine }: InstalledPackage,
  { cwd, args, stdin }: { cwd: string; args: readonly string[]; stdin?: "piped" },
): Deno.ChildProcess {
  return new Deno.Command("setsid", {
    args: [`${machine.folder}/node_modules/.bin/auxtail`, ...args],
    cwd,
    env: { ...machine.env },
    clearEnv: true,
    stdin: stdin ?? "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

const WAITING = ["--allow-write", "dump", "-", "-o", "out"];
const INTERRUPTED = "auxtail: interrupted: what was half written is removed\n";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  for (const target of ["the program that npx started", "all of its group"]) {
    packageTest(`${signal} to ${target} leaves the old output`, async (installed) => {
      const cwd = newFolder(installed.machine);
      Deno.writeTextFileSync(`${cwd}/out`, "old");
      const child = start(installed, { cwd, args: WAITING, stdin: "piped" });
      const input = child.stdin.getWriter();
      await input.write(Deno.readFileSync(FITS).subarray(0, 2000));
      await until(() => holds(cwd, "out.part"));
      const pid = target.startsWith("all") ? -child.pid : child.pid;
      await run("kill", ["-s", signal.slice(3), "--", `${pid}`]);
      const { code, stderr } = await child.output();
      await input.close().catch(() => {});
      assertEquals([code, new TextDecoder().decode(stderr)], [2, INTERRUPTED]);
      assertEquals(contents(cwd), { [`${cwd}/out`]: "old" });
    });
  }
}

/** Ends a program on a terminal: by a key, or by a signal to the program that npx started alone. */
const ON_TERMINAL = {
  "Ctrl-C": null,
  "SIGINT to the program that npx started": "INT",
  "SIGHUP to the program that npx started": "HUP",
} as const;

for (const [name, signal] of Object.entries(ON_TERMINAL)) {
  packageTest(`${name}, on a terminal, leaves the old output`, async ({ machine }) => {
    const cwd = newFolder(machine);
    Deno.writeTextFileSync(`${cwd}/out`, "old");
    const program = `${machine.folder}/node_modules/.bin/auxtail`;
    const started = `sh -c 'echo $$ > pid; exec "$0" ${WAITING.join(" ")}' '${program}'`;
    const input = `mkfifo in; exec 3<>in; head -c 2000 '${FITS}' >&3`;
    const { keyboard, child } = onTerminal(machine, `${input}; ${started} <in`, cwd);
    await until(() => holds(cwd, "out.part"));
    if (signal === null) await keyboard.write(new Uint8Array([3]));
    else await run("kill", ["-s", signal, Deno.readTextFileSync(`${cwd}/pid`).trim()]);
    const { stdout } = await child.output();
    await keyboard.close().catch(() => {});
    assertMatch(new TextDecoder().decode(stdout), /interrupted: what was half written is removed/);
    for (const name of ["pid", "in"]) Deno.removeSync(`${cwd}/${name}`);
    assertEquals(contents(cwd), { [`${cwd}/out`]: "old" });
  }, ["script"]);

  packageTest(`${name}, on a terminal, finishes a recording`, async ({ machine }) => {
    const cwd = newFolder(machine);
    const program = `${machine.folder}/node_modules/.bin/auxtail`;
    const words = "--allow-write --allow-ffi record -e cpu-clock -C 0 -o rec.data";
    const started = `sh -c 'echo $$ > pid; exec "$0" ${words}' '${program}'`;
    const { keyboard, child } = onTerminal(machine, `${started}; echo "exit code $?"`, cwd);
    await until(() => holds(cwd, "rec.data") && Deno.statSync(`${cwd}/rec.data`).size > 0);
    if (signal === null) await keyboard.write(new Uint8Array([3]));
    else await run("kill", ["-s", signal, Deno.readTextFileSync(`${cwd}/pid`).trim()]);
    const { stdout } = await child.output();
    await keyboard.close().catch(() => {});
    const said = new TextDecoder().decode(stdout);
    if (signal !== null) assertMatch(said, /exit code 0/);
    using file = openPerfFile(`${cwd}/rec.data`);
    assertEquals(file.finalised, true, said);
  }, ["script", "perf events"]);
}

/** Starts a line of a shell on a terminal, and gives its keyboard. */
function onTerminal({ env }: EmptyMachine, line: string, cwd: string) {
  const child = new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    cwd,
    env: { ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  return { child, keyboard: child.stdin.getWriter() };
}

packageTest("a signal that ends Deno ends auxtail, too", async (installed) => {
  const cwd = newFolder(installed.machine);
  const child = start(installed, { cwd, args: WAITING, stdin: "piped" });
  await until(() => holds(cwd, "out.part"));
  const children = `/proc/${child.pid}/task/${child.pid}/children`;
  Deno.kill(Number(Deno.readTextFileSync(children)), "SIGKILL");
  const { signal } = await child.output();
  await child.stdin.close().catch(() => {});
  assertEquals(signal, "SIGKILL");
});

packageTest("a recording that is stopped by a signal is finished", async (installed) => {
  const cwd = newFolder(installed.machine);
  const permissions = ["--allow-write", "--allow-ffi"];
  const record = ["record", "-e", "cpu-clock", "-C", "0", "-o", "rec.data"];
  const child = start(installed, { cwd, args: [...permissions, ...record] });
  await until(() => holds(cwd, "rec.data") && Deno.statSync(`${cwd}/rec.data`).size > 0);
  child.kill("SIGTERM");
  const { code, stderr } = await child.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  using file = openPerfFile(`${cwd}/rec.data`);
  assertEquals(file.finalised, true);
}, ["perf events"]);
