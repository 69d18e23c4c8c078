import { type Access, isGranted, requirePermissions } from "../_permissions.ts";
import { checkStopped, hearStop } from "../_stop_signals.ts";
import { type InputFiles, splitPath } from "./input_files.ts";
import {
  alreadyThere,
  find,
  orNull,
  OutputFile,
  overwritesInput,
  refuseOutputName,
} from "./output_file.ts";

/** Options of {@linkcode OutputFolder}. */
export interface OutputFolderOptions {
  /** What is read meanwhile, and never written to. */
  readonly inputs: InputFiles;
  /** Whether what is there of the same names is replaced. */
  readonly force: boolean;
  /** Whether it is in another folder of outputs: its name is then made, not given. */
  readonly isInFolder?: boolean;
}

/**
 * A folder whose files are whole or not there: each is written to `NAME.part`, and all get their
 * names by {@linkcode commit}.
 *
 * Needs permission to read and write it. A symbolic link of a file's name is replaced, not followed.
 */
export class OutputFolder implements Disposable {
  readonly #path: string;
  readonly #options: OutputFolderOptions;
  readonly #files = new Map<string, OutputFile>();
  /** Names of what goes at the end. */
  readonly #claimed: string[] = [];
  /** Folders that were made, those above before those below. */
  readonly #made: string[] = [];
  readonly #hearing: Disposable;

  /**
   * Makes the folder if it is not there.
   *
   * @throws {Deno.errors.NotADirectory} If it is something else.
   */
  constructor(path: string, options: OutputFolderOptions) {
    if (!options.isInFolder) refuseOutputName(path);
    requirePermissions(...folderAccesses(path));
    this.#path = path.replace(/(?<=.)\/+$/, "");
    this.#options = options;
    this.#hearing = hearStop(() => this[Symbol.dispose]());
    using undo = new DisposableStack();
    undo.use(this);
    this.#make(this.#path);
    undo.move();
  }

  /**
   * Says that what is there of a name, a file or a folder, is of an earlier run: it goes when the
   * folder is whole, but for what is then new.
   *
   * @throws {Deno.errors.AlreadyExists} If it is there and has to stay, or holds an input.
   */
  claim(name: string): void {
    const path = `${this.#path}/${name}`;
    if (find(path) === null) return;
    if (!this.#options.force) throw alreadyThere(path);
    for (const file of filesIn(path)) {
      if (!this.#options.inputs.has(file)) continue;
      if (file === path) throw overwritesInput(path);
      throw new Deno.errors.AlreadyExists(
        `the input "${file}" lies in "${this.#path}": nothing was written`,
      );
    }
    this.#claimed.push(name);
  }

  /**
   * Begins a file.
   *
   * @param name May have slashes; folders are made.
   * @throws {Deno.errors.AlreadyExists} If it is there and has to stay, or is an input.
   */
  file(name: string): OutputFile {
    const path = `${this.#path}/${name}`;
    this.#make(splitPath(path).folder);
    const { inputs, force } = this.#options;
    const file = new OutputFile(path, { inputs, replaces: force, isInFolder: true });
    this.#files.set(path, file);
    return file;
  }

  /**
   * Gives the files their names, in the order in which they were begun, and removes what was claimed.
   *
   * @throws {Deno.errors.Interrupted} After a signal.
   */
  commit(): void {
    OutputFolder.commitAll([this]);
  }

  /**
   * Does so for several folders: none has a new file, or, whatever is heard meanwhile, all have.
   *
   * @throws {Deno.errors.Interrupted} After a signal.
   */
  static commitAll(folders: readonly OutputFolder[]): void {
    checkStopped();
    for (const folder of folders) for (const file of folder.#files.values()) file.check();
    for (const folder of folders) folder.#finish();
  }

  #finish(): void {
    for (const file of this.#files.values()) file.finish();
    for (const name of this.#claimed) removeOld(`${this.#path}/${name}`, this.#files);
    this.#files.clear();
    this.#made.length = 0;
    this.#hearing[Symbol.dispose]();
  }

  /** Removes what was not committed, and folders that are new and empty. */
  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
    for (const folder of this.#made.splice(0).reverse()) removeIfEmpty(folder);
    this.#hearing[Symbol.dispose]();
  }

  #make(path: string): void {
    try {
      Deno.mkdirSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        this.#make(splitPath(path).folder);
        return this.#make(path);
      }
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      const found = orNull(() => Deno.statSync(path));
      if (found?.isDirectory) return;
      const reason = found === null ? "it is a link to nothing" : "it is not a folder";
      throw new Deno.errors.NotADirectory(`cannot write into "${path}": ${reason}`);
    }
    this.#made.push(path);
  }
}

/** What it takes to write into a folder, and to make those above it that are missing. */
export function folderAccesses(path: string): Access[] {
  let made = path;
  for (;;) {
    const { folder } = splitPath(made);
    if (!isGranted({ name: "read", path: folder }) || find(folder) !== null) break;
    made = folder;
  }
  return [{ name: "write", path: made }, { name: "read", path }];
}

/** Paths of what is in a folder and those in it; of a file its own. Links are not followed. */
function* filesIn(path: string): Generator<string> {
  if (!find(path)?.isDirectory) return yield path;
  for (const { name } of [...Deno.readDirSync(path)]) yield* filesIn(`${path}/${name}`);
}

/** Removes a file, or all files in a folder, but those to keep, and folders that are then empty. */
function removeOld(path: string, keep: ReadonlyMap<string, unknown>): void {
  if (!find(path)?.isDirectory) {
    if (!keep.has(path)) Deno.removeSync(path);
    return;
  }
  for (const { name } of [...Deno.readDirSync(path)]) removeOld(`${path}/${name}`, keep);
  removeIfEmpty(path);
}

function removeIfEmpty(folder: string): void {
  if (find(folder) !== null && [...Deno.readDirSync(folder)].length === 0) Deno.removeSync(folder);
}
