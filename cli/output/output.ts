import { writeAll } from "../../system/internal.ts";
import { anyOf } from "../_same_file.ts";

const FLUSH_AT = 1 << 16;
const STDOUT = "standard output";

/** Where the answer goes: standard output, or the file of `--output`. */
export class Output implements Disposable {
  readonly #file: Deno.FsFile | null;
  readonly #name: string;
  readonly #flushAt: number;
  #text = "";

  /**
   * Opens the file of `--output`, if there is one; it is replaced. `-` is standard output.
   *
   * @param inputs What the answer is about: never overwritten, and where one of them is a stream,
   * lines are written as they come.
   * @throws {Deno.errors.AlreadyExists} If the file is one of the inputs.
   */
  constructor(path: string = "-", inputs: readonly string[] = []) {
    if (anyOf(inputs)(path)) throw overwritesInput(path);
    const options = { write: true, create: true, truncate: true };
    this.#file = path === "-" ? null : Deno.openSync(path, options);
    this.#name = path === "-" ? STDOUT : `"${path}"`;
    this.#flushAt = inputs.includes("-") ? 0 : FLUSH_AT;
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

  /** Adds lines. */
  lines(lines: Iterable<string>): void {
    for (const line of lines) this.line(line);
  }

  /** Writes bytes, after what was added before. They are not kept. */
  bytes(bytes: Uint8Array): void {
    this.flush();
    writeAll(this.#file ?? Deno.stdout, this.#name, bytes);
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

/** Writes text to standard output at once. */
export function printText(text: string): void {
  writeAll(Deno.stdout, STDOUT, new TextEncoder().encode(text));
}

/** Makes the error for an output that is an input, too. */
export function overwritesInput(path: string): Error {
  return new Deno.errors.AlreadyExists(`cannot write to the input "${path}"`);
}
