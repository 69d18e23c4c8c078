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
  readonly #undo: DisposableStack;
  #open: { readonly name: string; readonly file: Deno.FsFile } | null = null;

  /**
   * Makes the folder if it is not there. Files named `names` are to come.
   *
   * @throws {Deno.errors.AlreadyExists} If one of them is there, unless `force` allows to replace
   * it; if it is a folder, or the input.
   */
  constructor(
    path: string,
    options: {
      readonly names: readonly string[];
      readonly force: boolean;
      readonly input: string;
    },
  ) {
    using undo = new DisposableStack();
    if (make(path)) undo.defer(() => Deno.removeSync(path));
    else for (const name of options.names) refuse(`${path}/${name}`, options);
    this.#path = path;
    this.#temporary = Deno.makeTempDirSync({ dir: path, prefix: ".auxtail-" });
    undo.defer(() => Deno.removeSync(this.#temporary, { recursive: true }));
    this.#undo = undo.move();
  }

  /** Appends bytes to a file. */
  append(name: string, bytes: Uint8Array): void {
    if (this.#open?.name !== name) {
      this.#close();
      const file = Deno.openSync(`${this.#temporary}/${name}`, { append: true, create: true });
      this.#open = { name, file };
      this.#names.add(name);
    }
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(this.#open.file.writeSync(rest));
  }

  /** Gives the files their names, in the order in which they were begun. */
  commit(): void {
    this.#close();
    for (const name of this.#names) {
      Deno.renameSync(`${this.#temporary}/${name}`, `${this.#path}/${name}`);
    }
    Deno.removeSync(this.#temporary);
    this.#undo.move();
  }

  /** Removes what was not committed, and the folder if it is new and empty. */
  [Symbol.dispose](): void {
    this.#close();
    this.#undo.dispose();
  }

  #close(): void {
    this.#open?.file.close();
    this.#open = null;
  }
}

/** Makes a folder; false if it is there. */
function make(path: string): boolean {
  try {
    Deno.mkdirSync(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if (Deno.statSync(path).isDirectory) return false;
    throw new Deno.errors.NotADirectory(`cannot write into "${path}": it is not a folder`);
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
