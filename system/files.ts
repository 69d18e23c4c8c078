import { builtinModule } from "./builtin_module.ts";

/** What is used of the system's files; Deno itself is one. */
export interface Files {
  readonly stdin: Pick<OpenFile, "readSync">;
  /** Opens a file or a folder to read. */
  openSync(path: string | URL): OpenFile;
  readDirSync(path: string | URL): Iterable<{ readonly name: string; readonly isFile: boolean }>;
}

/** An open file. */
export interface OpenFile {
  statSync(): FileFacts;
  /** Reads on; null at the end. */
  readSync(into: Uint8Array): number | null;
  seekSync(offset: number, whence: typeof FROM_START): unknown;
  close(): void;
}

/** What an open file is. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly size: number;
}

/** Offsets of `seekSync()` count from the start of a file. */
export const FROM_START = 0;
/** Codes by which errors of Node.js are told, where Deno has classes. */
const CODES = { "NotFound": "ENOENT", "InvalidData": "EFBIG" };
/** Most bytes that Node.js reads at once. */
const MOST_READ = 2 ** 31 - 1;
const NOTHING_YET = "EAGAIN";
const WAIT_MS = 5;

/**
 * Finds the files of this machine: by Deno, else by Node.js.
 *
 * @throws {TypeError} If the runtime opens none.
 */
export function systemFiles(): Files {
  const { Deno: deno } = globalThis as { Deno?: typeof Deno };
  if (deno !== undefined) return deno;
  const fs = builtinModule<NodeFs>("node:fs");
  if (fs !== undefined) return nodeFiles(fs);
  throw new TypeError(
    "This runtime opens no files: Deno does, and Node.js from 20.16 and 22.3 on; elsewhere, as in " +
      "a browser, give the bytes of the recording to openPerfBytes()",
  );
}

/** Makes an error like those of the system: of Deno's class, or with the code of Node.js. */
export function systemError(name: keyof typeof CODES, message: string): Error {
  const { Deno: deno } = globalThis as { Deno?: typeof Deno };
  if (deno !== undefined) return new deno.errors[name](message);
  return Object.assign(new Error(message), { code: CODES[name] });
}

/** Whether an error of the system says that there is no such file. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, CODES.NotFound);
}

/** What is used of `node:fs`. */
interface NodeFs {
  openSync(path: string | URL): number;
  closeSync(file: number): void;
  fstatSync(file: number): { isFile(): boolean; isDirectory(): boolean; readonly size: number };
  readSync(
    file: number,
    into: Uint8Array,
    at: number,
    size: number,
    position: number | null,
  ): number;
  readdirSync(
    path: string | URL,
    options: { readonly withFileTypes: true },
  ): { readonly name: string; isFile(): boolean }[];
}

function nodeFiles(fs: NodeFs): Files {
  return {
    stdin: new NodeFile(fs, 0),
    openSync: (path) => new NodeFile(fs, fs.openSync(path)),
    readDirSync: (path) =>
      fs.readdirSync(path, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isFile: entry.isFile(),
      })),
  };
}

class NodeFile implements OpenFile {
  readonly #fs: NodeFs;
  readonly #file: number;
  /** Where to read on; null where the system knows it, as of what only moves forward. */
  #position: number | null = null;

  constructor(fs: NodeFs, file: number) {
    this.#fs = fs;
    this.#file = file;
  }

  statSync(): FileFacts {
    const found = this.#fs.fstatSync(this.#file);
    return { isFile: found.isFile(), isDirectory: found.isDirectory(), size: found.size };
  }

  readSync(into: Uint8Array): number | null {
    const size = Math.min(into.length, MOST_READ);
    for (;;) {
      try {
        const count = this.#fs.readSync(this.#file, into, 0, size, this.#position);
        if (this.#position !== null) this.#position += count;
        return count === 0 ? null : count;
      } catch (error) {
        if (!hasCode(error, NOTHING_YET)) throw error;
        // Node.js has a pipe of its `process.stdin` not block.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
      }
    }
  }

  seekSync(offset: number): void {
    this.#position = offset;
  }

  close(): void {
    this.#fs.closeSync(this.#file);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
