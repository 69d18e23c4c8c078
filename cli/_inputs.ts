import { ValidationError } from "@cliffy/command";
import { hasPerfMagic } from "../parsers/perf/internal.ts";
import { unpack } from "../system/mod.ts";
import { printable } from "../text/mod.ts";
import { listedPaths } from "./_path_list.ts";
import { standardInputFile } from "./output/input_files.ts";

const HEAD_SIZE = 8;

/** What stands for a part of a name that Deno's listing of a folder has lost. */
const LOST_BYTES = "\udffd";

/** Options of every command that reads recordings. */
export interface InputOptions {
  /** A file that lists paths, or `-` for standard input. */
  readonly filesFrom?: string | undefined;
  /** Whether a NUL byte ends each path of the list, not a newline. */
  readonly null?: boolean | undefined;
  /** Whether folders in folders are entered. */
  readonly recursive?: boolean | undefined;
}

/** What the paths on a command line stand for. */
export interface Inputs {
  /**
   * Paths of recordings, each once; `-` is standard input. Names that are not UTF-8 have lone
   * surrogates, and cannot be opened: write them by `toWellFormed()` or `printable()`.
   */
  readonly inputs: readonly string[];
  /** Entries of folders that are no recordings. */
  readonly skipped: number;
  /** Whether there may be several: more than one path was given, a list, or a folder. */
  readonly many: boolean;
  /** The list that names recordings, if there is one; `-` is standard input. */
  readonly list?: string;
}

/**
 * Finds the recordings that paths, and those of a list, stand for.
 *
 * A folder stands for the recordings in it, sorted by name: files that start as one does or are
 * named `*.data`, packed or not, and directories of `perf record --threads`. With `recursive` the
 * folders in it are entered, too, unless they are links. A path that cannot be looked at, or a
 * folder without recordings, stays as it is, so that whoever opens it meets the error. A recording
 * that has several paths, links too, counts once, by its first.
 *
 * Takes some 5 us for each path of a list, 8 us in a folder, and 200 bytes.
 *
 * @throws {ValidationError} If no path is given, or an option for one, or standard input twice.
 * @throws {Deno.errors.InvalidData} If the list cannot be read, or is empty.
 */
export function expandInputs(
  paths: readonly string[],
  options: InputOptions & {
    /** Whether paths are no recordings, so that folders stand for nothing. */
    readonly areBare?: boolean;
  } = {},
): Inputs {
  const { filesFrom, recursive = false, areBare = false } = options;
  if (areBare && recursive) throw new ValidationError("--recursive does not go with --raw");
  // Cliffy takes an option that it does not know for an argument.
  const [option] = paths.filter((path) => /^-./s.test(path));
  if (option !== undefined) {
    throw new ValidationError(`Unknown option "${option}"; a file of that name is "./${option}"`);
  }
  if (filesFrom === undefined) {
    if (paths.length === 0) {
      throw new ValidationError("Missing argument: <file...>, or --files-from");
    }
    if (options.null) throw new ValidationError("--null goes with --files-from");
  } else if (filesFrom === "-" && paths.includes("-")) {
    throw new ValidationError("Standard input cannot be a recording and the list of --files-from");
  }
  const found = new FoundRecordings({ recursive, areBare });
  for (const path of paths) found.add(path);
  if (filesFrom !== undefined) {
    // In a list each name is that of a file.
    for (const path of listedPaths(filesFrom, options)) found.add(path === "-" ? "./-" : path);
    if (found.inputs.length === 0) {
      throw new Deno.errors.InvalidData(
        `the list ${filesFrom === "-" ? "on standard input" : `"${filesFrom}"`} names no file`,
      );
    }
  }
  const { inputs, skipped, hasFolders } = found;
  const many = paths.length > 1 || filesFrom !== undefined || recursive || hasFolders;
  return { inputs, skipped, many, ...(filesFrom !== undefined && { list: filesFrom }) };
}

/**
 * Gives each path a short name: its last part, and where several are the same as many parts before
 * it as tell them apart. Such names contain slashes. Bytes that are not UTF-8 are written `\xff`.
 */
