import { type Column, type TableName, TABLES } from "../../convert/mod.ts";
import { namedTable, TABLE_NAMES } from "../../convert/internal.ts";
import type { ConvertWork, Stamp } from "../_convert_work.ts";
import type { InputFiles } from "../output/input_files.ts";
import { find, OutputFile } from "../output/output_file.ts";

const SCHEMA = "auxtail.convert/1";
/** What a manifest begins with. */
const START = `{\n"schema": "${SCHEMA}",\n`;
/** Characters that are written at a time. */
const FLUSH_AT = 1 << 16;

/** A part of a table. */
export interface ManifestPart {
  /** Path in the folder. */
  readonly file: string;
  readonly table: TableName;
  readonly rows: number;
  readonly bytes: number;
}

/** A recording that was converted, or could not be. */
export interface ManifestRecording extends Stamp {
  /** As it was given. */
  readonly path: string;
  /** The one name that it has from everywhere; null for standard input. */
  readonly realPath: string | null;
  readonly name: string;
  /** The folder of its parts in that of a table; null where they are shared with others. */
  readonly folder: string | null;
  /** Numbers of the parts that have its rows. */
  readonly parts: readonly number[];
  /** Why it was not read, or not to its end. */
  readonly error: string | null;
}

/** How tables were written. */
export interface ManifestOptions {
  readonly to: string;
  readonly partition: "recording" | null;
  readonly bits: number;
  readonly perf: string | null;
  readonly fromArch: string | null;
  /** The columns of each table, such as `size:u64`; those with `?` can be null. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
}

/** What `manifest.json` of a folder of tables says. */
export interface Manifest {
  readonly options: ManifestOptions;
  readonly parts: readonly ManifestPart[];
  readonly recordings: readonly ManifestRecording[];
}

/** A file of a part: the table, what parts of all tables have in common, and the ending. */
const PART_FILE = new RegExp(
  `^(${TABLE_NAMES.join("|")})/((?:(recording=[^/\\0\\n]+)/)?part-(0|[1-9]\\d{0,14}))` +
    "\\.(parquet|ndjson|csv)$",
);

/** What the path of a part says. */
interface PartName {
  readonly table: string;
  /** What the parts of one number in all tables have in common. */
  readonly key: string;
  /** The folder of a recording; null where parts are shared. */
  readonly folder: string | null;
  readonly number: number;
  readonly ending: string;
}

/** Reads the path of a part in the folder of tables; null for other files. */
export function partOfFile(file: unknown): PartName | null {
  const match = typeof file === "string" ? PART_FILE.exec(file) : null;
  if (match === null) return null;
  const [, table, key, folder = null, number, ending] = match;
  return { table: table!, key: key!, folder, number: Number(number), ending: ending! };
}

/** What the parts of a recording in all tables have in common. */
export function partKeys({ folder, parts }: Pick<ManifestRecording, "folder" | "parts">): string[] {
  return parts.map((number) => partKey(folder, number));
}

/** What the parts of one number in all tables have in common. */
export function partKey(folder: string | null, number: number): string {
  return `${folder === null ? "" : `${folder}/`}part-${number}`;
}

/** The options that decide what rows there are. */
export function manifestOptions(work: ConvertWork, partitioned: boolean): ManifestOptions {
  return {
    to: work.to,
    partition: partitioned ? "recording" : null,
    bits: work.bits!,
    perf: work.perf ?? null,
    fromArch: work.fromArch ?? null,
    tables: Object.fromEntries(
      work.tables.map((name) => [
        name,
        (work.named ? namedTable(TABLES[name]) : TABLES[name]).columns.map(columnText),
      ]),
    ),
  };
}

function columnText({ name, type, nullable }: Column): string {
  return `${name}:${type}${nullable ? "?" : ""}`;
}

/** Reads the manifest that is in a folder; null if there is no such file, or it belongs to something else. */
export function findManifest(path: string): Manifest | null {
  return find(path)?.isFile ? parsed(Deno.readTextFileSync(path)) : null;
}

/**
 * Reads the manifest of an earlier run; null if there is no such file.
 *
 * @throws {Deno.errors.InvalidData} If it is no manifest, or that of a run with other options.
 */
export function readManifest(path: string, options: ManifestOptions): Manifest | null {
  const manifest = findManifest(path);
  if (manifest === null && find(path) === null) return null;
  if (manifest === null) {
    throw new Deno.errors.InvalidData(
      `"${path}" is no manifest of auxtail convert: nothing was written; choose another folder`,
    );
  }
  const other = Object.keys(options).filter((name) =>
    JSON.stringify(manifest.options[name as keyof ManifestOptions]) !==
      JSON.stringify(options[name as keyof ManifestOptions])
  );
  if (other.length === 0) return manifest;
  const [name] = other as (keyof ManifestOptions)[];
  const [was, is] = [manifest.options, options].map((of) => optionText(name!, of));
  throw new Deno.errors.InvalidData(
    `"${path}" is of a run with other options: ${was}, not ${is}; give the same ones, or --force ` +
      "instead of --resume replaces the tables",
  );
}

/** Writes the manifest to a file that is not committed yet. */
export function stageManifest(
  path: string,
  manifest: Manifest,
  choice: { readonly inputs: InputFiles; readonly replaces: boolean },
): OutputFile {
  const { options, parts, recordings } = manifest;
  using undo = new DisposableStack();
  const file = undo.use(new OutputFile(path, choice));
  const encoder = new TextEncoder();
  let text = `${START}"options": ${JSON.stringify(options)},\n`;
  const flush = () => {
    file.append(encoder.encode(text));
    text = "";
  };
  for (const [name, entries] of [["parts", parts], ["recordings", recordings]] as const) {
    text += `"${name}": [`;
    for (const [i, entry] of entries.entries()) {
      text += `${i > 0 ? "," : ""}\n${JSON.stringify(entry)}`;
      if (text.length >= FLUSH_AT) flush();
    }
    text += name === "parts" ? "\n],\n" : "\n]\n}\n";
  }
  flush();
  file.close();
  undo.move();
  return file;
}

/** Whether a file is a manifest that did not become whole. */
export function isBegunManifest(path: string): boolean {
  if (find(path)?.isFile !== true) return false;
  using file = Deno.openSync(path);
  const head = new Uint8Array(START.length);
  return START.startsWith(new TextDecoder().decode(head.subarray(0, file.readSync(head) ?? 0)));
}

/** The one name of a recording, without links, from everywhere; null for standard input. */
export function realPathOf(path: string): string | null {
  if (path === "-") return null;
  try {
    return Deno.realPathSync(path);
  } catch {
    return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  }
}

/** Looks at a recording: at all its files, where it is a directory. */
export function stampOf(path: string): Stamp {
  try {
    const infos = [Deno.statSync(path)];
    if (infos[0]!.isDirectory) {
      const files = [...Deno.readDirSync(path)].filter(({ name }) => /^data(?:\.\d+)?$/.test(name));
      infos.splice(0, 1, ...files.map(({ name }) => Deno.statSync(`${path}/${name}`)));
    }
    const times = infos.map(({ mtime }) => mtime?.getTime() ?? 0);
    return {
      size: infos.reduce((sum, { size }) => sum + size, 0),
      mtime: new Date(Math.max(...times)).toISOString(),
    };
  } catch {
    return { size: null, mtime: null };
  }
}

function optionText(name: keyof ManifestOptions, options: ManifestOptions): string {
  const value = options[name];
  if (name === "tables") return `the tables ${Object.keys(value ?? {}).join(", ")}`;
  const option = name === "fromArch" ? "--from-arch" : `--${name}`;
  return value === null ? `no ${option}` : `${option} ${value}`;
}

function parsed(text: string): Manifest | null {
  try {
    const manifest = JSON.parse(text);
    const { schema, options, parts, recordings } = manifest;
    const isWhole = schema === SCHEMA && isOptions(options) &&
      parts.every((part: ManifestPart) => isPart(part, options)) &&
      new Set(parts.map(({ file }: ManifestPart) => file)).size === parts.length &&
      recordings.every((recording: ManifestRecording) => isRecording(recording, options));
    return isWhole ? manifest : null;
  } catch (error) {
    // What has other shapes throws one of these.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function isOptions({ to, partition, bits, perf, fromArch, tables }: ManifestOptions): boolean {
  return typeof to === "string" && [null, "recording"].includes(partition) && isCount(bits) &&
    isTextOrNull(perf) && isTextOrNull(fromArch) &&
    Object.values(tables).every((columns) =>
      columns.every((column: unknown) => typeof column === "string")
    );
}

function isPart({ file, table, rows, bytes }: ManifestPart, options: ManifestOptions): boolean {
  const part = partOfFile(file);
  return part !== null && part.table === table && part.ending === options.to &&
    (part.folder === null) === (options.partition === null) && isCount(rows) && isCount(bytes);
}

function isRecording(recording: ManifestRecording, { partition }: ManifestOptions): boolean {
  const { path, realPath, name, size, mtime, folder, parts, error } = recording;
  return typeof path === "string" && isTextOrNull(realPath) && typeof name === "string" &&
    (size === null || isCount(size)) && isTextOrNull(mtime) && isTextOrNull(error) &&
    (folder === null) === (partition === null) && parts.every(isCount) &&
    (folder === null || /^recording=[^/\0\n]+$/.test(folder));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}
