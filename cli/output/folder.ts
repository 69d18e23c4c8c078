/**
 * A folder that gets its files all at once: they are written to a folder within it, and moved when
 * all of them are whole.
 *
 * Names must be plain. A symbolic link of such a name is replaced, not followed.
 */
export class Folder implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  readonly #names = new Set<string>();
  readonly #isStale: ((name: string) => boolean) | null;
  readonly #undo: DisposableStack;
  #open: { readonly name: string; readonly file: Deno.FsFile } | null = null;

  /**
   * Makes the folder if it is not there. Files named `names` are to come. Needs permission to read
   * it, too, as renaming does.
   *
   * @param options.isStale Whether a file that is there, but not to come, goes with `force`.
   * @throws {Deno.errors.AlreadyExists} If one of them is there, unless `force` allows to replace
   * it; if it is a folder, or the input.
   */
  constructor(
    path: string,
    options: {
      readonly names: readonly string[];
      readonly force: boolean;
      readonly input: string;
      readonly isStale: (name: string) => boolean;
    },
  ) {
    for (const name of ["write", "read"] as const) {
      if (Deno.permissions.querySync({ name, path }).state === "granted") continue;
      throw new Deno.errors.NotCapable(`Requires ${name} access to "${path}"`);
    }
    using undo = new DisposableStack();
    if (make(path)) undo.defer(() => Deno.removeSync(path));
    else for (const name of options.names) refuse(`${path}/${name}`, options);
    this.#path = path;
    this.#isStale = options.force ? options.isStale : null;
    this.#temporary = Deno.makeTempDirSync({ dir: path, prefix: ".auxtail-" });
    undo.defer(() => Deno.removeSync(this.#temporary, { recursive: true }));
    this.#undo = undo.move();
  }

  /** Appends bytes to a file. */
  append(name: string, bytes: Uint8Array): void {
    try {
      const file = this.#fileOf(name);
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
    } catch (error) {
      if (error instanceof Error) {
        error.message = `cannot write "${this.#path}/${name}": ${error.message}`;
      }
      throw error;
    }
  }

  /** Gives the files their names, in the order in which they were begun. */
  commit(): void {
    this.#close();
    for (const name of this.#names) {
      Deno.renameSync(`${this.#temporary}/${name}`, `${this.#path}/${name}`);
    }
    Deno.removeSync(this.#temporary);
    this.#undo.move();
    if (this.#isStale === null) return;
    for (const { name, isDirectory } of [...Deno.readDirSync(this.#path)]) {
      if (isDirectory || this.#names.has(name) || !this.#isStale(name)) continue;
      Deno.removeSync(`${this.#path}/${name}`);
    }
  }

  /** Removes what was not committed, and the folder if it is new and empty. */
  [Symbol.dispose](): void {
    this.#close();
    this.#undo.dispose();
  }

  #fileOf(name: string): Deno.FsFile {
    if (this.#open?.name === name) return this.#open.file;
    this.#close();
    const file = Deno.openSync(`${this.#temporary}/${name}`, { append: true, create: true });
    this.#open = { name, file };
    this.#names.add(name);
    return file;
  }

  #close(): void {
    this.#open?.file.close();
    this.#open = null;
  }
}

/** Makes a folder, and those above it; false if it is there. */
function make(path: string): boolean {
  try {
    if (Deno.statSync(path).isDirectory) return false;
    throw new Deno.errors.NotADirectory(`cannot write into "${path}": it is not a folder`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(path, { recursive: true });
    return true;
  }
}

function refuse(path: string, { force, input }: { force: boolean; input: string }): void {
  const there = find(path);
  if (there === null) return;
  if (there.isDirectory) throw exists(`"${path}" is a folder: nothing was written`);
  if (!force) throw exists(`"${path}" is there: nothing was written; --force replaces it`);
  const source = input === "-" ? null : Deno.statSync(input);
  if (source !== null && source.ino === there.ino && source.dev === there.dev) {
    throw exists(`cannot write to the input "${path}"`);
  }
}

function find(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function exists(message: string): Error {
  return new Deno.errors.AlreadyExists(message);
}
