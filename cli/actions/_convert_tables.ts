import type { ConvertTask } from "../_convert_work.ts";
import { checkStopped } from "../_stop_signals.ts";
import type { InputFiles } from "../output/input_files.ts";
import { alreadyThere, find, type OutputFile } from "../output/output_file.ts";
import { OutputFolder } from "../output/output_folder.ts";
import { outputName } from "../output/output_name.ts";
import { BegunParts } from "./_convert_begun_parts.ts";
import { FileLane, type Lane, type PartGroup, type PartPlace } from "./_convert_lane.ts";
import {
  isBegunManifest,
  type Manifest,
  type ManifestOptions,
  type ManifestPart,
  type ManifestRecording,
  partKey,
  partOfFile,
  readManifest,
  stageManifest,
} from "./_convert_manifest.ts";
import {
  MANIFEST,
  oldTables,
  PART,
  refuseOtherParts,
  removeEmptied,
  removeIfOurs,
} from "./_convert_old_tables.ts";

/** Bytes of whole parts that do not wait to be listed. */
const MOST_UNLISTED = 2 ** 27;
/** A recording waits with others to be listed until they are one of so many. */
const LISTED_EACH = 8;

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
  /** What an earlier run did, where this one continues. */
  readonly before: Manifest;
  readonly #path: string;
  readonly #options: TablesOptions;
  readonly #folder: OutputFolder;
  readonly #undo: DisposableStack;
  /** Tables of an earlier run that are replaced. */
  readonly #old: readonly string[];
  readonly #begun: BegunParts;
  #parts: readonly ManifestPart[];
  #recordings: readonly ManifestRecording[];
  /** What is whole and not listed yet. */
  #whole: PartGroup[] = [];
  /** Whether it has to wait. */
  #isHeld = false;
  /** Folders of recordings, by their names. */
  readonly #folders = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The first free number, by the folder of a recording; null for shared parts. */
  readonly #next = new Map<string | null, number>();

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
    this.#begun = new BegunParts(path);
    // What is begun is forgotten once it is gone.
    undo.use(this.#begun);
    this.#folder = undo.use(new OutputFolder(path, { inputs, force }));
    this.before = { options: manifest, parts: [], recordings: [] };
    this.#old = [];
    if (resume || force) undo.use(lockFolder(path));
    const old = oldTables(path, manifest.to);
    if (resume) {
      const before = readManifest(this.#manifestPath, manifest);
      this.before = before ?? this.before;
      const single = old.find((file) => partOfFile(file) === null && file !== MANIFEST);
      if (single !== undefined) throw alreadyThere(`${path}/${single}`);
      this.#removeBegun(old);
      if (before === null) refuseOtherParts(path, old);
    } else {
      for (const file of new Set(old).add(MANIFEST)) this.#folder.claim(file);
      if (force) this.#removeBegun(old);
      refuseOtherParts(path, old);
      this.#old = old;
    }
    this.#parts = this.before.parts;
    this.#recordings = this.before.recordings;
    for (const { file } of this.#parts) {
      const { folder, number } = partOfFile(file)!;
      this.#next.set(folder, Math.max(this.#next.get(folder) ?? 0, number + 1));
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
      file: (name) => {
        if (this.#options.resume) this.#begun.add(name);
        return this.#folder.file(name);
      },
      add: (group) => this.#add(group),
    });
  }

  /**
   * Does away with parts of the earlier run, and their recordings, once all that `convert` writes in
   * their place is whole.
   */
  async replace(
    keys: ReadonlySet<string>,
    { recordings, convert }: {
      recordings: ReadonlySet<ManifestRecording>;
      convert: () => Promise<void>;
    },
  ): Promise<void> {
    this.#isHeld = true;
    await convert();
    this.#isHeld = false;
    const isOld = ({ file }: ManifestPart) => keys.has(partOfFile(file)!.key);
    const old = this.#parts.filter(isOld);
    this.#parts = this.#parts.filter((part) => !isOld(part));
    this.#recordings = this.#recordings.filter((recording) => !recordings.has(recording));
    this.#list();
    for (const { file } of old) removeIfOurs(`${this.#path}/${file}`, this.#options.inputs);
    removeEmptied(this.#path, old.map(({ file }) => file));
  }

  /** Gives the files their names. */
  commit(): void {
    if (this.#options.resume) return this.#list();
    using manifest = this.#stageList();
    this.#folder.commit();
    manifest.finish();
    removeEmptied(this.#path, this.#old);
  }

  /** Removes what is not listed or, unless this can be resumed, not committed. */
  [Symbol.dispose](): void {
    this.#undo.dispose();
  }

  get #manifestPath(): string {
    return `${this.#path}/${MANIFEST}`;
  }

  #place({ name }: ConvertTask): PartPlace {
    const folder = this.#options.manifest.partition === null ? null : this.#folderOf(name);
    return {
      folder,
      nextNumber: () => {
        let number = this.#next.get(folder) ?? 0;
        while (this.#isTaken(partKey(folder, number))) number++;
        this.#next.set(folder, number + 1);
        return number;
      },
    };
  }

  /** Whether something that no manifest lists has the name of a part: it stays. */
  #isTaken(key: string): boolean {
    const { resume, manifest: { to, tables } } = this.#options;
    return resume &&
      Object.keys(tables).some((table) =>
        [`${table}/${key}.${to}`, `${table}/${key}.${to}${PART}`].some((file) =>
          find(`${this.#path}/${file}`) !== null
        )
      );
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
    const { manifest: options, inputs, resume, force } = this.#options;
    const manifest = { options, parts: this.#parts, recordings: this.#recordings };
    return stageManifest(this.#manifestPath, manifest, { inputs, replaces: resume || force });
  }

  /** Removes what an interrupted run began and did not come to list. */
  #removeBegun(old: readonly string[]): void {
    const { inputs } = this.#options;
    const listed = new Set(old);
    const begun = this.#begun.ofBefore().filter((file) => !listed.has(file));
    for (const file of begun) {
      for (const name of [file, `${file}${PART}`]) removeIfOurs(`${this.#path}/${name}`, inputs);
    }
    this.#begun.forget();
    removeEmptied(this.#path, begun);
    const manifest = `${this.#manifestPath}${PART}`;
    if (isBegunManifest(manifest)) removeIfOurs(manifest, inputs);
  }
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
