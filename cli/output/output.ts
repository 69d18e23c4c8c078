import { writeAll } from "../../system/internal.ts";
import type { Access } from "../_permissions.ts";
import { InputFiles } from "./input_files.ts";
import { fileAccesses, OutputFile } from "./output_file.ts";

const FLUSH_AT = 1 << 16;
const STDOUT = "standard output";
/** Names of standard output: what a shell wrote to it before is not overwritten. */
const STDOUT_NAMES = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** Where the answer goes: standard output, or the file of `--output`. */
export class Output implements Disposable {
  readonly #file: OutputFile | null;
  readonly #flushAt: number;
  #text = "";

  /**
   * Begins the file of `--output`, if there is one; `-` is standard output. To be done before the
   * inputs are opened, so that a signal ends a read that waits.
   *
   * @param inputs What the answer is about: never written to, and where one of them is standard
   * input, lines are written to standard output as they come.
   * @param replaces Whether a file that is there is replaced when the answer is whole.
   * @throws {Deno.errors.AlreadyExists} If the file is one of the inputs, or has to stay.
   */
  constructor(path: string = "-", inputs = new InputFiles([]), replaces = true) {
    const isStdout = STDOUT_NAMES.includes(path);
    if (isStdout) inputs.refuseStandardOutput();
    this.#file = isStdout ? null : new OutputFile(path, { inputs, replaces });
    this.#flushAt = isStdout && inputs.hasStandardInput ? 0 : FLUSH_AT;
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
    if (this.#file === null) writeAll(Deno.stdout, STDOUT, bytes);
    else this.#file.append(bytes);
  }

  /** Writes what was added so far. */
  flush(): void {
    if (this.#text === "") return;
    const bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    this.bytes(bytes);
  }

  /** Writes the rest; the answer is whole, and its file gets its name. */
  commit(): void {
    this.flush();
    this.#file?.commit();
  }

  /** Removes the file, unless it is whole; standard output gets what there is. */
  [Symbol.dispose](): void {
    if (this.#file === null) this.flush();
    else this.#file[Symbol.dispose]();
  }
}

/** What it takes to write an answer to `--output`. */
export function outputAccesses(path: string = "-"): Access[] {
  return STDOUT_NAMES.includes(path) ? [] : fileAccesses(path);
}

/** Writes text to standard output at once. */
export function printText(text: string): void {
  writeAll(Deno.stdout, STDOUT, new TextEncoder().encode(text));
}
