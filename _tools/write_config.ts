/**
 * Writes what follows from `deno.json`: `deno.jsr.json`, which takes `@std` and `@cliffy` from JSR,
 * and `text/version.ts`, the version that the code knows.
 *
 * Run: `deno task config`.
 *
 * @module
 */

/** A configuration of Deno; only the imports are looked at. */
interface Config {
  readonly imports: Readonly<Record<string, string>>;
}

const VERSIONS = new Map([
  ["@cliffy/command", "^1.2.1"],
  ["@std/assert", "1"],
  ["@std/cli", "1"],
  ["@std/fmt", "1"],
  ["@std/text", "1"],
]);

/**
 * Copies a configuration and points every import named `@std/…` or `@cliffy/…` to JSR.
 *
 * @throws {Error} If such an import belongs to a package whose version is not listed here.
 */
export function jsrConfig<T extends Config>(config: T): T {
  const imports = Object.entries(config.imports).map(([name, target]) => {
    const [, jsrPackage, path] = name.match(/^(@(?:std|cliffy)\/[^/]+)(.*)$/) ?? [];
    if (jsrPackage === undefined) return [name, target];
    const version = VERSIONS.get(jsrPackage);
    if (version === undefined) throw new Error(`Cannot map "${name}" to JSR: no version is listed`);
    return [name, `jsr:${jsrPackage}@${version}${path}`];
  });
  return { ...config, imports: Object.fromEntries(imports) };
}

/**
 * Formats the files that follow from a text of `deno.json`.
 *
 * @returns Their texts by their paths from the project's root.
 */
export function configFiles(configText: string): Record<string, string> {
  const config = JSON.parse(configText);
  return {
    "deno.jsr.json": `${JSON.stringify(jsrConfig(config), null, 2)}\n`,
    "text/version.ts":
      "/** Version of the library and of the command line: `deno task config` takes it from deno.json. */\n" +
      `export const VERSION = ${JSON.stringify(config.version)};\n`,
  };
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  const files = configFiles(Deno.readTextFileSync(new URL("deno.json", root)));
  for (const [path, text] of Object.entries(files)) {
    Deno.writeTextFileSync(new URL(path, root), text);
  }
}
