import type { SystemFiles } from "../live/system_files.ts";

/** The files of a machine that is not there: texts by path. Folders follow from the paths. */
export function fakeFiles(texts: Readonly<Record<string, string>>): SystemFiles {
  const files = new Map(Object.entries(texts));
  return {
    read: (path) => {
      const text = files.get(path);
      return text === undefined ? null : new TextEncoder().encode(text);
    },
    text: (path) => files.get(path)?.replace(/\n$/, "") ?? null,
    list: (path) => {
      const below = [...files.keys()].filter((file) => file.startsWith(`${path}/`));
      return [...new Set(below.map((file) => file.slice(path.length + 1).split("/")[0]!))];
    },
  };
}

/** The files of sysfs for one PMU, by their paths below its folder: `format/pt`, `type`. */
export function fakePmu(
  name: string,
  files: Readonly<Record<string, string>>,
): Record<string, string> {
  const folder = `/sys/bus/event_source/devices/${name}`;
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`${folder}/${path}`, `${text}\n`]),
  );
}
