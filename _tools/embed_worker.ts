/**
 * Writes `cli/_packet_worker_source.ts`: the bundled program of the workers as a string.
 *
 * A Worker that is started from a file needs permission to read the program; one that is started
 * from a string does not. Run: `deno task embed`.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);
const WIDTH = 94;

/** The generated module. */
export const WORKER_MODULE = new URL("cli/_packet_worker_source.ts", ROOT);

/**
 * Bundles the workers' program with `deno bundle`, which fetches its bundler on first use.
 *
 * @throws {Error} If that fails.
 */
export async function bundleWorker(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", "cli/_packet_worker.ts"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle the worker: ${text.decode(stderr).trim()}`);
  return text.decode(stdout).trim();
}

/** Text of the generated module. */
export function workerModule(source: string): string {
  const lines = [];
  for (let at = 0; at < source.length; at += WIDTH) {
    lines.push(`  ${JSON.stringify(source.slice(at, at + WIDTH))},\n`);
  }
  return `// Generated from cli/_packet_worker.ts by \`deno task embed\`. Do not edit.
// ${madeBy()}

/** Program of the workers that decode packets. */
export const packetWorkerSource: string = [
${lines.join("")}].join("");
`;
}

/** The bundler that the text depends on. */
export function madeBy(): string {
  return `Bundled by Deno ${Deno.version.deno}.`;
}

if (import.meta.main) Deno.writeTextFileSync(WORKER_MODULE, workerModule(await bundleWorker()));
