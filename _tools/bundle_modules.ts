import { run } from "../testing/run_program.ts";

const root = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** The esbuild that `deno bundle` of Deno 2.9.6 runs, so that nothing else is downloaded. */
const ESBUILD = "npm:esbuild@0.25.5";
/** Node.js 20 and the bundlers of tool authors have no `using`. */
const TARGET = "es2022";

/**
 * Bundles entries into a folder, where each has the path of its source below their common folder;
 * what several of them or an `import()` need is a chunk of its own, so each module is there once.
 *
 * The result depends on the sources and the versions of the bundler only. `deno bundle` fetches its
 * bundler on first use.
 *
 * @param entries Paths from the project's root.
 * @param folder Where to; it is made, and has to be empty.
 */
export async function bundleModules(
  entries: readonly string[],
  folder: string,
  { minify }: { minify: boolean },
): Promise<void> {
  const denoArgs = ["bundle", "--quiet", "--platform", "deno", "--code-splitting"];
  await run(Deno.execPath(), [...denoArgs, "--outdir", folder, ...entries], { cwd: root });
  const esbuildArgs = [
    ...filesBelow(folder),
    `--target=${TARGET}`,
    // Older than Node.js 20.10 have none; left out, `import()` of a text would fail.
    "--supported:import-attributes=true",
    "--format=esm",
    "--charset=utf8",
    "--log-level=warning",
    "--outdir=.",
    "--outbase=.",
    "--allow-overwrite",
    ...(minify ? ["--minify"] : []),
  ];
  const runArgs = ["run", "--quiet", "--no-config", "--no-lock", "--allow-all", ESBUILD];
  await run(Deno.execPath(), [...runArgs, ...esbuildArgs], { cwd: folder });
  renameChunks(folder);
}

/** The static and dynamic imports of a bundled file, and what surrounds their names. */
const IMPORTS = /((?:\bfrom|\bimport)\s*\(?\s*")(\.[^"]+)(")/g;
/** Imports that take no name, as the whole statement. */
const BARE_IMPORTS = /\bimport\s*"(\.[^"]+)";?\n?/g;

/** The bundler's name of a chunk: of its only entry or `chunk`, then a hash. */
const CHUNK = /^_?(\w+)-[A-Z0-9]{8}\.js$/;

/** Paths that a bundled or declared file imports, relative to the folder, in the order of the text. */
export function importedPaths(path: string, code: string): string[] {
  return [...code.matchAll(IMPORTS)].map(([, , name]) => resolve(path, name!));
}

/**
 * Numbers the chunks in the order in which the entries import them, and leaves out those without
 * code. The bundler's own names depend on where the caches of the machine are.
 */
function renameChunks(folder: string): void {
  const entries = filesBelow(folder).filter((path) => !CHUNK.test(path));
  const codes = new Map<string, string>();
  const order = [...entries];
  for (const path of order) {
    const code = Deno.readTextFileSync(`${folder}/${path}`);
    const needed = code.replace(
      BARE_IMPORTS,
      (statement, name) => isEmpty(`${folder}/${resolve(path, name)}`) ? "" : statement,
    );
    codes.set(path, needed);
    for (const found of importedPaths(path, needed)) if (!order.includes(found)) order.push(found);
  }
  const names = new Map(entries.map((path) => [path, path]));
  for (const path of order.slice(entries.length)) {
    const [, stem = ""] = CHUNK.exec(path) ?? [];
    const isTaken = [...names.values()].includes(`${stem}.js`);
    names.set(path, stem === "chunk" || isTaken ? `${stem}_${names.size}.js` : `${stem}.js`);
  }
  for (const path of filesBelow(folder)) Deno.removeSync(`${folder}/${path}`);
  for (const [path, code] of codes) {
    const up = "../".repeat(path.split("/").length - 1) || "./";
    const text = code.replace(
      IMPORTS,
      (_, before, name, after) => `${before}${up}${names.get(resolve(path, name))}${after}`,
    );
    Deno.writeTextFileSync(`${folder}/${names.get(path)}`, text);
  }
}

function isEmpty(path: string): boolean {
  return Deno.readTextFileSync(path).trim() === "";
}

/** Paths of the files in a folder and its folders, relative to it, sorted. */
export function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`).map((path) => `${name}/${path}`) : [name]
  ).sort();
}

/** Resolves an imported name, relative to the folder that holds all files. */
function resolve(importer: string, name: string): string {
  return decodeURIComponent(new URL(name, `file:///${importer}`).pathname.slice(1));
}
