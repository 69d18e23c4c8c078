import { writeAll } from "../../system/internal.ts";
import { type Access, isGranted, mayUse, NoPermission, permissionCure } from "../_permissions.ts";
import { checkStopped, hearStop } from "../_stop_signals.ts";
import { type InputFiles, splitPath } from "./input_files.ts";

/** Options of {@linkcode OutputFile}. */
export interface OutputFileOptions {
  /** What is read meanwhile, and never written to. */
  readonly inputs: InputFiles;
  /** Whether a file that is there is replaced. */
  readonly replaces: boolean;
  /** Whether it is in a folder of outputs: a link of its name is then replaced, not followed. */
  readonly isInFolder?: boolean;
}

/** How a file is written. */
interface Place {
  /** What is opened for writing. */
  readonly path: string;
  /**
   * How: beside the target, to be renamed; in place, as it is new; or as a device or FIFO, of which
   * nothing can be taken back.
   */
  readonly way: "staged" | "new" | "device";
  /** What is replaced, or made: a link's target, where PATH is one. */
  readonly target: string;
  /** What is there already. */
  readonly there: Deno.FileInfo | null;
  /** The device or FIFO, where it had to be opened to know that it is one. */
  readonly file?: Deno.FsFile;
}

/** Most links from one to the next that are followed, as of the kernel. */
const MAX_LINKS = 40;
const PERMISSION_BITS = 0o777;
const ANY_MODE = 0o666;

/**
 * A file that is whole or not there. It is written to `PATH.part`, and becomes `PATH` by
 * {@linkcode commit}; a file that is there stays until then.
 *
 * Needs permission to read and write both. With that to write PATH alone, a new file is written in
 * place, and removed if it does not become whole.
 */
export class OutputFile implements Disposable {
  readonly #name: string;
  readonly #place: Place;
  readonly #options: OutputFileOptions;
  readonly #hearing: Disposable | null;
  #file: Deno.FsFile | null;
  /** What tells the file that was made from others; null where that cannot be known. */
  readonly #id: string | null;
  /** Whether nothing has to be removed. */
  #isDone = false;

  /**
   * Begins the file.
   *
   * @throws {Deno.errors.AlreadyExists} If it is an input; if it, or its `.part`, is there and has to
   * stay.
   */
  constructor(path: string, options: OutputFileOptions) {
    if (!options.isInFolder) refuseOutputName(path);
    this.#name = `"${path}"`;
    this.#options = options;
    this.#place = findPlace(path, options);
    using undo = new DisposableStack();
    const { way, there } = this.#place;
    this.#hearing = way === "device" ? null : undo.use(hearStop(() => this[Symbol.dispose]()));
    this.#file = this.#named(() => open(this.#place));
    this.#id = way === "device" ? null : idOfOpen(this.#file);
    undo.defer(() => this[Symbol.dispose]());
    if (way === "staged" && there?.isFile) this.#named(() => keepOwner(this.part, there));
    undo.move();
  }

  /** What is written to until it is whole, for others who write it. */
  get part(): string {
    return this.#place.path;
  }

