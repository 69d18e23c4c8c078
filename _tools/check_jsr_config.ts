/**
 * Checks that `deno.jsr.json` is `deno.json` with `@std` and `@cliffy` taken from JSR.
 *
 * Run: `deno run --allow-read --allow-write=deno.jsr.json _tools/check_jsr_config.ts [--write]`.
 * With `--write` it writes the file; without, a difference is an error.
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

/** Formats the text that `deno.jsr.json` must have for a text of `deno.json`. */
export function jsrConfigText(configText: string): string {
  return `${JSON.stringify(jsrConfig(JSON.parse(configText)), null, 2)}\n`;
}

if (import.meta.main) {
  const path = new URL("../deno.jsr.json", import.meta.url);
  const text = jsrConfigText(Deno.readTextFileSync(new URL("../deno.json", import.meta.url)));
  if (Deno.args.includes("--write")) Deno.writeTextFileSync(path, text);
  else if (Deno.readTextFileSync(path) !== text) {
    throw new Error("deno.jsr.json differs from deno.json: run this again with --write");
  }
}
