import { type Cursor, FormatError } from "../../internal.ts";
import { decodeHex } from "./strings.ts";

/** Build id of one binary: an entry of `HEADER_BUILD_ID`. */
export interface BuildId {
  /** Machine it belongs to: -1 for the host, else the process of a guest. */
  readonly pid: number;
  /** `PERF_RECORD_MISC_CPUMODE_MASK`: 1 kernel, 2 user, 4 guest kernel, 5 guest user. */
  readonly cpuMode: number;
  /** The build id in hexadecimal. */
  readonly buildId: string;
  /** Path of the binary, or `[kernel.kallsyms]`. */
  readonly filename: string;
}

const HEADER_SIZE = 8;
const BUILD_ID_SIZE = 20;
const HAS_SIZE = 1 << 15;
const GUEST_KERNEL = 4;
const GUEST_USER = 5;

/** Where the filename starts: ancient entries have no pid. */
const FilenameAt = { modern: 36, ancient: 32 } as const;
type FilenameAt = typeof FilenameAt[keyof typeof FilenameAt];

/** What `[kernel.kallsyms]` looks like when an ancient entry is read as a modern one. */
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
  while (body.remaining >= HEADER_SIZE) {
    const start = body.at;
    const type = body.u32(); // 0 from some recorders
    const misc = body.u16();
    const size = body.u16();
    if (type === 0 && misc === 0 && size === 0) break; // padding
    if (size < filenameAt) corrupt(body, start, `size >= ${filenameAt}`, `size ${size}`);
    if (size - HEADER_SIZE > body.remaining) body.fail(size - HEADER_SIZE);
    entries.push(decodeEntry(body, start, { misc, size, filenameAt }));
  }
  return entries;
}

interface Entry {
  readonly misc: number;
  readonly size: number;
  readonly filenameAt: FilenameAt;
}

function decodeEntry(body: Cursor, start: number, entry: Entry): BuildId {
  const cpuMode = entry.misc & 7;
  const isGuest = cpuMode === GUEST_KERNEL || cpuMode === GUEST_USER;
  const pid = entry.filenameAt === FilenameAt.modern ? body.i32() : isGuest ? 0 : -1;
  const padded = decodeHex(body, BUILD_ID_SIZE);
  const storedSize = body.u8();
  const idSize = entry.misc & HAS_SIZE ? storedSize : BUILD_ID_SIZE;
  if (idSize > BUILD_ID_SIZE) {
    corrupt(body, start, `a build id of at most ${BUILD_ID_SIZE} bytes`, `${idSize}`);
  }
  body.at = start + entry.filenameAt;
  const filename = body.text(entry.size - entry.filenameAt);
  return { pid, cpuMode, buildId: padded.slice(0, 2 * idSize), filename };
}

function corrupt(body: Cursor, at: number, expected: string, actual: string): never {
  const offset = body.base + at;
  throw new FormatError("corrupt", {
    structure: "perf_record_header_build_id",
    offset,
    expected,
    actual,
  });
}
