import { TABLE_NAMES } from "../../convert/internal.ts";
import { type InputFiles, splitPath } from "../output/input_files.ts";
import { find } from "../output/output_file.ts";
import { findManifest, partOfFile } from "./_convert_manifest.ts";

/** What lists the parts in a folder of tables. */
export const MANIFEST = "manifest.json";
/** What is written to until it is whole. */
export const PART = ".part";

/**
 * The tables of earlier runs in a folder: those that are one file, the parts that a manifest of ours
 * lists, and it.
 *
 * @param ending That of tables that are one file.
 */
export function oldTables(path: string, ending: string): string[] {
  const names = TABLE_NAMES.map((table) => `${table}.${ending}`);
  const manifest = findManifest(`${path}/${MANIFEST}`);
  if (manifest !== null) names.push(...manifest.parts.map(({ file }) => file), MANIFEST);
  return names.filter((name) => find(`${path}/${name}`) !== null);
}

/**
 * Makes sure that no part is there but those of earlier runs: it would count as rows.
 *
 * @throws {Deno.errors.AlreadyExists} If one is.
 */
export function refuseOtherParts(path: string, old: readonly string[]): void {
  const ours = new Set(old);
  const other = TABLE_NAMES.flatMap((table) => partFiles(path, table))
    .find((file) => !ours.has(file));
  if (other === undefined) return;
  throw new Deno.errors.AlreadyExists(
    `"${path}/${other}" is there, and no ${MANIFEST} lists it: nothing was written; choose another ` +
      "folder",
  );
}

/** The files in the folder of a table that are named as parts. */
function partFiles(path: string, folder: string): string[] {
  return entriesOf(`${path}/${folder}`).flatMap(({ name, isDirectory }) => {
    const file = `${folder}/${name}`;
    if (isDirectory) return name.startsWith("recording=") ? partFiles(path, file) : [];
    return partOfFile(file) === null ? [] : [file];
  }).sort();
}

/** Removes a file of ours that may be gone; an input stays. */
export function removeIfOurs(path: string, inputs: InputFiles): void {
  if (find(path)?.isFile && !inputs.has(path)) Deno.removeSync(path);
}

/** Removes the folders in which parts were, where nothing else is in them. */
export function removeEmptied(path: string, files: readonly string[]): void {
  let folders = new Set(files.map((file) => splitPath(file).folder));
  while (folders.delete("."), folders.size > 0) {
    for (const folder of folders) {
      const isEmpty = find(`${path}/${folder}`)?.isDirectory &&
        entriesOf(`${path}/${folder}`).length === 0;
      if (isEmpty) Deno.removeSync(`${path}/${folder}`);
    }
    folders = new Set([...folders].map((folder) => splitPath(folder).folder));
  }
}

function entriesOf(folder: string): Deno.DirEntry[] {
  return find(folder)?.isDirectory ? [...Deno.readDirSync(folder)] : [];
}
