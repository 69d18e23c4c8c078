import { hasPerfMagic } from "../parsers/perf/internal.ts";
import { unpack } from "../system/mod.ts";

const HEAD_SIZE = 8;

/** What the paths on a command line stand for. */
export interface Inputs {
  /** Paths of recordings, each once; `-` is standard input. */
  readonly inputs: readonly string[];
  /** Entries of folders that are no recordings. */
  readonly skipped: number;
  /** Whether there may be several: more than one path was given, or a folder of recordings. */
  readonly many: boolean;
}

/**
 * Finds the recordings that paths stand for.
 *
 * A folder stands for the recordings in it, sorted by name: files that start as one does or are
 * named `*.data`, packed or not, and directories of `perf record --threads`. Other folders are not entered. A path
 * that cannot be looked at, or a folder without recordings, stays as it is, so that whoever opens
 * it meets the error.
 */
export function expandInputs(paths: readonly string[]): Inputs {
  const inputs = new Set<string>();
  let skipped = 0;
  let many = paths.length > 1;
  for (const path of paths) {
    const found = recordingsIn(path);
    if (found === null) {
      inputs.add(path === "-" ? path : tidy(path));
    } else {
      for (const name of found.names) inputs.add(tidy(`${path}/${name}`));
      skipped += found.skipped;
      many = true;
    }
  }
  return { inputs: [...inputs], skipped, many };
}

/**
 * Gives each path a short name: its last part, and where several are the same as many parts before
 * it as tell them apart. Such names contain slashes.
 */
export function recordingNames(inputs: readonly string[]): string[] {
  const parts = inputs.map((path) => path === "/" ? [path] : path.split("/"));
  const names: string[] = inputs.map(() => "");
  let open = inputs.map((_, i) => i);
  for (let length = 1; open.length > 0; length++) {
    const uses = new Map<string, number>();
    for (const i of open) {
      const name = parts[i]!.slice(-length).join("/");
      names[i] = name;
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
    open = open.filter((i) => uses.get(names[i]!)! > 1 && parts[i]!.length > length);
  }
  return names;
}

/** The recordings in a folder, by name; null if the path is no folder of recordings. */
function recordingsIn(path: string): { names: string[]; skipped: number } | null {
  try {
    if (path === "-" || !Deno.statSync(path).isDirectory || isFile(`${path}/data`)) return null;
    const all = [...Deno.readDirSync(path)].map(({ name }) => name);
    const names = all.filter((name) => isRecording(path, name)).sort();
    return names.length === 0 ? null : { names, skipped: all.length - names.length };
  } catch {
    return null;
  }
}

function isRecording(folder: string, name: string): boolean {
  const path = `${folder}/${name}`;
  return isFile(path)
    ? /\.data(?:\.gz|\.zst)?$/.test(name) || hasMagic(path)
    : isFile(`${path}/data`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function hasMagic(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    using undo = new DisposableStack();
    const { stream, close } = unpack((into) => file.readSync(into));
    undo.defer(close);
    const head = new Uint8Array(HEAD_SIZE);
    for (let size = 0, count = -1; size < HEAD_SIZE && count !== 0; size += count) {
      count = stream(head.subarray(size)) ?? 0;
    }
    return hasPerfMagic(head);
  } catch {
    return false;
  }
}

/**
 * Leaves out what does not change the meaning of a path: `./`, doubled and trailing slashes. A file
 * named `-` stays `./-`.
 */
function tidy(path: string): string {
  return path.replace(/\/+(\.?\/+)*/g, "/").replace(/^(\.\/)+(?=.)(?!-$)/, "")
    .replace(/(.)\/$/, "$1");
}
