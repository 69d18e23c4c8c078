/**
 * Runs the command line on Cliffy itself, in place of the adapter: its types, its tests, and help,
 * man page and completions.
 *
 * Run: `deno run --allow-all _tools/check_cliffy.ts FOLDER`, where FOLDER is a checkout of
 * https://github.com/c4spar/cliffy. The project is copied to a temporary folder, and the copy's
 * configurations map `@cliffy/…` to a copy of FOLDER, so that tests which start the program start it
 * on Cliffy, too. It takes some five minutes, and says what failed; the exit code is 0 if nothing
 * did.
 *
 * @module
 */

/** Parts of Cliffy's workspace that `@cliffy/command` needs, itself included. */
const PARTS = ["command", "flags", "internal", "table"];
/** Configurations that the program or its tests are run with. */
const CONFIGS = ["deno.json", "web/tests.json"];
/** Folders with a file that imports the command line, or starts it. */
const IMPORTING = ["cli", "testing", "auxtrace", "bench", "lab", "live", "_tools"];
/** Tests of the adapter's own words and scripts. */
const OF_ADAPTER = ["_cliffy_help", "cliffy_npm", "cliffy_completions"];
const SHELLS = ["bash", "zsh", "fish"];
const RUN = ["run", "--no-prompt", "--no-check", "--allow-read", "cli/main.ts"];

/** A configuration of Deno; only its names are looked at. */
interface Config {
  readonly imports: Readonly<Record<string, string>>;
}

/** The configuration of a part of Cliffy. */
export interface CliffyPart {
  readonly name: string;
  readonly version: string;
  /** One file, or files by entry: `.`, `./completions`. */
  readonly exports: string | Readonly<Record<string, string>>;
}

/** Maps what a part of Cliffy exports to its files in a folder. */
export function exportsOf({ name, exports }: CliffyPart, folder: string): Record<string, string> {
  const entries = typeof exports === "string" ? { ".": exports } : exports;
  return Object.fromEntries(
    Object.entries(entries).map(([entry, file]) => [name + entry.slice(1), folder + file.slice(1)]),
  );
}

/**
 * Maps a module of Deno's standard library to the mirror that a configuration takes it from.
 *
 * @throws {Error} If the configuration takes none from a mirror.
 */
export function stdTarget({ imports }: Config, module: string): string {
  const [, mirror] = imports["@std/fmt/colors"]?.match(/^(.*)\/fmt\/colors\.js$/) ?? [];
  if (mirror === undefined) throw new Error(`Cannot map ${module}: @std/fmt is from no mirror`);
  const [, name = "", entry = "/mod"] = module.match(/^@std\/([^/]+)(\/.+)?$/) ?? [];
  return `${mirror}/${name}${entry.replaceAll("-", "_")}.js`;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Copies the files in a folder, but for what is hidden, built or installed. */
function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (/^\.|^dist$|^node_modules$/.test(name)) continue;
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/**
 * Has Deno report no errors in the modules of a folder, as it reports none in packages of JSR, and
 * lists the modules of the standard library that they import.
 */
function prepareModules(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return /^test/.test(name) ? [] : prepareModules(path);
    if (!/(?<!_test)\.ts$/.test(name)) return [];
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, `// @ts-nocheck\n${text}`);
    return text.match(/(?<=")@std\/[^"]+(?=")/g) ?? [];
  });
}