export function recordingNames(inputs: readonly string[]): string[] {
  const names: string[] = [];
  /** Where the slash before each name is; -1 for none. */
  const slashes = Int32Array.from(inputs, ({ length }) => length);
  let open = inputs.map((_, i) => i);
  while (open.length > 0) {
    const uses = new Map<string, number>();
    for (const i of open) {
      const path = inputs[i]!;
      const slash = slashes[i] === 0 ? -1 : path.lastIndexOf("/", slashes[i]! - 1);
      slashes[i] = slash;
      const name = path === "/" ? path : path.slice(slash + 1);
      names[i] = name;
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
    open = open.filter((i) => uses.get(names[i]!)! > 1 && slashes[i]! >= 0);
  }
  return names.map((name) => name.isWellFormed() ? name : printable(name));
}

/** The recordings that were found so far. */
class FoundRecordings {
  readonly inputs: string[] = [];
  skipped = 0;
  /** Whether a path was a folder of recordings. */
  hasFolders = false;
  readonly #options: { readonly recursive: boolean; readonly areBare: boolean };
  /** Inodes of recordings and folders that were met, by device. */
  readonly #inodes = new Map<number, Set<number>>();
  /** Paths that were met of what has no inode. */
  readonly #paths = new Set<string>();

  constructor(options: { readonly recursive: boolean; readonly areBare: boolean }) {
    this.#options = options;
  }

  /** Adds what a path stands for. */
  add(path: string): void {
    const tidied = path === "-" ? path : tidy(path);
    const info = path === "-" ? standardInput() : lookAt(path);
    if (!this.#isNew(tidied, this.#options.areBare ? info : dataOf(path, info))) return;
    if (info?.isDirectory && !this.#options.areBare && !isFile(`${path}/data`)) {
      const { skipped } = this;
      const entries = listing(path);
      if (entries !== null && this.#addEntries(tidied, entries)) {
        this.hasFolders = true;
        return;
      }
      this.skipped = skipped;
    }
    this.inputs.push(tidied);
  }

  /** Adds the recordings of a folder; false if there is not one. */
  #addEntries(folder: string, entries: readonly Deno.DirEntry[]): boolean {
    let hasAny = false;
    let last = "";
    for (const { name, isSymlink } of entries) {
      const path = tidy(`${folder}/${name}`);
      const info = name === last ? null : lookAt(path);
      last = name;
      if (info === null && name.includes("\ufffd")) {
        this.inputs.push(path.replaceAll("\ufffd", LOST_BYTES));
        hasAny = true;
      } else if (isRecording(path, info)) {
        if (this.#isNew(path, dataOf(path, info))) this.inputs.push(path);
        hasAny = true;
      } else if (this.#options.recursive && info?.isDirectory && !isSymlink) {
        const inner = this.#isNew(path, info) ? listing(path) : [];
        if (inner === null) this.inputs.push(path);
        if (inner === null || this.#addEntries(path, inner)) hasAny = true;
      } else {
        this.skipped++;
      }
    }
    return hasAny;
  }

  /** Whether this is the first path of what it names. */
  #isNew(path: string, info: FileFacts | null): boolean {
    if (info === null || !info.ino) {
      if (this.#paths.has(path)) return false;
      this.#paths.add(path);
      return true;
    }
    const { dev, ino } = info;
    const inodes = this.#inodes.get(dev) ?? new Set<number>();
    if (inodes.has(ino)) return false;
    this.#inodes.set(dev, inodes.add(ino));
    return true;
  }
}

/** What tells files apart, and what they are. */
interface FileFacts {
  readonly dev: number;
  /** Null or 0 where the file system has none. */
  readonly ino: number | null;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
}

/** Looks at a file; null if that fails. */
function lookAt(path: string): FileFacts | null {
  try {
    return path.isWellFormed() ? Deno.statSync(path) : null;
  } catch {
    return null;
  }
}

/** What tells a recording from others: of a directory the file with its records. */
function dataOf(path: string, info: FileFacts | null): FileFacts | null {
  return info?.isDirectory ? lookAt(`${path}/data`) ?? info : info;
}

/** Looks at standard input, which is a file after `<`; null if it is not one. */
function standardInput(): FileFacts | null {
  const file = standardInputFile();
  return file && { dev: file.dev, ino: file.ino, isFile: true, isDirectory: false };
}

/** The entries of a folder by name; null if they cannot be listed. */
function listing(folder: string): Deno.DirEntry[] | null {
  try {
    return [...Deno.readDirSync(folder)]
      .sort(({ name: a }, { name: b }) => a < b ? -1 : Number(a > b));
  } catch {
    return null;
  }
}

function isRecording(path: string, info: FileFacts | null): boolean {
  if (info?.isDirectory) return isFile(`${path}/data`);
  if (info?.isFile === false) return false;
  return /\.data(?:\.gz|\.zst)?$/.test(path) || info !== null && hasMagic(path);
}

function isFile(path: string): boolean {
  return lookAt(path)?.isFile === true;
}

function hasMagic(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    using undo = new DisposableStack();
    const { stream, close } = unpack((into) => file.readSync(into));
    undo.defer(close);
    const head = new Uint8Array(HEAD_SIZE);
    for (let size = 0, count = -1; size < HEAD_SIZE && count !== 0; size += count) {
      count = stream(head.subarray(size)) ?? 0;
    }
    return hasPerfMagic(head);
  } catch {
    return false;
  }
}

/**
 * Leaves out what does not change the meaning of a path: `./`, doubled and trailing slashes. A file
 * named `-` stays `./-`.
 */
function tidy(path: string): string {
  return path.replace(/\/+(\.?\/+)*/g, "/").replace(/^(\.\/)+(?=.)(?!-$)/, "")
    .replace(/(.)\/$/, "$1");
}
