/** A command that writes to `-o PATH`, in a form that always succeeds on the inputs of the tests. */
export interface WritingCommand {
  /** Name in tests. */
  readonly name: string;
  /** Words of the command line but the input and `-o`. */
  readonly args: readonly string[];
  /** Whether PATH is a file or a folder of files. */
  readonly writes: "file" | "folder";
  /** Whether it reads recordings: none, one, or more than one, of which standard input is one. */
  readonly reads: "nothing" | "one" | "many";
  /** Whether it needs a package of `web/`. */
  readonly isWeb?: boolean;
}

/** All commands that write, in the forms that write in ways of their own. */
export const WRITING_COMMANDS: readonly WritingCommand[] = [
  { name: "replay", args: ["replay", "--exit-zero"], writes: "file", reads: "one" },
  {
    name: "replay ndjson",
    args: ["replay", "--exit-zero", "-f", "ndjson"],
    writes: "file",
    reads: "one",
  },
  {
    name: "replay of many",
    args: ["replay", "--exit-zero", "--jobs", "2", "-f", "json"],
    writes: "file",
    reads: "many",
  },
  { name: "info", args: ["info"], writes: "file", reads: "one" },
  { name: "info of many", args: ["info", "-f", "json"], writes: "file", reads: "many" },
  { name: "dump", args: ["dump"], writes: "file", reads: "one" },
  { name: "dump by time", args: ["dump", "--order", "time"], writes: "file", reads: "one" },
  { name: "check", args: ["check", "--exit-zero"], writes: "file", reads: "one" },
  { name: "packets", args: ["packets"], writes: "file", reads: "one" },
  { name: "packets by jobs", args: ["packets", "--jobs", "2"], writes: "file", reads: "one" },
  { name: "pmus", args: ["pmus"], writes: "file", reads: "nothing" },
  {
    name: "convert to perfetto",
    args: ["convert", "--to", "perfetto", "--force"],
    writes: "file",
    reads: "one",
  },
  {
    name: "convert many to perfetto",
    args: ["convert", "--to", "perfetto", "--force"],
    writes: "folder",
    reads: "many",
  },
  { name: "extract", args: ["extract", "--force"], writes: "folder", reads: "one" },
  { name: "extract of many", args: ["extract", "--force"], writes: "folder", reads: "many" },
  {
    name: "convert to csv",
    args: ["convert", "--to", "csv", "--force"],
    writes: "folder",
    reads: "one",
  },
  {
    name: "convert many to ndjson",
    args: ["convert", "--to", "ndjson", "--force"],
    writes: "folder",
    reads: "many",
  },
  {
    name: "convert many to csv by jobs",
    args: ["convert", "--to", "csv", "--force", "--jobs", "2"],
    writes: "folder",
    reads: "many",
  },
  { name: "report", args: ["report", "--exit-zero"], writes: "file", reads: "one", isWeb: true },
  {
    name: "reports of many",
    args: ["report", "--exit-zero", "--force"],
    writes: "folder",
    reads: "many",
    isWeb: true,
  },
  {
    name: "convert to parquet",
    args: ["convert", "--to", "parquet", "--force"],
    writes: "folder",
    reads: "one",
    isWeb: true,
  },
  {
    name: "convert many to parquet",
    args: ["convert", "--to", "parquet", "--force"],
    writes: "folder",
    reads: "many",
    isWeb: true,
  },
];

/**
 * What is below a folder, by paths from there that start with `./`: bytes as text, where links lead,
 * and kinds of all else.
 */
export function contents(folder: string, below = "."): Record<string, string> {
  const into: Record<string, string> = {};
  const entries = [...Deno.readDirSync(`${folder}/${below}`)].sort((a, b) =>
    a.name < b.name ? -1 : 1
  );
  for (const { name, isFile, isDirectory, isSymlink } of entries) {
    const path = `${below}/${name}`;
    const at = `${folder}/${path}`;
    if (isDirectory) {
      Object.assign(into, { [`${path}/`]: "folder" }, contents(folder, path));
    } else {
      into[path] = isSymlink
        ? `link to ${Deno.readLinkSync(at)}`
        : isFile
        ? comparable(new TextDecoder("latin1").decode(Deno.readFileSync(at)))
        : "special";
    }
  }
  return into;
}

/** Text of a file: of a manifest of `convert` what it lists, as its order and paths are not the same. */
function comparable(text: string): string {
  if (!text.includes('"auxtail.convert/1"')) return text;
  const { recordings, parts } = JSON.parse(text);
  return JSON.stringify([
    recordings.map(({ name }: { name: string }) => name).sort(),
    parts.map(({ file }: { file: string }) => file).sort(),
  ]);
}
