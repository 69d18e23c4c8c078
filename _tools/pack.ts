/**
 * Makes the npm package of this checkout, `dist/auxtail-auxtail-VERSION.tgz`, and prints its path.
 *
 * The same source gives the same bytes, with the same Deno and npm. The file is complete or not
 * there. Run: `deno task pack`. The first run downloads TypeScript and esbuild from npm.
 *
 * @module
 */

import { run } from "../testing/run_program.ts";
import { bundleCli } from "./bundle_cli.ts";
import { bundleModules, filesBelow, importedPaths } from "./bundle_modules.ts";

/** Writes the declarations; `deno bundle --declaration` of Deno 2.9.6 fails on those of Node.js. */
const TYPESCRIPT = "npm:typescript@5.9.3/tsc";
const CLI = "./cli/main.ts";
const NODE = ">=20";
/**
 * Packages of npm's `deno` that hold its program, of which npm installs the one for the machine.
 * `deno` itself would add a `node_modules/.bin/deno`, which `deno task` takes for JavaScript, and an
 * install script.
 */
const DENO_PACKAGES: readonly string[] = [
  "@deno/darwin-arm64",
  "@deno/darwin-x64",
  "@deno/linux-arm64-glibc",
  "@deno/linux-x64-glibc",
  "@deno/win32-arm64",
  "@deno/win32-x64",
];
/** The entry is a program for Deno, of which nothing is imported; Node.js gets no more than this. */
const CLI_ENTRY = `if (import.meta.main) {
  const { main } = await import("./command_line.js");
  if (!await main(Deno.args)) Deno.exit();
}
export {};
`;
/** What `_tools/npm_bin.cjs` starts. Deno itself ends in 1 where it cannot start a program. */
const BIN_PROGRAM = `import { main } from "../cli/command_line.js";

const isDone = await main(Deno.args);
if (Deno.exitCode === 1) Deno.exitCode = 90;
if (!isDone) Deno.exit();
`;

const root = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** What of deno.json the package is made from. */
export interface ProjectConfig {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Sources of the entries, by name. */
  readonly exports: Readonly<Record<string, string>>;
}

/**
 * Makes the package's package.json.
 *
 * @param denoVersion The Deno that runs the command line.
 */
export function packageJson(
  { name, version, license, exports }: ProjectConfig,
  denoVersion: string,
): Record<string, unknown> {
  const entries = Object.entries(exports).map(([entry, source]) => {
    const built = packagedPath(source);
    return [entry, { types: `${built}.d.ts`, default: `${built}.js` }];
  });
  const main = packagedPath(exports["."]!);
  return {
    name,
    version,
    description: "Reads recordings of Linux perf's AUX area tracing: a library and a command line",
    keywords: ["perf", "linux", "intel-pt", "arm-spe", "coresight", "aux", "tracing"],
    license,
    type: "module",
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    // For tools that do not read `exports`: Parcel, TypeScript's `node10`.
    main: `${main}.js`,
    types: `${main}.d.ts`,
    bin: { auxtail: "bin/auxtail.cjs" },
    // Yarn leaves packages packed, and Deno cannot read them so.
    preferUnplugged: true,
    sideEffects: ["./cli/main.js"],
    engines: { node: NODE },
    optionalDependencies: Object.fromEntries(DENO_PACKAGES.map((name) => [name, denoVersion])),
  };
}

/** Where what a source is built into lies in the package, without the end of its name. */
function packagedPath(source: string): string {
  return source === CLI ? "./cli/main" : source.replace(/^\.\/(.*)\.ts$/, "./lib/$1");
}

