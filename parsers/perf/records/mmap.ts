import type { Cursor } from "../../internal.ts";
import { cutBuildId, decodeHex } from "../_fields.ts";
import { BUILD_ID_SIZE, Misc } from "../abi.ts";
import { cpuModeOf, type KernelRecord } from "./record.ts";

/** What both records of mappings tell. */
export interface MemoryMapping extends KernelRecord {
  /** Process; -1 for the kernel. */
  readonly pid: number;
  /** Thread; -1 for the kernel. */
  readonly tid: number;
  /** First address. */
  readonly addr: bigint;
  /** Length in bytes. */
  readonly len: bigint;
  /** Position of the first byte in the file, in bytes. */
  readonly pgoff: bigint;
  /** Path, or a name like `[vdso]`, `//anon`, `[kernel.kallsyms]_text`. */
  readonly filename: string;
  /** `CpuMode`: whose mapping it is. */
  readonly cpuMode: number;
  /** Whether the mapping is not executable. */
  readonly mmapData: boolean;
  /** Whether perf gave up reading `/proc` before all mappings of the process were known. */
  readonly parseTimeout: boolean;
}

/** `PERF_RECORD_MMAP`: a mapping came into being. */
export interface MmapRecord extends MemoryMapping {
  /** Discriminates the union of records. */
  readonly type: "mmap";
}

/** `PERF_RECORD_MMAP2`: a mapping came into being; tells which file it is. */
export interface Mmap2Record extends MemoryMapping {
  /** Discriminates the union of records. */
  readonly type: "mmap2";
  /** Device and inode of the file; null if the record has the build id. */
  readonly inode: Inode | null;
  /** Build id of the file in hexadecimal; null if the record has the inode. */
  readonly buildId: string | null;
  /** `PROT_*` bits. */
  readonly prot: number;
  /** `MAP_*` bits. */
  readonly flags: number;
}

/** Where a file is. */
export interface Inode {
  /** Major number of the device. */
  readonly maj: number;
  /** Minor number of the device. */
  readonly min: number;
  /** Number of the inode. */
  readonly ino: bigint;
  /** Generation of the inode. */
  readonly inoGeneration: bigint;
}

/** Decodes `PERF_RECORD_MMAP`. */
export function decodeMmap(body: Cursor, base: KernelRecord): MmapRecord {
  return {
    ...base,
    type: "mmap",
    ...decodeRange(body),
    filename: body.text(body.remaining),
    ...mappingFlags(base.misc),
  };
}

/** Decodes `PERF_RECORD_MMAP2`. */
export function decodeMmap2(body: Cursor, base: KernelRecord): Mmap2Record {
  const range = decodeRange(body);
  const hasBuildId = (base.misc & Misc.MmapBuildId) !== 0;
  return {
    ...base,
    type: "mmap2",
    ...range,
    inode: hasBuildId ? null : decodeInode(body),
    buildId: hasBuildId ? decodeBuildId(body) : null,
    prot: body.u32(),
    flags: body.u32(),
    filename: body.text(body.remaining),
    ...mappingFlags(base.misc),
  };
}

function decodeRange(body: Cursor): Pick<MemoryMapping, "pid" | "tid" | "addr" | "len" | "pgoff"> {
  return {
    pid: body.i32(),
    tid: body.i32(),
    addr: body.u64(),
    len: body.u64(),
    pgoff: body.u64(),
  };
}

function decodeInode(body: Cursor): Inode {
  return { maj: body.u32(), min: body.u32(), ino: body.u64(), inoGeneration: body.u64() };
}

function decodeBuildId(body: Cursor): string {
  const { at } = body;
  const size = body.u8();
  body.take(3);
  return cutBuildId(body, decodeHex(body, BUILD_ID_SIZE), size, at);
}

function mappingFlags(misc: number): Pick<MemoryMapping, "cpuMode" | "mmapData" | "parseTimeout"> {
  return {
    cpuMode: cpuModeOf(misc),
    mmapData: (misc & Misc.MmapData) !== 0,
    parseTimeout: (misc & Misc.ProcMapParseTimeout) !== 0,
  };
}
