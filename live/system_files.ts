/**
 * Files of the kernel under /proc and /sys, as far as this library reads them.
 *
 * An interface, so that what they say can be tried with the files of other machines.
 */
export interface SystemFiles {
  /** Reads a whole file; null if it does not exist or may not be read. */
  read(path: string): Uint8Array<ArrayBuffer> | null;
  /** Reads a whole file as text without the line end behind it; null as for `read()`. */
  text(path: string): string | null;
  /** Names in a folder, `.` and `..` left out; empty if it does not exist or may not be read. */
  list(path: string): string[];
}
