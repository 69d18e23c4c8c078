/** What Deno can be asked for here. */
export type Access =
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "run"; readonly command: string }
  | { readonly name: "ffi" };

/**
 * Asks for permission where it can still be given, on a terminal.
 *
 * @throws {Deno.errors.NotCapable} If it is not.
 */
export function requirePermission(access: Access): void {
  if (mayUse(access)) return;
  const what = "path" in access ? access.path : "command" in access ? access.command : null;
  throw new Deno.errors.NotCapable(
    `Requires ${access.name} access${what === null ? "" : ` to "${what}"`}`,
  );
}

/** Whether something is permitted, after asking for it where that is possible. */
export function mayUse(access: Access): boolean {
  const { state } = Deno.permissions.querySync(access);
  // Deno keeps each path that was asked for, and goes through all of them when asked for another.
  if (state !== "prompt") return state === "granted";
  return Deno.permissions.requestSync(access).state === "granted";
}

/** What to do where flags are missing: they go to different places, by how auxtail was installed. */
export function permissionCure(...flags: readonly string[]): string {
  return `run with ${flags.join(" ")}; auxtail --help says where that goes`;
}

/** The flag that allows access to paths or programs, as a shell reads it. */
export function allowFlag(access: string, names: readonly string[]): string {
  // Deno has no way to write a comma in a list.
  if (names.some((name) => name.includes(","))) return `--allow-${access}`;
  const flag = `--allow-${access}=${names.join(",")}`;
  return /^[\w@%+=:,./-]+$/.test(flag) ? flag : `'${flag.replaceAll("'", `'\\''`)}'`;
}
