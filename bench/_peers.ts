import { firstLine, type Invocation } from "./measure.ts";

/** A C program of `peers/` and the Debian package that it needs. */
export interface Peer {
  readonly name: string;
  readonly header?: string;
  readonly libraries: readonly string[];
  readonly debianPackage: string;
}

/**
 * Builds a peer with `gcc -O2` in `folder`.
 *
 * @returns The program; or why there is none, where gcc or the library is missing.
 * @throws {Error} If the compiler does not take the program.
 */
export async function buildPeer(
  { name, header, libraries, debianPackage }: Peer,
  folder: string,
): Promise<{ program: string } | { missing: string }> {
  if (await firstLine(["gcc", "--version"]) === undefined) {
    return { missing: "gcc is not installed" };
  }
  if (header !== undefined && await firstLine(includes(header)) === undefined) {
    return { missing: `${debianPackage} is not installed` };
  }
  const program = `${folder}/${name}`;
  const args = ["-O2", "-o", program, `bench/peers/${name}.c`, ...libraries];
  const { success, stderr } = await new Deno.Command("gcc", { args }).output();
  if (!success) throw new Error(`Cannot build ${name}.c: ${new TextDecoder().decode(stderr)}`);
  return { program };
}

function includes(header: string): Invocation {
  return ["gcc", "-fsyntax-only", "-include", header, "-x", "c", "/dev/null"];
}
