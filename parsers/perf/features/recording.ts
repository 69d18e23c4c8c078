import type { Cursor } from "../../internal.ts";

/** How many CPUs the recording machine had: `HEADER_NRCPUS`. */
export interface CpuCounts {
  /** CPUs that can be present. */
  readonly available: number;
  /** CPUs that were online. */
  readonly online: number;
}

/** How the records are compressed: `HEADER_COMPRESSED`. */
export interface Compression {
  /** Version of this description; perf 6.1 stores 0. */
  readonly version: number;
  /** Method: 0 none, 1 Zstandard. */
  readonly type: number;
  /** Level, 1 to 22. */
  readonly level: number;
  /** Uncompressed size over compressed size, rounded. */
  readonly ratio: number;
  /** Size of the data ring in bytes: the most that one record decompresses to. */
  readonly ringSize: number;
}

/** Layout of a recording in a directory: `HEADER_DIR_FORMAT`. */
export interface DirectoryFormat {
  /** 1: the files `data.0`, `data.1`, ... hold records. */
  readonly version: bigint;
}

/** Machine of the recorded programs: `HEADER_E_MACHINE`. */
export interface ElfMachine {
  /** ELF `e_machine`. */
  readonly machine: number;
  /** ELF `e_flags`; `null` if the writer did not store it. */
  readonly flags: number | null;
}

/** Decodes `HEADER_NRCPUS`. */
export function decodeCpuCounts(body: Cursor): CpuCounts {
  return { available: body.u32(), online: body.u32() };
}

/** Decodes `HEADER_COMPRESSED`. */
export function decodeCompression(body: Cursor): Compression {
  return {
    version: body.u32(),
    type: body.u32(),
    level: body.u32(),
    ratio: body.u32(),
    ringSize: body.u32(),
  };
}

/** Decodes `HEADER_DIR_FORMAT`. */
export function decodeDirectoryFormat(body: Cursor): DirectoryFormat {
  return { version: body.u64() };
}

/** Decodes `HEADER_E_MACHINE`. */
export function decodeElfMachine(body: Cursor): ElfMachine {
  return { machine: body.u32(), flags: body.remaining >= 4 ? body.u32() : null };
}
