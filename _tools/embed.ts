/**
 * Bundles the programs that are started from a string, and writes each as a module of one string.
 *
 * A Worker that is started from a file needs permission to read the program; one that is started
 * from a string does not. A page that is one file has its program inside. Run: `deno task embed`.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);
const WIDTH = 94;

/** A program, and the module that holds it. */
export interface Embedded {
  /** First file of the program, from the project's root. */
  readonly entry: string;
  /** The generated module. */
  readonly module: string;
  /** Name of its one export. */
  readonly name: string;
  /** What the doc comment of that says. */
  readonly summary: string;
  /** Configuration of the program; that of the project unless given. */
  readonly config?: string;
}

/** All programs that are embedded. */
export const EMBEDDED: readonly Embedded[] = [
  {
    entry: "cli/_packet_worker.ts",
    module: "cli/_packet_worker_source.ts",
    name: "packetWorkerSource",
    summary: "Program of the workers that decode packets.",
  },
  {
    entry: "cli/_replay_worker.ts",
    module: "cli/_replay_worker_source.ts",
    name: "replayWorkerSource",
    summary: "Program of the workers that replay recordings.",
  },
  {
    entry: "web/client/main.ts",
    module: "report/_client_source.ts",
    name: "clientSource",
    summary: "Script of the page of a report.",
    config: "web/deno.json",
  },
];

/**
 * Bundles a program with `deno bundle`, which fetches its bundler on first use.
 *
 * @throws {Error} If that fails.
 */
export async function bundleProgram({ entry, config = "deno.json" }: Embedded): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--config", config, "--platform", "browser", "--minify", entry],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle ${entry}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout).trim();
}

/** Text of the generated module. */
export function embeddedModule({ entry, name, summary }: Embedded, source: string): string {
  const lines = [];
  for (let at = 0; at < source.length; at += WIDTH) {
    lines.push(`  ${JSON.stringify(source.slice(at, at + WIDTH))},\n`);
  }
  return `// Generated from ${entry} by \`deno task embed\`. Do not edit.
// ${madeBy()}

/** ${summary} */
export const ${name}: string = [
${lines.join("")}].join("");
`;
}

/** Reads a generated module. */
export function readModule({ module }: Embedded): string {
  return Deno.readTextFileSync(new URL(module, ROOT));
}

/** The bundler that the text depends on. */
export function madeBy(): string {
  return `Bundled by Deno ${Deno.version.deno}.`;
}

if (import.meta.main) {
  for (const embedded of EMBEDDED) {
    const text = embeddedModule(embedded, await bundleProgram(embedded));
    Deno.writeTextFileSync(new URL(embedded.module, ROOT), text);
  }
}
