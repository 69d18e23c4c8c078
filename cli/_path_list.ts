const CHUNK_SIZE = 1 << 16;
/** What is longer is no path: Linux takes 4095 bytes. */
const MAX_PATH = 1 << 16;
const NEWLINE = 10;

/**
 * Reads a list of paths, from a file or `-` for standard input: each ends with a newline, or with a
 * NUL byte. Empty ones are left out.
 *
 * The bytes of names that are not UTF-8 become lone surrogates, U+DC80 to U+DCFF, so that each name
 * is a text of its own.
 *
 * @throws {Deno.errors.InvalidData} If the file is no such list.
 */
export function* listedPaths(
  list: string,
  options: { readonly null?: boolean | undefined },
): Generator<string, void> {
  using file = list === "-" ? null : Deno.openSync(list);
  const name = list === "-" ? "standard input" : `"${list}"`;
  const end = options.null ? 0 : NEWLINE;
  let held = new Uint8Array(CHUNK_SIZE);
  let length = 0;
  for (;;) {
    if (length === held.length) held = grown(held);
    const count = readList(file ?? Deno.stdin, held.subarray(length), name);
    const fresh = held.subarray(length, length + (count ?? 0));
    if (end !== 0 && fresh.includes(0)) {
      throw new Deno.errors.InvalidData(
        `${name} is no list of paths, one a line: it has a NUL byte; -0 reads paths that end with one`,
      );
    }
    length += fresh.length;
    const whole = count === null ? length : held.subarray(0, length).lastIndexOf(end) + 1;
    yield* pathsIn(held.subarray(0, whole), end);
    if (count === null) return;
    held.copyWithin(0, whole, length);
    length -= whole;
    if (length > MAX_PATH) {
      const unit = end === 0 ? "NUL byte" : "newline";
      throw new Deno.errors.InvalidData(
        `${name} is no list of paths: it has ${length} bytes without a ${unit}`,
      );
    }
  }
}

/** Reads on; an error says which list it is about. */
function readList(
  file: Pick<Deno.FsFile, "readSync">,
  into: Uint8Array,
  name: string,
): number | null {
  try {
    return file.readSync(into);
  } catch (error) {
    if (error instanceof Error) error.message = `cannot read the list ${name}: ${error.message}`;
    throw error;
  }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

function pathsIn(bytes: Uint8Array, end: number): string[] {
  const text = decoded(bytes) ?? escaped(bytes);
  return text.split(String.fromCharCode(end)).filter((path) => path !== "");
}

/** The text of UTF-8; null if the bytes are none. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The text of bytes that are not all UTF-8. */
function escaped(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!;
    const size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const char = decoded(bytes.subarray(at, at + size));
    text += char ?? String.fromCharCode(0xdc00 + first);
    at += char === null ? 1 : size;
  }
  return text;
}
