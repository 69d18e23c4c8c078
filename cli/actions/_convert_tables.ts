import { TABLE_NAMES } from "../../convert/internal.ts";
import type { ConvertTask } from "../_convert_work.ts";
import { checkStopped } from "../_stop_signals.ts";
import type { InputFiles } from "../output/input_files.ts";
import { alreadyThere, find, type OutputFile } from "../output/output_file.ts";
import { OutputFolder } from "../output/output_folder.ts";
import { outputName } from "../output/output_name.ts";
import { FileLane, type Lane, type PartGroup, type PartPlace } from "./_convert_lane.ts";
import {
  type Manifest,
  type ManifestOptions,
  type ManifestPart,
  type ManifestRecording,
  partOfFile,
  readManifest,
  stageManifest,
} from "./_convert_manifest.ts";

/** Bytes of whole parts that do not wait to be listed. */
const MOST_UNLISTED = 2 ** 27;
/** A recording waits with others to be listed until they are one of so many. */
const LISTED_EACH = 8;
/** What is written to until it is whole. */
const PART = ".part";

/** Options of {@linkcode ConvertedTables}. */
export interface TablesOptions {
  /** What rows there are, and where. */
  readonly manifest: ManifestOptions;
  /** Whether tables that are there are replaced. */
  readonly force: boolean;
  /** Whether what is whole stays after an interrupt, and is not done again. */
  readonly resume: boolean;
  readonly inputs: InputFiles;
  /** Told of each recording that is whole. */
  readonly count: (recording: PartGroup["recordings"][number]) => void;
}

/** A folder of tables of many recordings, in parts, and its `manifest.json`. */
export class ConvertedTables implements Disposable {
  /** What an earlier run did, where this one goes on. */
  readonly before: Manifest;
  readonly #path: string;
  readonly #options: TablesOptions;
  readonly #folder: OutputFolder;
  readonly #undo: DisposableStack;
  #parts: readonly ManifestPart[];
  #recordings: readonly ManifestRecording[];
  /** What is whole and not listed yet. */
  #whole: PartGroup[] = [];
  /** Whether it has to wait. */
  #isHeld = false;
  /** Folders of recordings, by their names. */
  readonly #folders = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The first free number, by the folder of a recording; "" for shared parts. */
  readonly #next = new Map<string, number>();

