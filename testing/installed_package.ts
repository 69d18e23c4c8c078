import { pack } from "../_tools/pack.ts";
import { type Oracle, oracleTest } from "./corpus.ts";
import { EmptyMachine, unreachable } from "./empty_machine.ts";
import { exists } from "./run_program.ts";

/** The npm package of this checkout, installed in an empty folder from an empty cache. */
export interface InstalledPackage {
  readonly machine: EmptyMachine;
  /** Path of the package. */
  readonly tarball: string;
  /** Folder of its files, as installed. */
  readonly files: string;
}

const installed = await install().catch(unreachable);

/** Packs and installs; a text says what could not be fetched. */
async function install(): Promise<InstalledPackage | string> {
  const machine = new EmptyMachine();
  const files = `${machine.folder}/node_modules/@auxtail/auxtail`;
  const tarball = await pack(`${machine.home}/dist`);
  Deno.writeTextFileSync(
    `${machine.folder}/package.json`,
    '{ "private": true, "type": "module" }\n',
  );
  await machine.run("npm", ["install", tarball]);
  // An optional dependency that cannot be fetched is no error to npm.
  if (!await exists(`${machine.folder}/node_modules/@deno`)) {
    await machine.run("npm", ["view", `deno@${Deno.version.deno}`]);
    throw new Error("npm could have installed Deno for this machine, and has not");
  }
  return { machine, tarball, files };
}

/**
 * Declares a test of the installed package; where it could not be fetched it is skipped by name, in
 * CI too.
 *
 * @param needs What it needs besides.
 */
export function packageTest(
  name: string,
  test: (installed: InstalledPackage, t: Deno.TestContext) => Promise<void> | void,
  needs: readonly Oracle[] = [],
): void {
  if (typeof installed === "string") oracleTest(name, needs, () => {}, installed);
  else oracleTest(name, needs, (t) => test(installed, t));
}