/** Fills a folder with what the package holds. */
async function fillPackage(folder: string, config: ProjectConfig): Promise<void> {
  const sources = Object.values(config.exports).filter((source) => source !== CLI)
    .map((source) => source.slice(2));
  const write = (path: string, text: string) => Deno.writeTextFileSync(`${folder}/${path}`, text);
  await bundleModules(sources, `${folder}/lib`, { minify: false });
  await declareModules(sources, `${folder}/lib`);
  await bundleCli(`${folder}/cli`);
  Deno.renameSync(`${folder}/cli/main.js`, `${folder}/cli/command_line.js`);
  write("cli/main.js", CLI_ENTRY);
  write(
    "cli/main.d.ts",
    `${Deno.readTextFileSync(root + CLI).match(/^\/\*\*.*?\*\//s)?.[0] ?? ""}\nexport {};\n`,
  );
  Deno.mkdirSync(`${folder}/bin`);
  Deno.copyFileSync(`${root}_tools/npm_bin.cjs`, `${folder}/bin/auxtail.cjs`);
  write("bin/program.js", BIN_PROGRAM);
  const docs = filesBelow(`${root}docs`).map((path) => `docs/${path}`);
  for (const path of ["README.md", "CHANGELOG.md", "LICENSE", ...docs]) {
    const target = `${folder}/${path}`;
    Deno.mkdirSync(target.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.copyFileSync(root + path, target);
  }
  write("cli/LICENSE", cliLicense(Deno.readTextFileSync(`${root}LICENSE`)));
  const manifest = packageJson(config, Deno.version.deno);
  write("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Writes the declarations of modules, and those that they import; it leaves out all others. */
async function declareModules(sources: readonly string[], folder: string): Promise<void> {
  const work = Deno.makeTempDirSync({ prefix: "auxtail-declare-" });
  try {
    const { stdout } = await run(Deno.execPath(), ["types"]);
    Deno.writeTextFileSync(`${work}/deno.d.ts`, stdout);
    const compilerOptions = {
      allowImportingTsExtensions: true,
      declaration: true,
      emitDeclarationOnly: true,
      exactOptionalPropertyTypes: true,
      lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
      module: "nodenext",
      // `deno check` is what checks.
      noCheck: true,
      outDir: `${work}/out`,
      rootDir: root,
      strict: true,
      target: "esnext",
      types: [],
    };
    const files = [`${work}/deno.d.ts`, ...sources.map((source) => root + source)];
    Deno.writeTextFileSync(`${work}/tsconfig.json`, JSON.stringify({ compilerOptions, files }));
    const args = ["run", "--quiet", "--no-config", "--no-lock", "--allow-all", TYPESCRIPT];
    await run(Deno.execPath(), [...args, "--project", `${work}/tsconfig.json`], { cwd: work });
    const paths = sources.map((source) => source.replace(/\.ts$/, ".d.ts"));
    for (const path of paths) {
      const text = Deno.readTextFileSync(`${work}/out/${path}`);
      for (const found of importedPaths(path, text)) {
        const declared = found.replace(/\.ts$/, ".d.ts");
        if (!paths.includes(declared)) paths.push(declared);
      }
      const target = `${folder}/${path}`;
      Deno.mkdirSync(target.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeTextFileSync(target, withGlobals(withoutGenericArrays(text)));
    }
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

/** Names generic arrays of bytes, which TypeScript has from 5.7, in a way that older ones read, too. */
export function withoutGenericArrays(declaration: string): string {
  return declaration.replaceAll("Uint8Array<ArrayBuffer>", 'ReturnType<Uint8Array["slice"]>')
    .replaceAll("DataView<ArrayBuffer>", "DataView");
}

/**
 * Adds what a declaration needs of the consumer's libraries, so that it is right without `lib.dom`,
 * `@types/node` and a target of the newest year: nothing where they have it.
 */
export function withGlobals(declaration: string): string {
  const code = declaration.replace(/\/\*.*?\*\//gs, "");
  const library = /\bDisposable\b|\bSymbol\.dispose\b/.test(code)
    ? '/// <reference lib="esnext.disposable" />\n'
    : "";
  const globals = ["AbortSignal", "URL"].filter((name) => new RegExp(`\\b${name}\\b`).test(code))
    .map((name) => `declare global {\n    interface ${name} {\n    }\n}\n`);
  return [library, declaration, ...globals].join("");
}

/** The licence of what `cli/` holds of Deno's standard library, which is under the same terms. */
function cliLicense(license: string): string {
  return "The files of this folder hold parts of Deno's standard library:\n\n" +
    license.replace(/^Copyright .*$/m, "Copyright 2018-2026 the Deno authors");
}

/**
 * Packs a checkout into `dist/`.
 *
 * @returns Path of the package.
 */
export async function pack(dist: string): Promise<string> {
  const config: ProjectConfig = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  Deno.mkdirSync(dist, { recursive: true });
  const work = Deno.makeTempDirSync({ dir: dist, prefix: ".pack-" });
  try {
    const folder = `${work}/package`;
    await fillPackage(folder, config);
    // Of the files' modes, npm keeps those that the caller's umask gave.
    for (const path of filesBelow(folder)) {
      Deno.chmodSync(`${folder}/${path}`, path.startsWith("bin/") ? 0o755 : 0o644);
    }
    const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", work, folder];
    const name = (await run("npm", args)).stdout.trim();
    Deno.renameSync(`${work}/${name}`, `${dist}/${name}`);
    return `${dist}/${name}`;
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

if (import.meta.main) {
  const path = await pack(`${root}dist`);
  Deno.stdout.writeSync(new TextEncoder().encode(`${path.slice(root.length)}\n`));
}
