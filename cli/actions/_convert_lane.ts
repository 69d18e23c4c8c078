import type { TableName } from "../../convert/mod.ts";
import type { ConvertProblem, ConvertTask, PartSink } from "../_convert_work.ts";
import type { OutputFile } from "../output/output_file.ts";
import {
  type ManifestPart,
  type ManifestRecording,
  partKey,
  realPathOf,
} from "./_convert_manifest.ts";

/** Parts whose recordings have no rows in others, and these recordings. */
export interface PartGroup {
  readonly files: { readonly file: OutputFile; readonly part: ManifestPart }[];
  readonly recordings: {
    readonly recording: ManifestRecording;
    readonly problem: ConvertProblem | null;
  }[];
}

/** Where a recording's parts go. */
export interface PartPlace {
  /** The folder in that of each table; null where parts are shared. */
  readonly folder: string | null;
  /** Takes the number of the next part. */
  nextNumber(): number;
}

/** What a {@linkcode FileLane} writes into. */
export interface LaneFolder {
  /** Ending of files, without the dot. */
  readonly ending: string;
  place(task: ConvertTask): PartPlace;
  file(name: string): OutputFile;
  /** Takes parts that are whole. */
  add(group: PartGroup): void;
}

/** What writes recordings one after the other. */
export interface Lane extends PartSink {
  /** A recording follows. */
  begin(task: ConvertTask): void;
  /** It has been converted. */
  done(problem: ConvertProblem | null): void;
  /** No more follow; no part is being written. */
  end(): void;
  /** Ends; returns the recordings of which rows are lost, as their parts are not whole. */
  discard(): ConvertTask[];
}

/** Writes recordings to parts that are files. */
export class FileLane implements Lane {
  readonly #folder: LaneFolder;
  /** Files of the parts that are being written. */
  readonly #open = new Map<TableName, { file: OutputFile; name: string; bytes: number }>();
  /** Their number; null where none is. */
  #number: number | null = null;
  #place: PartPlace | null = null;
  #group: PartGroup = { files: [], recordings: [] };
  /** The recordings of the group, and the one that is converted now. */
  #tasks: ConvertTask[] = [];
  /** Numbers of the parts of the one that is converted now. */
  #numbers = new Set<number>();

  constructor(folder: LaneFolder) {
    this.#folder = folder;
  }

  begin(task: ConvertTask): void {
    this.#tasks.push(task);
    this.#place = this.#folder.place(task);
    this.#numbers = new Set([this.#useNumber()]);
  }

  append(table: TableName, bytes: Uint8Array): void {
    const open = this.#file(table);
    open.file.append(bytes);
    open.bytes += bytes.length;
  }

  finish(rows: ReadonlyMap<TableName, number>): void {
    for (const [table, count] of rows) {
      const { file, name, bytes } = this.#file(table);
      file.close();
      this.#group.files.push({ file, part: { file: name, table, rows: count, bytes } });
    }
    this.#numbers.add(this.#useNumber());
    this.#open.clear();
    this.#number = null;
  }

  done(problem: ConvertProblem | null): void {
    const { path, name, stamp } = this.#tasks.at(-1)!;
    const { folder } = this.#place!;
    const error = problem?.reason ?? null;
    const recording = {
      ...{ path, realPath: realPathOf(path), name, ...stamp },
      ...{ folder, parts: [...this.#numbers], error },
    };
    this.#group.recordings.push({ recording, problem });
    if (this.#number === null) this.end();
  }

  end(): void {
    const group = this.#group;
    this.#forget();
    if (group.recordings.length > 0) this.#folder.add(group);
  }

  discard(): ConvertTask[] {
    for (const { file } of [...this.#open.values(), ...this.#group.files]) file[Symbol.dispose]();
    const tasks = this.#tasks;
    this.#open.clear();
    this.#number = null;
    this.#forget();
    return tasks;
  }

  #forget(): void {
    this.#group = { files: [], recordings: [] };
    this.#tasks = [];
  }

  #useNumber(): number {
    return this.#number ??= this.#place!.nextNumber();
  }

  #file(table: TableName): { file: OutputFile; name: string; bytes: number } {
    const begun = this.#open.get(table);
    if (begun !== undefined) return begun;
    const { ending } = this.#folder;
    const name = `${table}/${partKey(this.#place!.folder, this.#useNumber())}.${ending}`;
    const open = { file: this.#folder.file(name), name, bytes: 0 };
    this.#open.set(table, open);
    return open;
  }
}

/** Writes the rows of recordings as they come, to where nothing can be taken back. */
export class StreamLane implements Lane {
  readonly #append: (bytes: Uint8Array) => void;
  readonly #isDone: (path: string, problem: ConvertProblem | null) => void;
  #path = "";

  constructor(
    append: (bytes: Uint8Array) => void,
    isDone: (path: string, problem: ConvertProblem | null) => void,
  ) {
    this.#append = append;
    this.#isDone = isDone;
  }

  begin({ path }: ConvertTask): void {
    this.#path = path;
  }

  append(_table: TableName, bytes: Uint8Array): void {
    this.#append(bytes);
  }

  finish(): void {}

  done(problem: ConvertProblem | null): void {
    this.#isDone(this.#path, problem);
  }

  end(): void {}

  discard(): ConvertTask[] {
    return [];
  }
}