  /**
   * Adds bytes.
   *
   * @throws {Deno.errors.Interrupted} After a signal.
   */
  append(bytes: Uint8Array): void {
    checkStopped();
    this.#file ??= this.#named(() => this.#reopened());
    writeAll(this.#file, this.#name, bytes);
  }

  /** Releases the descriptor; more can be added all the same. */
  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  /**
   * Gives the file its name.
   *
   * @throws {Deno.errors.Interrupted} After a signal.
   * @throws {Deno.errors.AlreadyExists} If another program has made one of this name meanwhile.
   * @throws {Deno.errors.NotFound} If `PATH.part` is not the file that was made.
   */
  commit(): void {
    checkStopped();
    this.finish();
  }

  /**
   * Checks that the file can get its name.
   *
   * @throws {Deno.errors.AlreadyExists} If another program has made one of this name meanwhile.
   * @throws {Deno.errors.NotFound} If `PATH.part` is not the file that was made.
   */
  check(): void {
    if (this.#isDone || this.#place.way !== "staged") return;
    const { target } = this.#place;
    this.#named(() => this.#requireOurs());
    if (!this.#options.replaces && find(target) !== null) throw alreadyThere(target);
  }

  /** Gives the file its name, whatever was heard: signals do not come between those of a folder. */
  finish(): void {
    if (this.#isDone) return;
    this.check();
    const { path, way, target } = this.#place;
    this.close();
    if (way === "staged") this.#named(() => Deno.renameSync(path, target));
    this.#isDone = true;
    this.#hearing?.[Symbol.dispose]();
  }

  /** Removes what was not committed. */
  [Symbol.dispose](): void {
    this.close();
    if (!this.#isDone && this.#place.way !== "device" && this.#isOurs()) removeIfThere(this.part);
    this.#isDone = true;
    this.#hearing?.[Symbol.dispose]();
  }

  #reopened(): Deno.FsFile {
    this.#requireOurs();
    return Deno.openSync(this.part, { append: true });
  }

  /** Whether what is written to is still the file that was made, as far as can be told. */
  #isOurs(): boolean {
    if (this.#id === null) return true;
    const info = find(this.part);
    return info !== null && idOf(info) === this.#id;
  }

  #requireOurs(): void {
    if (this.#isOurs()) return;
    throw new Deno.errors.NotFound(
      `"${this.part}" is not the file that was made: it was removed or replaced meanwhile`,
    );
  }

  /** Says in errors which file it is. */
  #named<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof Error) error.message = `cannot write ${this.#name}: ${error.message}`;
      throw error;
    }
  }
}

/**
 * Refuses a path that was not UTF-8, or may not have been: Deno would write to one with U+FFFD.
 *
 * @throws {Deno.errors.InvalidData} If it is such a path.
 */
export function refuseOutputName(path: string): void {
  if (path.isWellFormed() && !path.includes("\ufffd")) return;
  throw new Deno.errors.InvalidData(
    `cannot write ${JSON.stringify(path)}: the name is not UTF-8, and Deno writes only to such ` +
      "names; choose another",
  );
}

/** Makes the error for an output that is an input, too. */
export function overwritesInput(path: string): Error {
  return new Deno.errors.AlreadyExists(`cannot write to the input "${path}"`);
}

/** Makes the error for a place where something is that must stay. */
export function alreadyThere(path: string): Error {
  return new Deno.errors.AlreadyExists(
    `"${path}" is there: nothing was written; --force replaces it`,
  );
}

/** What is at a path, of a link the link itself; null for nothing. */
export function find(path: string): Deno.FileInfo | null {
  return orNull(() => Deno.lstatSync(path));
}

/** What it takes to write a file, or what a link leads to, as far as that may be read now. */
export function fileAccesses(path: string): Access[] {
  return accessesOf(followed(path));
}

function accessesOf(path: string): Access[] {
  const isFile = isGranted({ name: "read", path }) && find(path)?.isFile;
  return [path, ...(isFile ? [`${path}.part`] : [])].map((path) => ({ name: "write", path }));
}

/** Decides how a file is written, and refuses what must stay; touches nothing. */
function findPlace(name: string, options: OutputFileOptions): Place {
  const { inputs, replaces, isInFolder = false } = options;
  const path = isInFolder ? name : followed(name);
  const part = `${path}.part`;
  for (const output of [name, path]) if (inputs.has(output)) throw overwritesInput(output);
  if (!mayUse({ name: "write", path })) throw new NoPermission(accessesOf(path));
  if (!mayStage(path)) return findPlaceAlone(path);
  const there = find(path);
  // What may be read only now may be a link.
  if (!isInFolder && there?.isSymlink && followed(path) !== path) return findPlace(path, options);
  if (inputs.has(part)) throw overwritesInput(part);
  if (there?.isDirectory) {
    throw new Deno.errors.AlreadyExists(`"${path}" is a folder: nothing was written`);
  }
  const isReplaced = there === null || there.isFile || there.isSymlink && isInFolder;
  if (!isReplaced) {
    if (!isInFolder) return { path, way: "device", target: path, there };
    throw new Deno.errors.AlreadyExists(`"${path}" is no regular file: nothing was written`);
  }
  if (there !== null && !replaces) throw alreadyThere(path);
  if (find(part) !== null) throw partIsThere(part);
  // A folder lets files be replaced that must not be written.
  if (there?.isFile) Deno.openSync(path, { write: true }).close();
  return { path: part, way: "staged", target: path, there };
}

function mayStage(path: string): boolean {
  const part = `${path}.part`;
  return mayUse({ name: "write", path: part }) && mayRead(path);
}

function mayRead(path: string): boolean {
  return mayUse({ name: "read", path: `${path}.part` }) && mayUse({ name: "read", path });
}

/**
 * What a link leads to, there or not, as far as links may be read; the path itself where that is what
 * a process has open.
 */
export function followed(path: string): string {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    if (!isGranted({ name: "read", path: target }) || !find(target)?.isSymlink) return target;
    const { folder } = splitPath(target);
    if (isOfDescriptors(folder)) return path;
    const to = Deno.readLinkSync(target);
    target = to.startsWith("/") || folder === "." ? to : `${folder}/${to}`;
  }
  throw new Deno.errors.FilesystemLoop(`cannot write "${path}": too many links follow each other`);
}

/** Whether the links in a folder lead to what a process has open, as those of `/dev/fd` do. */
function isOfDescriptors(folder: string): boolean {
  try {
    return /^\/proc\/\d+\/(?:task\/\d+\/)?fd$/.test(Deno.realPathSync(folder));
  } catch {
    return false;
  }
}

/** Decides how a file is written where its `.part` must not be. */
function findPlaceAlone(path: string): Place {
  using undo = new DisposableStack();
  const file = orNull(() => undo.use(Deno.openSync(path, { append: true })));
  if (file === null) return { path, way: "new", target: path, there: null };
  // To look at the file needs permission to read it.
  if (canSeek(file)) throw lacksPermissions(path);
  undo.move();
  return { path, way: "device", target: path, there: null, file };
}

/** An inode is used again once its file is closed and removed, but not for one of the same time. */
function idOf({ dev, ino, birthtime }: Deno.FileInfo): string {
  return `${dev} ${ino} ${birthtime?.getTime()}`;
}

/** What tells an open file from others; null without the permission to read it. */
function idOfOpen(file: Deno.FsFile): string | null {
  try {
    return idOf(file.statSync());
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}

function canSeek(file: Deno.FsFile): boolean {
  try {
    file.seekSync(0, Deno.SeekMode.Current);
    return true;
  } catch {
    return false;
  }
}

/** Opens what a place says. */
function open({ path, way, there, file }: Place): Deno.FsFile {
  if (way === "device") return file ?? Deno.openSync(path, { append: true });
  const mode = there?.isFile ? (there.mode ?? ANY_MODE) & PERMISSION_BITS : ANY_MODE;
  try {
    return Deno.openSync(path, { write: true, createNew: true, mode });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw way === "new" ? lacksPermissions(path) : partIsThere(path);
  }
}

/** Gives a new file the owner and the mode of the one that it is to replace; not all may. */
function keepOwner(path: string, { mode, uid, gid }: Deno.FileInfo): void {
  const made = Deno.lstatSync(path);
  try {
    if (made.uid !== uid || made.gid !== gid) Deno.chownSync(path, uid, gid);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  if (mode !== null && made.mode !== mode) Deno.chmodSync(path, mode & PERMISSION_BITS);
}

function lacksPermissions(path: string): Error {
  const names = mayRead(path) ? ["write"] as const : ["write", "read"] as const;
  const paths = [path, `${path}.part`];
  return new Deno.errors.AlreadyExists(
    `"${path}" is there, and only a whole file replaces it; Deno may not make that file, ` +
      `"${path}.part": ${
        permissionCure(names.flatMap((name) => paths.map((path) => ({ name, path }))))
      }`,
  );
}

function partIsThere(part: string): Error {
  return new Deno.errors.AlreadyExists(
    `"${part}" is there: nothing was written; another run writes it, or was killed, or it is yours: ` +
      "write to another path, or move it away",
  );
}

function removeIfThere(path: string): void {
  orNull(() => Deno.removeSync(path));
}

/** Does something with a file; null if it is not there. */
export function orNull<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
