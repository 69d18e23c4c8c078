import { pack } from "../_tools/pack.ts";
import { type Oracle, oracleTest } from "./corpus.ts";
import { type EmptyMachine, emptyMachine, isOffline } from "./empty_machine.ts";
import { exists } from "./run_program.ts";

/** The npm package of this checkout, installed in an empty folder from an empty cache. */
export interface InstalledPackage {
  readonly machine: EmptyMachine;
  /** Path of the package. */
  readonly tarball: string;
  /** Folder of its files, as installed. */
  readonly files: string;
}

const installed = await install();

/** Packs and installs; a text says what could not be fetched. */
async function install(): Promise<InstalledPackage | string> {
  const machine = emptyMachine();
  const files = `${machine.folder}/node_modules/@auxtail/auxtail`;
  try {
    const tarball = await pack(`${machine.folder}/../dist`);
    Deno.writeTextFileSync(
      `${machine.folder}/package.json`,
      '{ "private": true, "type": "module" }\n',
    );
    await machine.run("npm", ["install", tarball]);
    // An optional dependency that cannot be fetched is no error to npm.
    const { optionalDependencies } = JSON.parse(Deno.readTextFileSync(`${files}/package.json`));
    for (const name of Object.keys(optionalDependencies)) {
      if (!await exists(`${machine.folder}/node_modules/${name}`)) {
        return `npm has not installed ${name}`;
      }
    }
    return { machine, tarball, files };
  } catch (error) {
    if (isOffline(error)) return (error as Error).message;
    throw error;
  }
}

/**
 * Declares a test of the installed package. Without network it is skipped, with a line that says so;
 * in CI it fails.
 *
 * @param needs What it needs besides.
 */
export function packageTest(
  name: string,
  test: (installed: InstalledPackage, t: Deno.TestContext) => Promise<void> | void,
  needs: readonly Oracle[] = [],
): void {
  if (typeof installed !== "string") return oracleTest(name, needs, (t) => test(installed, t));
  const ignore = Deno.env.get("CI") !== "true";
  if (ignore) {
    Deno.stdout.writeSync(
      new TextEncoder().encode(`Skipped: ${name}: ${installed.split("\n")[0]}\n`),
    );
  }
  Deno.test({
    name,
    ignore,
    fn() {
      throw new Error(installed);
    },
  });
}
