import { exists, run } from "../testing/run_program.ts";

const NEEDED = /\(NEEDED\).*\[(.+)\]/g;
const INTERPRETER = /Requesting program interpreter: (\S+)\]/;

/**
 * Finds the shared libraries that a program needs, its loader included.
 *
 * Reads the ELF headers only, so that it works for programs that this machine cannot run.
 *
 * @param program Path of the program.
 * @param root Folder that stands for `/` where libraries are looked for; empty for this system.
 * @param triplet Name of the folder of libraries, such as `i386-linux-gnu`.
 * @returns Paths below `root`.
 * @throws {Error} If one is nowhere.
 */
export async function librariesOf(
  program: string,
  root: string,
  triplet: string,
): Promise<string[]> {
  const found = new Map<string, string>();
  const open = [program];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const { stdout } = await run("readelf", ["--dynamic", "--program-headers", "--wide", path]);
    const loader = INTERPRETER.exec(stdout)?.[1];
    if (loader !== undefined) found.set(loader, loader);
    for (const [, name = ""] of stdout.matchAll(NEEDED)) {
      if (found.has(name)) continue;
      const library = await locate(name, root, triplet);
      found.set(name, library);
      open.push(root + library);
    }
  }
  return [...new Set(found.values())];
}

async function locate(name: string, root: string, triplet: string): Promise<string> {
  for (const folder of [`/lib/${triplet}`, `/usr/lib/${triplet}`, "/lib64", "/lib"]) {
    if (await exists(`${root}${folder}/${name}`)) return `${folder}/${name}`;
  }
  throw new Error(`Cannot find library ${name} of ${triplet}`);
}
