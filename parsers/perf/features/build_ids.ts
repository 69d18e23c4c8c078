import type { Cursor } from "../../internal.ts";
import { decodeBuildId } from "../_fields.ts";
import { CpuMode, Misc, RECORD_HEADER_SIZE } from "../abi.ts";

/** Build id of one binary: an entry of `HEADER_BUILD_ID`. */
export interface BuildId {
  /** Machine it belongs to: -1 for the host, else the process of a guest. */
  readonly pid: number;
  /** `CpuMode`: whether it is a kernel's. */
  readonly cpuMode: number;
  /** The build id in hexadecimal. */
  readonly buildId: string;
  /** Path of the binary, or `[kernel.kallsyms]`. */
  readonly filename: string;
}

/** Where the filename starts: ancient entries have no pid. */
const FilenameAt = { modern: 36, ancient: 32 } as const;
type FilenameAt = typeof FilenameAt[keyof typeof FilenameAt];

/** The end of `[kernel.kallsyms]`, which is what remains of it when an ancient entry is read as a modern one. */
const ANCIENT_MARK = "nel.kallsyms]";

/**
 * Decodes `HEADER_BUILD_ID`: entries like `PERF_RECORD_HEADER_BUILD_ID` until the section ends.
 *
 * Entries of ancient recorders have no pid. They are recognised by the kernel's name, as perf
 * does it, and get the pid -1, or 0 if they are a guest's.
 */
export function decodeBuildIds(body: Cursor): BuildId[] {
  const start = body.at;
  const entries = decodeEntries(body, FilenameAt.modern);
  if (!entries.some(({ filename }) => filename.startsWith(ANCIENT_MARK))) return entries;
  body.at = start;
  return decodeEntries(body, FilenameAt.ancient);
}

function decodeEntries(body: Cursor, filenameAt: FilenameAt): BuildId[] {
  const entries: BuildId[] = [];
  while (body.remaining >= RECORD_HEADER_SIZE) {
    const start = body.at;
    const type = body.u32(); // 0 from some recorders
    const misc = body.u16();
    const size = body.u16();
    if (type === 0 && misc === 0 && size === 0) break; // padding
    if (size < filenameAt) body.refuse("corrupt", `size >= ${filenameAt}`, `size ${size}`, start);
    if (size - RECORD_HEADER_SIZE > body.remaining) body.fail(size - RECORD_HEADER_SIZE);
    const cpuMode = misc & Misc.CpuModeMask;
    const isGuest = cpuMode === CpuMode.GuestKernel || cpuMode === CpuMode.GuestUser;
    const pid = filenameAt === FilenameAt.modern ? body.i32() : isGuest ? 0 : -1;
    const buildId = decodeBuildId(body, misc);
    body.at = start + filenameAt;
    entries.push({ pid, cpuMode, buildId, filename: body.text(size - filenameAt) });
  }
  return entries;
}
