const FLUSH_AT = 1 << 16;

/** Where the answer goes: standard output, or the file of `--output`. */
export class Output implements Disposable {
  readonly #file: Deno.FsFile | null;
  readonly #flushAt: number;
  #text = "";

  /**
   * Opens the file of `--output`, if there is one; it is replaced. `-` is standard output.
   *
   * @param input Where the answer is about: never overwritten, and where it is a stream, lines
   * are written as they come.
   */
  constructor(path?: string, input?: string) {
    const isFile = path !== undefined && path !== "-";
    if (isFile && input !== undefined && isSame(path, input)) {
      throw new Deno.errors.AlreadyExists(`cannot write to the input "${path}"`);
    }
    const options = { write: true, create: true, truncate: true };
    this.#file = isFile ? Deno.openSync(path, options) : null;
    this.#flushAt = input === "-" ? 0 : FLUSH_AT;
  }

  /** Adds text; it is written in pieces. */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= this.#flushAt) this.flush();
  }

  /** Adds a line. */
  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Writes bytes, behind what was added before. They are not kept. */
  bytes(bytes: Uint8Array): void {
    this.flush();
    const target = this.#file ?? Deno.stdout;
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(target.writeSync(rest));
  }

  /** Writes what was added so far. */
  flush(): void {
    if (this.#text === "") return;
    const bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    this.bytes(bytes);
  }

  /** Writes the rest and closes the file. */
  [Symbol.dispose](): void {
    try {
      this.flush();
    } finally {
      this.#file?.close();
    }
  }
}

/** Whether two names are of one file. What cannot be looked at is taken to be another one. */
function isSame(path: string, input: string): boolean {
  if (path === input) return true;
  try {
    const [a, b] = [Deno.statSync(path), Deno.statSync(input)];
    return a.ino !== null && a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false;
  }
}
