/**
 * A folder that gets its files all at once: they are written to a folder within it, and moved when
 * all of them are whole.
 */
export class StagedFolder implements Disposable {
  /** Where the files are written. */
  readonly staging: string;
  readonly #path: string;
  readonly #undo: DisposableStack;

  /**
   * Makes the folder if it is not there. Needs permission to read it, too, as renaming does.
   *
   * @param check Refuses what is there by an error.
   */
  constructor(path: string, check: () => void) {
    for (const name of ["write", "read"] as const) {
      if (Deno.permissions.querySync({ name, path }).state === "granted") continue;
      throw new Deno.errors.NotCapable(`Requires ${name} access to "${path}"`);
    }
    using undo = new DisposableStack();
    if (makeFolder(path)) undo.defer(() => Deno.removeSync(path));
    check();
    this.#path = path;
    this.staging = Deno.makeTempDirSync({ dir: path, prefix: ".auxtail-" });
    undo.defer(() => Deno.removeSync(this.staging, { recursive: true }));
    this.#undo = undo.move();
  }

  /** Moves what was written to its place, in the order of the names. */
  commit(names: Iterable<string>): void {
    for (const name of names) Deno.renameSync(`${this.staging}/${name}`, `${this.#path}/${name}`);
    Deno.removeSync(this.staging);
    this.#undo.move();
  }

  /** Removes what was not committed, and the folder if it is new. */
  [Symbol.dispose](): void {
    this.#undo.dispose();
  }
}

/** Makes a folder, and those above it; false if it is there. */
function makeFolder(path: string): boolean {
  try {
    if (Deno.statSync(path).isDirectory) return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(path, { recursive: true });
    return true;
  }
  throw new Deno.errors.NotADirectory(`cannot write into "${path}": it is not a folder`);
}
