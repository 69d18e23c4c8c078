import { recordingNames } from "../_inputs.ts";
import {
  type Manifest,
  type ManifestRecording,
  partKeys,
  realPathOf,
  stampOf,
} from "./_convert_manifest.ts";

/** What a run does that continues where another ended. */
export interface ResumePlan {
  /** Paths of recordings to be converted. */
  readonly paths: readonly string[];
  /** What is done. */
  readonly done: readonly ManifestRecording[];
  /** What is converted again, by path: it has changed, or shares parts with what has. */
  readonly again: ReadonlyMap<string, ManifestRecording>;
  /** Parts that go then. */
  readonly stale: ReadonlySet<string>;
  /** Recordings that have changed, and cannot be converted again; and why. */
  readonly stuck: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Compares recordings with what a manifest says was converted: by real path, size and time. One that
 * is gone since is done all the same.
 */
export function planResume({ recordings }: Manifest, inputs: readonly string[]): ResumePlan {
  const before = byRealPath(recordings);
  const paths: string[] = [];
  const known: { path: string; recording: ManifestRecording }[] = [];
  for (const path of inputs) {
    const recording = before.get(realPathOf(path));
    if (recording === undefined) paths.push(path);
    else known.push({ path, recording });
  }
  const given = new Map(known.map(({ path, recording }) => [recording, path]));
  const pathOf = (recording: ManifestRecording) =>
    given.get(recording) ?? recording.realPath ?? recording.path;
  const again = new Set<ManifestRecording>();
  const stale = new Set<string>();
  const stuck = new Map<ManifestRecording, string>();
  const users = usersOf(recordings);
  for (const { path, recording } of known) {
    const { size, mtime } = stampOf(path);
    const isSame = size === recording.size && mtime === recording.mtime;
    if (size === null || isSame || again.has(recording)) continue;
    const { keys, all } = sharing(recording, users);
    const gone = [...all].find((other) =>
      other.realPath === null || stampOf(pathOf(other)).size === null
    );
    if (gone === undefined) {
      for (const key of keys) stale.add(key);
      for (const other of all) again.add(other);
    } else {
      stuck.set(
        recording,
        "it has changed since it was converted, and its rows are as before: they are in parts " +
          `with those of "${gone.path}", which is gone; convert to another folder`,
      );
    }
  }
  return {
    paths,
    done: known.flatMap(({ recording }) =>
      again.has(recording) || stuck.has(recording) ? [] : recording
    ),
    again: new Map([...again].map((recording) => [pathOf(recording), recording])),
    stale,
    stuck: [...stuck].map(([recording, reason]) => ({ path: pathOf(recording), reason })),
  };
}

/** Names recordings so that none has the name of another that was converted before. */
export function resumedNames(
  { recordings }: Manifest,
  { paths, again }: Pick<ResumePlan, "paths" | "again">,
): Map<string, string> {
  const names = new Map<string, string>();
  for (const [path, { name }] of again) names.set(path, name);
  const taken = new Set(recordings.map(({ name }) => name));
  const all = new Set([...paths, ...recordings.map(({ path }) => path)]);
  for (const [i, name] of recordingNames([...all]).slice(0, paths.length).entries()) {
    const path = paths[i]!;
    let free = name.toWellFormed();
    if (taken.has(free)) free = path.toWellFormed();
    while (taken.has(free)) free = `./${free}`;
    taken.add(free);
    names.set(path, free);
  }
  return names;
}

/** What was converted, but for standard input. */
function byRealPath(
  recordings: readonly ManifestRecording[],
): ReadonlyMap<string | null, ManifestRecording> {
  const found = new Map<string | null, ManifestRecording>();
  for (const recording of recordings) {
    if (recording.realPath !== null) found.set(recording.realPath, recording);
  }
  return found;
}

/** The recordings that have rows in a part. */
function usersOf(
  recordings: readonly ManifestRecording[],
): ReadonlyMap<string, readonly ManifestRecording[]> {
  const users = new Map<string, ManifestRecording[]>();
  for (const recording of recordings) {
    for (const key of partKeys(recording)) {
      const others = users.get(key);
      if (others === undefined) users.set(key, [recording]);
      else others.push(recording);
    }
  }
  return users;
}

/** All parts that have to be written again for a recording, and all recordings in them. */
function sharing(
  recording: ManifestRecording,
  users: ReadonlyMap<string, readonly ManifestRecording[]>,
): { keys: Set<string>; all: Set<ManifestRecording> } {
  const keys = new Set<string>();
  const all = new Set([recording]);
  // What is added to the set on the way is met, too.
  for (const { folder, parts } of all) {
    for (const key of partKeys({ folder, parts })) {
      if (keys.has(key)) continue;
      keys.add(key);
      for (const other of users.get(key) ?? []) all.add(other);
    }
  }
  return { keys, all };
}
