/** The cure of a file that is shorter than it says, by at least so many bytes. */
export function lacksLast(bytes: number): string {
  return `the file lacks its last ${bytes} bytes or more: copy the whole file`;
}

/** Printable ASCII and white space: what a shell appends, and hardly what a record starts with. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) =>
    (byte >= 0x20 && byte < 0x7f) || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b
  );
}
