import { bundleModules } from "./bundle_modules.ts";

/**
 * Bundles the command line as it leaves the checkout: `main.js`, and chunks that it imports when a
 * command needs them.
 *
 * @param folder Where to; it is made, and has to be empty.
 */
export async function bundleCli(folder: string): Promise<void> {
  await bundleModules(["cli/main.ts"], folder, { minify: true });
}
