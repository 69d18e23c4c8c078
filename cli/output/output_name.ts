/** Most bytes of a name that Linux's file systems take. */
const MAX_NAME = 255;
/** What is added while a file is not whole. */
const UNFINISHED = ".part";

/**
 * Makes the name of a file or folder for what was made of a recording: one part of a path, no
 * longer than a file system takes, also with `.part` after it, and none of those taken; it is added
 * to them.
 *
 * What paths cannot hold is escaped as in the value of a hive partition, which Spark and DuckDB
 * read: only ASCII, because Spark takes each escape for a character, not for a byte of UTF-8. A name
 * that is too long, or taken, ends with eight digits that are made from all of it.
 */
export function outputName(
  name: string,
  taken: Set<string>,
  { before = "", after = "" }: { readonly before?: string; readonly after?: string } = {},
): string {
  const escaped = name.toWellFormed().replace(/[^\w.\-\u0080-\uffff]|^\.\.?$/g, escapes);
  const most = MAX_NAME - byteLength(before + after + UNFINISHED);
  const marked = (text: string) => {
    const mark = `-${digits(text)}`;
    return `${before}${shortened(escaped, most - mark.length)}${mark}${after}`;
  };
  let result = byteLength(escaped) > most ? marked(name) : `${before}${escaped}${after}`;
  for (let n = 1; taken.has(result); n++) result = marked(`${name}/${n}`);
  taken.add(result);
  return result;
}

function escapes(text: string): string {
  return text.replace(/./gs, (char) => {
    const code = char.charCodeAt(0).toString(16).toUpperCase();
    return `%${code.padStart(2, "0")}`;
  });
}

/** As much of the start of an escaped name as has this number of bytes; no half of a character. */
function shortened(escaped: string, size: number): string {
  let bytes = 0;
  let text = "";
  for (const [char] of escaped.matchAll(/%..|./gsu)) {
    bytes += byteLength(char);
    if (bytes > size) break;
    text += char;
  }
  return text;
}

/** Eight digits of a text: FNV-1a of 32 bits. */
function digits(text: string): string {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
