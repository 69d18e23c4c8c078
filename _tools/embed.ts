/**
 * Bundles the programs of workers and of the report's page into files that stand beside their
 * sources.
 *
 * A Worker that is started from a file needs permission to read the program; one that is started
 * from a text does not. A page that is one file has its program inside. `cli/` imports its programs
 * as text; `report/`, which runs in any JavaScript runtime, needs a module that exports the text.
 * Run: `deno task embed`.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);

/** A program, and the file that it is bundled into. */
export interface Embedded {
  /** First file of the program, from the project's root. */
  readonly entry: string;
  /** The built file. */
  readonly built: string;
  /** Name under which a module exports the program as text; null: the file is the program. */
  readonly exportedAs: string | null;
}

/** All programs that are embedded. */
export const EMBEDDED: readonly Embedded[] = [
  { entry: "cli/_convert_worker.ts", built: "cli/_convert_worker.js", exportedAs: null },
  { entry: "cli/_packet_worker.ts", built: "cli/_packet_worker.js", exportedAs: null },
  { entry: "cli/_replay_worker.ts", built: "cli/_replay_worker.js", exportedAs: null },
  {
    entry: "report/page_script/main.ts",
    built: "report/page_script.js",
    exportedAs: "pageScript",
  },
];

/**
 * Bundles a program with `deno bundle`, which fetches its bundler on first use.
 *
 * @throws {Error} If that fails.
 */
export async function bundleProgram(entry: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", entry],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle ${entry}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout).trim();
}

/** Text of a built file. */
export function builtText({ entry, exportedAs }: Embedded, program: string): string {
  const heading = `// Built from ${entry} by \`deno task embed\`. Do not edit.\n// ${madeBy()}\n`;
  if (exportedAs === null) return `${heading}${program}\n`;
  return `${heading}export const ${exportedAs} = ${JSON.stringify(program)};\n`;
}

/** Reads a built file. */
export function readBuilt({ built }: Embedded): string {
  return Deno.readTextFileSync(new URL(built, ROOT));
}

/** The bundler that the text depends on. */
export function madeBy(): string {
  return `Bundled by Deno ${Deno.version.deno}.`;
}

if (import.meta.main) {
  for (const embedded of EMBEDDED) {
    const program = await bundleProgram(embedded.entry);
    Deno.writeTextFileSync(new URL(embedded.built, ROOT), builtText(embedded, program));
  }
}
