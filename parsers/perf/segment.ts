import type { ByteSource } from "../internal.ts";
import type { FileTail } from "./file_tail.ts";

/** A run of records in one source: the data section of a file, a stream, or a `data.N` of a directory. */
export interface Segment {
  /** Name of the file in its directory; null outside directories. */
  readonly name: string | null;
  /** Where the bytes come from. */
  readonly source: ByteSource;
  /** Position of the first record. */
  readonly start: number;
  /** Position after the last record as the header says, or Infinity where it does not. */
  readonly end: number;
  /** Whether it is a file of a directory that should be there and is not. */
  readonly isMissing?: boolean | undefined;
  /** What is to be read after the last record; null where nothing is. */
  readonly tail?: FileTail | null;
}
