const FLUSH_AT = 1 << 16;

/** Where the answer goes: standard output, or the file of `--output`. */
export class Output implements Disposable {
  readonly #file: Deno.FsFile | null;
  #text = "";

  /** Opens the file, if there is one; it is replaced. `-` is standard output. */
  constructor(path?: string) {
    const isFile = path !== undefined && path !== "-";
    const options = { write: true, create: true, truncate: true };
    this.#file = isFile ? Deno.openSync(path, options) : null;
  }

  /** Adds text; it is written in pieces. */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= FLUSH_AT) this.flush();
  }

  /** Adds a line. */
  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Writes what was added so far. */
  flush(): void {
    const target = this.#file ?? Deno.stdout;
    let bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    while (bytes.length > 0) bytes = bytes.subarray(target.writeSync(bytes));
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