/** Copies Cliffy into a copy of the project, and points the configurations there to it. */
function putCliffyInto(project: string, checkout: string): CliffyPart[] {
  const modules = new Set<string>();
  const parts = PARTS.map((part) => {
    const folder = `${project}/cliffy/${part}`;
    copyFolder(`${checkout}/${part}`, folder);
    for (const name of prepareModules(folder)) modules.add(name);
    const manifest: CliffyPart = JSON.parse(Deno.readTextFileSync(`${folder}/deno.json`));
    // Deno would take the part for a project of its own.
    Deno.removeSync(`${folder}/deno.json`);
    return manifest;
  });
  for (const path of CONFIGS) {
    const config: Config = JSON.parse(Deno.readTextFileSync(`${project}/${path}`));
    const up = path.includes("/") ? ".." : ".";
    const imports = Object.assign(
      Object.fromEntries([...modules].map((name) => [name, stdTarget(config, name)])),
      config.imports,
      ...parts.map((part, i) => exportsOf(part, `${up}/cliffy/${PARTS[i]}`)),
    );
    Deno.writeTextFileSync(`${project}/${path}`, JSON.stringify({ ...config, imports }));
  }
  return parts;
}

/** Runs Deno on a copy of the project, and says what is wrong; an empty text if nothing is. */
async function trial(
  project: string,
  args: readonly string[],
  /** What its standard output has to hold. */
  expected = "",
): Promise<{ readonly problem: string; readonly stdout: string }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: project,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const [stdout = "", stderr = ""] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  const isProgram = args[0] === "run";
  const isRight = output.success && stdout.includes(expected) && !(isProgram && stderr !== "");
  const failures = stdout.slice(Math.max(0, stdout.indexOf(" ERRORS ")));
  const problem = isRight ? "" : `exit code ${output.code}\n${failures}${stderr}`;
  return { problem, stdout };
}

/** Runs all trials on a copy of the project, says what failed, and tells whether all passed. */
async function checkProject(project: string): Promise<boolean> {
  let failures = 0;
  const check = async (what: string, args: readonly string[], expected?: string) => {
    const { problem, stdout } = await trial(project, args, expected);
    say(`${problem === "" ? "passed" : "FAILED"}: ${what}`);
    if (problem !== "") {
      failures++;
      say(problem);
    }
    return stdout;
  };
  const man = await check("auxtail man", [...RUN, "man"], '.TH "AUXTAIL"');
  await check("auxtail", RUN, "auxtail");
  await check("auxtail --version", [...RUN, "--version"]);
  for (const [, path = ""] of man.matchAll(/^\.SS auxtail (.*)$/gm)) {
    await check(`auxtail ${path} -h`, [...RUN, ...path.split(" "), "-h"], `auxtail ${path}`);
  }
  for (const shell of SHELLS) {
    await check(`auxtail completions ${shell}`, [...RUN, "completions", shell], "auxtail");
  }
  await check(`types: ${IMPORTING.join(", ")}`, ["check", ...IMPORTING]);
  await check("types: web", ["check", "--config", "web/tests.json", "web"]);
  const permissions = ["read", "write", "run", "env", "ffi"].map((it) => `--allow-${it}`);
  const ignored = OF_ADAPTER.map((name) => `cli/${name}_test.ts`).join(",");
  const test = ["test", "--no-prompt", "--no-check", ...permissions, `--ignore=${ignored}`, "cli"];
  const tested = await check("tests: cli", test);
  say(tested.trim().split("\n").findLast((line) => /\d+ passed/.test(line)) ?? "no tests");
  return failures === 0;
}

if (import.meta.main) {
  const [checkout] = Deno.args;
  if (checkout === undefined) {
    say("Usage: deno run --allow-all _tools/check_cliffy.ts FOLDER");
    Deno.exit(2);
  }
  const folder = Deno.makeTempDirSync({ prefix: "auxtail_cliffy_" });
  const project = `${folder}/auxtail`;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      Deno.removeSync(folder, { recursive: true });
      Deno.exit(2);
    });
  }
  try {
    copyFolder(new URL("..", import.meta.url).pathname, project);
    // The corpus, if there is one, is beside the project.
    Deno.symlinkSync(new URL("../../shared", import.meta.url), `${folder}/shared`);
    const parts = putCliffyInto(project, checkout);
    say(parts.map(({ name, version }) => `${name} ${version}`).join(", "));
    if (!await checkProject(project)) Deno.exitCode = 1;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
