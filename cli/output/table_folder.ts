import { type TableName, TABLES } from "../../convert/mod.ts";

/** Options of {@linkcode TableFolder}. */
export interface TableFolderOptions {
  /** Ending of the files, without the dot. */
  readonly ending: string;
  /** Whether tables that are there are replaced. */
  readonly force: boolean;
  /** Whether each table is a folder with a part for each recording. */
  readonly partitioned: boolean;
  /** Paths that are read meanwhile. */
  readonly inputs: readonly string[];
}

/**
 * A folder of tables that appears all at once: the files are written to a folder within it, and
 * moved when all of them are whole.
 */
export class TableFolder implements Disposable {
  readonly #path: string;
  readonly #options: TableFolderOptions;
  readonly #temporary: string;
  readonly #undo: DisposableStack;

  /**
   * Makes the folder if it is not there. Needs permission to read it, too, as renaming does.
   *
   * @throws {Deno.errors.AlreadyExists} If tables are there, unless `force` allows to replace them;
   * if an input lies in the folder.
   */
  constructor(path: string, options: TableFolderOptions) {
    using undo = new DisposableStack();
    this.#path = path;
    this.#options = options;
    if (!isFolder(path)) {
      Deno.mkdirSync(path, { recursive: true });
      undo.defer(() => Deno.removeSync(path));
    }
    const [there] = this.#there();
    if (there !== undefined && !options.force) {
      throw exists(`"${path}/${there}" is there: nothing was written; --force replaces it`);
    }
    const real = Deno.realPathSync(path);
    const names = this.#names();
    for (const input of options.inputs) {
      if (input !== "-" && isWithin(input, names.map((name) => `${real}/${name}`))) {
        throw exists(`the input "${input}" lies in "${path}": nothing was written`);
      }
    }
    this.#temporary = Deno.makeTempDirSync({ dir: path, prefix: ".auxtail-" });
    undo.defer(() => Deno.removeSync(this.#temporary, { recursive: true }));
    this.#undo = undo.move();
  }

  /** Begins the file of a table, of this recording where there are several. */
  open(table: TableName, recording: string): Deno.FsFile {
    const { ending, partitioned } = this.#options;
    const file = { write: true, createNew: true } as const;
    if (!partitioned) return Deno.openSync(`${this.#temporary}/${table}.${ending}`, file);
    const folder = `${this.#temporary}/${table}/recording=${partitionName(recording)}`;
    Deno.mkdirSync(folder, { recursive: true });
    return Deno.openSync(`${folder}/part-0.${ending}`, file);
  }

  /** Puts the tables in their places; with `force` those of earlier runs go. */
  commit(): void {
    for (const name of this.#there()) Deno.removeSync(`${this.#path}/${name}`, { recursive: true });
    for (const { name } of [...Deno.readDirSync(this.#temporary)]) {
      Deno.renameSync(`${this.#temporary}/${name}`, `${this.#path}/${name}`);
    }
    Deno.removeSync(this.#temporary);
    this.#undo.move();
  }

  /** Removes what was not committed, and the folder if it is new. */
  [Symbol.dispose](): void {
    this.#undo.dispose();
  }

  /** What belongs to tables. */
  #names(): string[] {
    return Object.keys(TABLES).flatMap((table) => [table, `${table}.${this.#options.ending}`]);
  }

  /** What there is of earlier runs. */
  #there(): string[] {
    const names = this.#names();
    return [...Deno.readDirSync(this.#path)].map(({ name }) => name)
      .filter((name) => names.includes(name)).sort();
  }
}

/**
 * The value of a hive partition as Spark and DuckDB read it: what paths cannot hold is escaped.
 * Only ASCII is, because Spark takes each escape for a character, not for a byte of UTF-8.
 */
export function partitionName(name: string): string {
  return name.replace(
    /[^\w.\-\u0080-\uffff]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function isFolder(path: string): boolean {
  try {
    if (Deno.statSync(path).isDirectory) return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  throw new Deno.errors.NotADirectory(`cannot write into "${path}": it is not a folder`);
}

/** Whether a path is one of those, or lies below one. */
function isWithin(path: string, others: readonly string[]): boolean {
  try {
    const real = Deno.realPathSync(path);
    return others.some((other) => real === other || real.startsWith(`${other}/`));
  } catch {
    return false;
  }
}

function exists(message: string): Error {
  return new Deno.errors.AlreadyExists(message);
}
