/** What tells a file from others. */
export interface FileId {
  readonly dev: number;
  readonly ino: number;
}

/** What is used of `node:fs`: Deno itself cannot look at standard input and output. */
interface FileSystem {
  fstatSync(fd: number): FileId & { isFile(): boolean };
}

const STDIN = 0;
const STDOUT = 1;
/** Files that a directory of `perf record --threads` consists of. */
const PART = /^data(?:\.\d+)?$/;

/** The files that are read: none of them is ever written to, by whatever name. */
export class InputFiles {
  readonly #paths: readonly string[];
  #ids: Set<string> | null = null;

  /** Whether standard input is one of the recordings. */
  readonly hasStandardInput: boolean;

  /**
   * Takes paths of recordings, files or directories, and that of the list that names them; `-` is
   * standard input.
   */
  constructor(paths: readonly string[], list?: string) {
    this.#paths = list === undefined ? paths : [...paths, list];
    this.hasStandardInput = paths.includes("-");
  }

  /** Whether what is at a path is one of the files, or would become a part of a recording. */
  has(path: string): boolean {
    const id = fileId(path);
    if (id !== null && this.#all().has(id)) return true;
    const { folder, name } = splitPath(path);
    if (!PART.test(name)) return false;
    const folderId = fileId(folder);
    return folderId !== null && this.#all().has(folderId);
  }

  /** @throws {Deno.errors.AlreadyExists} If standard output is one of the files. */
  refuseStandardOutput(): void {
    if (this.#paths.length === 0 || Deno.stdout.isTerminal()) return;
    const id = standardId(STDOUT);
    if (id === null || !this.#all().has(id)) return;
    throw new Deno.errors.AlreadyExists("cannot write to standard output: it is an input");
  }

  /** Devices and inodes; gathered when something is there that could be one of them. */
  #all(): Set<string> {
    return this.#ids ??= new Set(this.#paths.flatMap(inputIds));
  }
}

/** Splits a path into the folder and the name in it. */
export function splitPath(path: string): { folder: string; name: string } {
  const end = path.lastIndexOf("/");
  const folder = end > 0 ? path.slice(0, end) : end === 0 ? "/" : ".";
  return { folder, name: path.slice(end + 1) };
}

function inputIds(path: string): string[] {
  const ids = path === "-"
    ? [standardId(STDIN)]
    : [fileId(path), ...partsOf(path).map((name) => fileId(`${path}/${name}`))];
  return ids.filter((id) => id !== null);
}

function partsOf(path: string): string[] {
  try {
    if (!Deno.statSync(path).isDirectory) return [];
    return [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => PART.test(name));
  } catch {
    return [];
  }
}

/** Names a file or folder for as long as it is there; null for what cannot be looked at. */
function fileId(path: string): string | null {
  try {
    const { ino, dev, isFile, isDirectory } = Deno.statSync(path);
    return (isFile || isDirectory) && ino !== null ? `${dev} ${ino}` : null;
  } catch {
    return null;
  }
}

function standardId(fd: number): string | null {
  const file = standardFile(fd);
  return file && `${file.dev} ${file.ino}`;
}

/** The file that standard input is; null if it is not one. */
export function standardInputFile(): FileId | null {
  return standardFile(STDIN);
}

/** The file that a descriptor is of; null if it is of something else. Loads `node:fs`, which takes 20 ms. */
function standardFile(fd: number): FileId | null {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: "node:fs"): FileSystem };
  };
  try {
    const status = process.getBuiltinModule("node:fs").fstatSync(fd);
    return status.isFile() ? status : null;
  } catch {
    return null;
  }
}
