import { type TableName, TABLES } from "../../convert/mod.ts";
import { alreadyThere } from "./output_file.ts";
import { StagedFolder } from "./staged_folder.ts";

/** Options of {@linkcode TableFolder}. */
interface TableFolderOptions {
  /** Ending of the files, without the dot. */
  readonly ending: string;
  /** Whether tables that are there are replaced. */
  readonly force: boolean;
  /** Whether each table is a folder with a part for each recording. */
  readonly partitioned: boolean;
  /** Paths that are read meanwhile. */
  readonly inputs: readonly string[];
}

/** A folder of tables that appear all at once. */
export class TableFolder implements Disposable {
  readonly #path: string;
  readonly #options: TableFolderOptions;
  readonly #folder: StagedFolder;

  /**
   * Makes the folder if it is not there.
   *
   * @throws {Deno.errors.AlreadyExists} If tables are there, unless `force` allows to replace them;
   * if an input lies in the folder.
   */
  constructor(path: string, options: TableFolderOptions) {
    this.#path = path;
    this.#options = options;
    this.#folder = new StagedFolder(path, () => this.#refuse());
  }

  /** Begins the file of a table, of this recording where there are several. */
  open(table: TableName, recording: string): Deno.FsFile {
    const { ending, partitioned } = this.#options;
    const file = { write: true, createNew: true } as const;
    if (!partitioned) return Deno.openSync(`${this.#folder.staging}/${table}.${ending}`, file);
    const folder = `${this.#folder.staging}/${table}/recording=${partitionName(recording)}`;
    Deno.mkdirSync(folder, { recursive: true });
    return Deno.openSync(`${folder}/part-0.${ending}`, file);
  }

  /** Puts the tables in their places; with `force` those of earlier runs go. */
  commit(): void {
    for (const name of this.#there()) Deno.removeSync(`${this.#path}/${name}`, { recursive: true });
    this.#folder.commit([...Deno.readDirSync(this.#folder.staging)].map(({ name }) => name));
  }

  /** Removes what was not committed, and the folder if it is new. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  #refuse(): void {
    const [there] = this.#there();
    if (there !== undefined && !this.#options.force) throw alreadyThere(`${this.#path}/${there}`);
    const real = Deno.realPathSync(this.#path);
    const places = this.#names().map((name) => `${real}/${name}`);
    const input = this.#options.inputs.find((input) => input !== "-" && isWithin(input, places));
    if (input === undefined) return;
    throw new Deno.errors.AlreadyExists(
      `the input "${input}" lies in "${this.#path}": nothing was written`,
    );
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

/** Whether a path is one of those, or lies below one. */
function isWithin(path: string, others: readonly string[]): boolean {
  try {
    const real = Deno.realPathSync(path);
    return others.some((other) => real === other || real.startsWith(`${other}/`));
  } catch {
    return false;
  }
}
