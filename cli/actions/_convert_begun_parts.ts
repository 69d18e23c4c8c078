import { writeAll } from "../../system/internal.ts";
import { hearStop } from "../_stop_signals.ts";
import { find } from "../output/output_file.ts";
import { partOfFile } from "./_convert_manifest.ts";

const NAME = "manifest.begun";
/** The first line; then each part follows before it is made. */
const START =
  "auxtail.convert/1: parts that go after an interrupt where manifest.json lacks them\n";

/** The parts that a run begins, so that the next one knows which files are left of it. */
export class BegunParts implements Disposable {
  readonly #path: string;
  #file: Deno.FsFile | null = null;
  #hearing: Disposable | null = null;

  /** @param folder That of the tables. */
  constructor(folder: string) {
    this.#path = `${folder}/${NAME}`;
  }

  /**
   * Reads what an interrupted run began.
   *
   * @throws {Deno.errors.InvalidData} If the file is of something else.
   */
  ofBefore(): string[] {
    if (find(this.#path) === null) return [];
    const text = Deno.readTextFileSync(this.#path);
    // What is cut was not begun.
    const files = text.slice(START.length).split("\n").slice(0, -1);
    const isOurs = text.startsWith(START) && files.every((file) => partOfFile(file) !== null);
    if (isOurs || START.startsWith(text)) return files;
    throw new Deno.errors.InvalidData(
      `"${this.#path}" is not of auxtail convert, which would write a file of this name: nothing ` +
        "was written; choose another folder",
    );
  }

  /** Adds a part that does not exist yet. */
  add(file: string): void {
    this.#file ??= this.#open();
    this.#write(`${file}\n`);
  }

  /** Forgets what an interrupted run began: it is gone. */
  forget(): void {
    if (find(this.#path) !== null) Deno.removeSync(this.#path);
  }

  /** Forgets what this run began: it is listed, or gone. */
  [Symbol.dispose](): void {
    if (this.#file === null) return;
    this.#hearing?.[Symbol.dispose]();
    this.#file.close();
    this.#file = null;
    this.forget();
  }

  #open(): Deno.FsFile {
    const file = Deno.openSync(this.#path, { write: true, createNew: true });
    this.#hearing = hearStop(() => this[Symbol.dispose]());
    this.#file = file;
    this.#write(START);
    return file;
  }

  #write(text: string): void {
    writeAll(this.#file!, `"${this.#path}"`, new TextEncoder().encode(text));
  }
}
