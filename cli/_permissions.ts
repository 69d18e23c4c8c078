import { printable } from "../text/mod.ts";

/** What Deno can be asked for here. */
export type Access =
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "run"; readonly command: string }
  | { readonly name: "ffi" };

/** Something is not permitted: the message says with which flags it is. */
export class NoPermission extends Error {
  override readonly name = "NoPermission";

  /** Takes all that the flags have to allow. */
  constructor(accesses: readonly Access[]) {
    super(`no permission: ${permissionCure(accesses)}`);
  }
}

/**
 * Asks for permissions where they can still be given, on a terminal, until one is refused.
 *
 * @throws {NoPermission} If one is; it names all that lack, so that one more try is enough.
 */
export function requirePermissions(...accesses: readonly Access[]): void {
  if (accesses.every(mayUse)) return;
  const lacking = new Set(accesses.filter((access) => !isGranted(access)).map(({ name }) => name));
  // All of a name, so that the flag may replace one that was given, as well as stand beside it.
  throw new NoPermission(accesses.filter(({ name }) => lacking.has(name)));
}

/** Whether something is permitted, after asking for it where that is possible. */
export function mayUse(access: Access): boolean {
  // Deno keeps each path that was asked for, and goes through all of them when asked for another.
  const { state } = Deno.permissions.querySync(access);
  if (state !== "prompt") return state === "granted";
  return Deno.permissions.requestSync(access).state === "granted";
}

/** Whether something is permitted already. */
export function isGranted(access: Access): boolean {
  return Deno.permissions.querySync(access).state === "granted";
}

/** What to do where flags are missing: they go to different places, by how auxtail was installed. */
export function permissionCure(accesses: readonly Access[]): string {
  const flags = [...Map.groupBy(accesses, ({ name }) => name)].map(([name, of]) =>
    allowFlag(name, of.flatMap(namesOf))
  );
  const ofLibraries = flags.includes("--allow-ffi") && !isGranted({ name: "ffi" }) &&
    Deno.permissions.querySync({ name: "ffi", path: "libc.so.6" }).state === "granted";
  return `run with ${flags.join(" ")}; ${
    ofLibraries ? "not with the names of libraries; " : ""
  }auxtail --help says where that goes`;
}

function namesOf(access: Access): string[] {
  if (access.name === "ffi") return [];
  return [access.name === "run" ? access.command : access.path];
}

/** The flag that allows access to all of a kind, or to paths or programs alone, as a shell reads it. */
function allowFlag(access: Access["name"], names: readonly string[]): string {
  // Deno has no way to write a comma in a list, and a message none for what is not seen.
  const isPlain = (name: string) => !/[,\ufffd]/.test(name) && printable(name) === name;
  if (names.length === 0 || !names.every(isPlain)) return `--allow-${access}`;
  const flag = `--allow-${access}=${names.join(",")}`;
  return /^[\w@%+=:,./-]+$/.test(flag) ? flag : `'${flag.replaceAll("'", `'\\''`)}'`;
}