  /**
   * Makes the folder if it is not there.
   *
   * @throws {Deno.errors.AlreadyExists} If tables are there, unless they may be replaced, or are those
   * of an earlier run with the same options.
   */
  constructor(path: string, options: TablesOptions) {
    const { inputs, force, resume, manifest } = options;
    using undo = new DisposableStack();
    this.#path = path;
    this.#options = options;
    this.#folder = undo.use(new OutputFolder(path, { inputs, force }));
    this.before = { options: manifest, parts: [], recordings: [] };
    if (resume) {
      undo.use(lockFolder(path));
      const before = readManifest(this.#manifestPath, manifest);
      this.before = before ?? this.before;
      this.#parts = this.before.parts;
      this.#recordings = this.before.recordings;
      this.#removeUnlisted(before !== null);
    } else {
      for (const file of tableFiles(path, manifest.to)) {
        if (!file.endsWith(PART)) this.#folder.claim(file);
      }
      this.#parts = [];
      this.#recordings = [];
    }
    for (const { name, folder } of this.#recordings) {
      if (folder !== null) this.#folders.set(name, folder);
      if (folder !== null) this.#taken.add(folder);
    }
    if (resume) this.#list();
    this.#undo = undo.move();
  }

  /** Number of parts, those of earlier runs included. */
  get parts(): number {
    return new Set(this.#parts.map(({ file }) => partOfFile(file)!.key)).size;
  }

  /** Number of recordings, those of earlier runs included. */
  get recordings(): number {
    return this.#recordings.length;
  }

  /** Begins to write recordings one after the other. */
  lane(): Lane {
    return new FileLane({
      ending: this.#options.manifest.to,
      place: (task) => this.#place(task),
      file: (name) => this.#folder.file(name),
      add: (group) => this.#add(group),
    });
  }

  /**
   * Does away with parts of the earlier run, and their recordings, once all that `convert` writes in
   * their place is whole.
   */
  async replace(
    keys: ReadonlySet<string>,
    { paths, convert }: { paths: ReadonlySet<string>; convert: () => Promise<void> },
  ): Promise<void> {
    this.#isHeld = true;
    await convert();
    this.#isHeld = false;
    const isOld = ({ file }: ManifestPart) => keys.has(partOfFile(file)!.key);
    const old = this.#parts.filter(isOld);
    this.#parts = this.#parts.filter((part) => !isOld(part));
    this.#recordings = this.#recordings.filter(({ path }) => !paths.has(path));
    this.#list();
    for (const { file } of old) Deno.removeSync(`${this.#path}/${file}`);
  }

  /** Gives the files their names. */
  commit(): void {
    if (this.#options.resume) return this.#list();
    using manifest = this.#stageList();
    this.#folder.commit();
    manifest.finish();
  }

  /** Removes what is not listed or, unless this can be resumed, not committed. */
  [Symbol.dispose](): void {
    this.#undo.dispose();
  }

  get #manifestPath(): string {
    return `${this.#path}/manifest.json`;
  }

  #place({ name }: ConvertTask): PartPlace {
    const folder = this.#options.manifest.partition === null ? null : this.#folderOf(name);
    return {
      folder,
      nextNumber: () => {
        const number = this.#next.get(folder ?? "") ?? 0;
        this.#next.set(folder ?? "", number + 1);
        return number;
      },
    };
  }

  /** The folder of a recording in that of each table: DuckDB and Spark read its name as a column. */
  #folderOf(name: string): string {
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const folder = outputName(name, this.#taken, { before: "recording=" });
    this.#folders.set(name, folder);
    return folder;
  }

  #add(group: PartGroup): void {
    group.recordings.forEach(this.#options.count);
    this.#whole.push(group);
    if (!this.#options.resume || this.#isHeld) return;
    let [bytes, recordings] = [0, 0];
    for (const group of this.#whole) {
      recordings += group.recordings.length;
      for (const { part } of group.files) bytes += part.bytes;
    }
    const isEnough = recordings * LISTED_EACH >= this.#recordings.length;
    if (isEnough || bytes >= MOST_UNLISTED) this.#list();
  }

  /** Lists what is whole, and gives it and the manifest their names. */
  #list(): void {
    const files = this.#whole.flatMap(({ files }) => files);
    using manifest = this.#stageList();
    checkStopped();
    for (const { file } of files) file.finish();
    manifest.finish();
  }

  /** Writes a manifest with what is whole. */
  #stageList(): OutputFile {
    const whole = this.#whole;
    this.#whole = [];
    this.#parts = this.#parts.concat(whole.flatMap(({ files }) => files.map(({ part }) => part)));
    this.#recordings = this.#recordings.concat(
      whole.flatMap(({ recordings }) => recordings.map(({ recording }) => recording)),
    );
    const { manifest: options, inputs } = this.#options;
    const manifest = { options, parts: this.#parts, recordings: this.#recordings };
    return stageManifest(this.#manifestPath, manifest, inputs);
  }

  /**
   * Removes what an interrupted run did not come to list, and finds the first free numbers.
   *
   * @throws {Deno.errors.AlreadyExists} If tables are there that no manifest is about.
   */
  #removeUnlisted(isListed: boolean): void {
    const { to } = this.#options.manifest;
    const listed = new Set(this.#parts.map(({ file }) => file)).add("manifest.json");
    const unlisted = tableFiles(this.#path, to).filter((file) => !listed.has(file));
    for (const file of unlisted) {
      const isOurs = partOfFile(withoutPart(file)) !== null || file === `manifest.json${PART}`;
      if (!isOurs || !isListed) throw alreadyThere(`${this.#path}/${file}`);
    }
    for (const file of unlisted) Deno.removeSync(`${this.#path}/${file}`);
    for (const { file } of this.#parts) {
      const { key, number } = partOfFile(file)!;
      const folder = key.slice(0, Math.max(key.indexOf("/"), 0));
      this.#next.set(folder, Math.max(this.#next.get(folder) ?? 0, number + 1));
    }
  }
}

/**
 * The files of earlier runs in a folder of tables, and what is left of interrupted ones.
 *
 * @param ending That of tables that are one file.
 */
export function tableFiles(path: string, ending: string): string[] {
  const names = [...TABLE_NAMES.map((table) => `${table}.${ending}`), "manifest.json"];
  const found = names.flatMap((name) => [name, `${name}${PART}`])
    .filter((name) => find(`${path}/${name}`) !== null);
  for (const table of TABLE_NAMES) found.push(...partFiles(path, table));
  return found;
}

/** The files in the folder of a table that are parts, and what is left of such. */
function partFiles(path: string, folder: string): string[] {
  return entriesOf(`${path}/${folder}`).flatMap(({ name, isDirectory }) => {
    const file = `${folder}/${name}`;
    if (isDirectory) return name.startsWith("recording=") ? partFiles(path, file) : [];
    return partOfFile(withoutPart(file)) === null ? [] : [file];
  }).sort();
}

function withoutPart(file: string): string {
  return file.endsWith(PART) ? file.slice(0, -PART.length) : file;
}

function entriesOf(folder: string): Deno.DirEntry[] {
  return find(folder)?.isDirectory ? [...Deno.readDirSync(folder)] : [];
}

/**
 * Keeps others from going on in a folder at the same time.
 *
 * @throws {Deno.errors.Busy} If another run does so.
 */
function lockFolder(path: string): Disposable {
  const folder = Deno.openSync(path);
  if (folder.tryLockSync(true)) return folder;
  folder.close();
  throw new Deno.errors.Busy(
    `another run writes to "${path}": nothing was written; wait for its end`,
  );
}
