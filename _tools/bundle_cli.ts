import { run } from "../testing/run_program.ts";

const root = decodeURIComponent(new URL("..", import.meta.url).pathname);

/**
 * Bundles the command line as it leaves the checkout: `main.js`, and chunks that it imports when a
 * command needs them. `deno bundle` fetches its bundler on first use.
 *
 * @param folder Where to; it is made, and has to be empty.
 */
export async function bundleCli(folder: string): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", "deno", "--code-splitting", "--minify"];
  await run(Deno.execPath(), [...args, "--outdir", folder, "cli/main.ts"], { cwd: root });
}
