import type { Stamp } from "../_convert_work.ts";
import { recordingNames } from "../_inputs.ts";
import { type Manifest, type ManifestRecording, partKeys, stampOf } from "./_convert_manifest.ts";

/** What a run does that goes on where another ended. */
export interface ResumePlan {
  /** Recordings to be converted. */
  readonly paths: readonly string[];
  /** What is done. */
  readonly done: readonly ManifestRecording[];
  /** What is converted again: it has changed, or shares parts with what has. */
  readonly again: readonly string[];
  /** Parts that go then. */
  readonly stale: ReadonlySet<string>;
  /** Recordings that have changed, and cannot be converted again; and why. */
  readonly stuck: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Compares recordings with what a manifest says was converted: by path, size and time. One that is
 * gone since is done all the same.
 */
export function planResume(
  { recordings }: Manifest,
  inputs: readonly string[],
  stampOfPath: (path: string) => Stamp = stampOf,
): ResumePlan {
  const before = new Map(recordings.map((recording) => [recording.path, recording]));
  const isSame = ({ size, mtime }: Stamp, now: Stamp) => size === now.size && mtime === now.mtime;
  const paths = inputs.filter((path) => !before.has(path));
  const changed = inputs.flatMap((path) => {
    const recording = before.get(path);
    const now = recording === undefined ? null : stampOfPath(path);
    return now === null || now.size === null || isSame(recording!, now) ? [] : [recording!];
  });
  const again = new Set<string>();
  const stale = new Set<string>();
  const stuck: { path: string; reason: string }[] = [];
  const users = usersOf(recordings);
  for (const recording of changed) {
    if (again.has(recording.path)) continue;
    const { keys, all } = sharing(recording, users);
    const gone = [...all].find(({ path }) => stampOfPath(path).size === null);
    if (gone === undefined) {
      for (const key of keys) stale.add(key);
      for (const { path } of all) again.add(path);
    } else {
      stuck.push({
        path: recording.path,
        reason:
          "it has changed since it was converted, and its rows are as before: they are in parts " +
          `with those of "${gone.path}", which is gone; convert to another folder`,
      });
    }
  }
  const left = new Set([...again, ...stuck.map(({ path }) => path)]);
  const done = inputs.flatMap((path) => left.has(path) ? [] : before.get(path) ?? []);
  return { paths, done, again: [...again], stale, stuck };
}

/** Names recordings so that none has the name of another that was converted before. */
export function resumedNames(
  { recordings }: Manifest,
  paths: readonly string[],
): Map<string, string> {
  const names = new Map(recordings.map(({ path, name }) => [path, name]));
  const taken = new Set(names.values());
  const all = [...new Set([...paths, ...names.keys()])];
  for (const [i, name] of recordingNames(all).entries()) {
    const path = all[i]!;
    if (names.has(path)) continue;
    let free = name.toWellFormed();
    if (taken.has(free)) free = path.toWellFormed();
    while (taken.has(free)) free = `./${free}`;
    taken.add(free);
    names.set(path, free);
  }
  return names;
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

/** All parts that have to be written anew for a recording, and all recordings in them. */
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
