/** What bytes can be written to. */
export interface SyncWriter {
  /** Writes some of the bytes, and returns how many. */
  writeSync(bytes: Uint8Array): number;
}

/** Writes all bytes. The message of an error names where they were to go. */
export function writeAll(into: SyncWriter, name: string, bytes: Uint8Array): void {
  try {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(into.writeSync(rest));
  } catch (error) {
    if (error instanceof Error) error.message = `cannot write ${name}: ${error.message}`;
    throw error;
  }
}
