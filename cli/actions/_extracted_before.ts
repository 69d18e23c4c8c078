import { find } from "../output/output_file.ts";

const MANIFEST = "manifest.json";
/** A longer manifest is not read: what it lists stays. */
const MAX_SIZE = 1 << 26;

/** Names that the files of an extraction have, but for the manifest. */
const OURS =
  /^(?:(?:queue|samples)-[-\w]+\.bin|samples\.bin|snapshot\.ini|trace\.ini|[a-z]+_\d+_\d+\.ini)$/;

/** The files in a folder that are of an earlier extraction, as its manifest says; with that. */
export function extractedBefore(folder: string): string[] {
  const names = listedIn(`${folder}/${MANIFEST}`);
  if (names === null) return [];
  const ours = names.filter((name) =>
    typeof name === "string" && OURS.test(name) && find(`${folder}/${name}`)?.isFile
  );
  return [...new Set(ours as string[]), MANIFEST];
}

/** What a manifest lists, unchecked; null if it is not one. */
function listedIn(path: string): unknown[] | null {
  const info = find(path);
  if (!info?.isFile || info.size > MAX_SIZE) return null;
  try {
    const { schema, queues, snapshot = [] } = JSON.parse(Deno.readTextFileSync(path));
    if (schema !== "auxtail.extract/1") return null;
    return queues.flatMap(({ files }: { files: { name: unknown }[] }) =>
      files.map(({ name }) => name)
    ).concat(snapshot);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
