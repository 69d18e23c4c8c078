import { writeAll } from "../../system/internal.ts";
import { overwritesInput } from "./output.ts";
import { alreadyThere, StagedFolder } from "./staged_folder.ts";

/** Options of {@linkcode Folder}. */
interface FolderOptions {
  /** Names of the files to come. */
  readonly names: readonly string[];
  /** Whether files of these names are replaced. */
  readonly force: boolean;
  /** What is read meanwhile. */
  readonly input: string;
  /** Whether a file that is there, but not to come, goes with `force`. */
  readonly isStale: (name: string) => boolean;
}

/**
 * A folder of files that appear all at once.
 *
 * Names must be plain. A symbolic link of such a name is replaced, not followed.
 */
export class Folder implements Disposable {
  readonly #path: string;
  readonly #options: FolderOptions;
  readonly #folder: StagedFolder;
  readonly #names = new Set<string>();
  #open: { readonly name: string; readonly file: Deno.FsFile } | null = null;

  /**
   * Makes the folder if it is not there.
   *
   * @throws {Deno.errors.AlreadyExists} If one of the files is there, unless `force` allows to
   * replace it; if it is a folder, or the input.
   */
  constructor(path: string, options: FolderOptions) {
    this.#path = path;
    this.#options = options;
    this.#folder = new StagedFolder(path, () => {
      for (const name of options.names) refuse(`${path}/${name}`, options);
    });
  }

  /** Appends bytes to a file. */
  append(name: string, bytes: Uint8Array): void {
    writeAll(this.#fileOf(name), `"${this.#path}/${name}"`, bytes);
  }

  /** Gives the files their names, in the order in which they were begun. */
  commit(): void {
    this.#close();
    this.#folder.commit(this.#names);
    if (!this.#options.force) return;
    for (const { name, isDirectory } of [...Deno.readDirSync(this.#path)]) {
      if (isDirectory || this.#names.has(name) || !this.#options.isStale(name)) continue;
      Deno.removeSync(`${this.#path}/${name}`);
    }
  }

  /** Removes what was not committed, and the folder if it is new and empty. */
  [Symbol.dispose](): void {
    this.#close();
    this.#folder[Symbol.dispose]();
  }

  #fileOf(name: string): Deno.FsFile {
    if (this.#open?.name === name) return this.#open.file;
    this.#close();
    const path = `${this.#folder.staging}/${name}`;
    const file = Deno.openSync(path, { append: true, create: true });
    this.#open = { name, file };
    this.#names.add(name);
    return file;
  }

  #close(): void {
    this.#open?.file.close();
    this.#open = null;
  }
}

function refuse(path: string, { force, input }: FolderOptions): void {
  const there = find(path);
  if (there === null) return;
  if (there.isDirectory) {
    throw new Deno.errors.AlreadyExists(`"${path}" is a folder: nothing was written`);
  }
  if (!force) throw alreadyThere(path);
  const source = input === "-" ? null : Deno.statSync(input);
  if (source !== null && source.ino === there.ino && source.dev === there.dev) {
    throw overwritesInput(path);
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
