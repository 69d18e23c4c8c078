/** What ends further than this after the end of the file was never there. */
export const MAX_MISSING = 2 ** 40;

/** The cure of a file that is shorter than it says, by at least so many bytes. */
export function lacksLast(bytes: number): string {
  return bytes < MAX_MISSING
    ? `the file lacks its last ${bytes} ${
      bytes === 1 ? "byte" : "bytes"
    } or more: copy the whole file`
    : "no file is as long as the header says, so that is damaged; compare it with the original";
}

/** Printable characters of ASCII and UTF-8, white space, bell and escape: what programs print. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) =>
    (byte >= 0x20 && byte < 0x7f) || (byte >= 0x07 && byte <= 0x0d) || byte === 0x1b ||
    (byte >= 0x80 && byte < 0xf5 && byte !== 0xc0 && byte !== 0xc1)
  );
}
