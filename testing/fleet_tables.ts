/**
 * Folders of many recordings, and of their tables as lines of JSON.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/** Small recordings of different kinds. */
export const SMALL = [
  "demo_exceeds",
  "gaps",
  "flags",
  "per_thread",
  "snapshot_pt",
  "big_endian",
  "only",
]
  .map((name) => `testdata/aux_${name}.perf.data`);
/** The usual tables. */
export const FLEET_TABLES = ["recordings", "chunks", "aux_records", "tails", "losses", "records"];

/** What `manifest.json` has. */
export interface ManifestLike {
  options: Record<string, unknown>;
  parts: { file: string; table: string; rows: number; bytes: number }[];
  recordings: {
    path: string;
    realPath: string | null;
    name: string;
    size: number | null;
    mtime: string | null;
    folder: string | null;
    parts: number[];
    error: string | null;
  }[];
}

/** Calls `use` with a new folder, which goes afterwards. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Copies recordings of all kinds into a folder; returns it. */
export function fleet(folder: string, count: number): string {
  const path = `${folder}/in`;
  Deno.mkdirSync(path);
  for (let i = 0; i < count; i++) {
    Deno.copyFileSync(SMALL[i % SMALL.length]!, `${path}/r${String(i).padStart(4, "0")}.data`);
  }
  return path;
}

/** Paths of all files below a folder. */
export function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${below}${name}/`) : [`${below}${name}`]
  ).sort();
}

/** Reads the manifest of a folder of tables. */
export function manifestOf(folder: string): ManifestLike {
  return JSON.parse(Deno.readTextFileSync(`${folder}/manifest.json`));
}

/** The rows of a table in all parts, sorted; each line has to be whole. */
export function rowsOf(folder: string, table: string): string[] {
  const rows = filesIn(folder).filter((name) => name.startsWith(`${table}/`)).flatMap((name) => {
    assert(name.endsWith(".ndjson"), name);
    const text = Deno.readTextFileSync(`${folder}/${name}`);
    assert(text === "" || text.endsWith("\n"), name);
    return text.split("\n").slice(0, -1);
  });
  for (const row of rows) JSON.parse(row);
  return rows.sort();
}

/** The rows of all tables. */
export function allRows(folder: string): Record<string, string[]> {
  return Object.fromEntries(FLEET_TABLES.map((table) => [table, rowsOf(folder, table)]));
}

/** Compares the manifest with what is in the folder. */
export function assertListed(folder: string): ManifestLike {
  const manifest = manifestOf(folder);
  const there = filesIn(folder).filter((name) => name !== "manifest.json");
  assertEquals(manifest.parts.map(({ file }) => file).sort(), there);
  for (const { file, rows, bytes } of manifest.parts) {
    const text = Deno.readTextFileSync(`${folder}/${file}`);
    assertEquals([file, rows], [file, text.split("\n").length - 1]);
    assertEquals([file, bytes], [file, Deno.statSync(`${folder}/${file}`).size]);
  }
  return manifest;
}
