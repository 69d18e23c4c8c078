import {
  type FileFacts,
  FROM_START,
  isNotFound,
  type OpenFile,
  systemError,
  systemFiles,
} from "./files.ts";
import { heldSource } from "./held_source.ts";
import { type ReadOn, unpack, unpackChunks } from "./unpack.ts";
import { nodeZstd } from "./zstd.ts";
import { type ByteSource, bytesSource, sequentialSource } from "../parsers/internal.ts";
import { checkChunks, packingOf, wrongArgument } from "../parsers/perf/internal.ts";
import {
  Feature,
  parsePerfFile,
  parsePerfStream,
  type PerfBytes,
  type PerfFile,
  type PerfFileCaps,
  type PerfFileOptions,
  type PerfStream,
} from "../parsers/perf/mod.ts";

/** Options of {@linkcode openPerfFile} and its like: what is held in memory. */
export interface OpenPerfFileOptions extends PerfFileCaps {
  /**
   * What is held in memory, so that it can be read again, of an input that comes only once or is
   * packed. `files`: a regular file, whose names of events come after its records; `all`: a pipe-mode
   * stream, too. By default nothing, and {@linkcode PerfFile.seekable} is false.
   */
  readonly hold?: "files" | "all" | undefined;
  /**
   * Most bytes that are held, by default 256 MiB. What is longer is not held. With `files`, a packed
   * file is unpacked again for each walk from 64 MiB on.
   */
  readonly maxHeldSize?: number;
}

const MAX_HELD = 1 << 28;
const MAGIC_SIZE = 4;
/** Most bytes of a file that is read whole. */
const SMALL_SIZE = 1 << 16;

/**
 * Opens a recording: a regular file, a saved pipe stream, or a directory of `perf record --threads`.
 *
 * It works in Deno, with read permission for `path`, and in Node.js 20.16, 22.3 and later. A file of
 * at most 64 KiB is read at once; of others the AUX payload is not read unless asked for. Compressed
 * records are decoded by `node:zlib`, which is loaded when the first one appears: Node.js has its
 * zstd from 22.15 on. A file that is itself gzip or zstd is unpacked as it is read, so its records
 * can be walked once; all offsets are of the unpacked bytes.
 *
 * @example The events of a recording
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/perf_plain.perf.data");
 * assertEquals(file.events.map((event) => event.name), ["cpu-clock"]);
 * ```
 *
 * @returns The open file. Dispose of it to release the handle.
 * @throws {FormatError} If it is not a recording.
 * @throws {Error} If it cannot be opened or read: Deno's, as `Deno.errors.NotFound`, or that of
 * Node.js, with the `code` "ENOENT".
 * @throws {TypeError} If `path` is neither a path nor a file's URL, or the runtime opens no files, as
 * a browser: {@linkcode openPerfBytes} is for those.
 */
export function openPerfFile(path: string | URL, options: OpenPerfFileOptions = {}): PerfFile {
  return openPerfPath(path, options, () => {});
}

/** Does the same, and calls `beforeRead` before bytes are read, which ends the reading by an error. */
export function openPerfPath(
  path: string | URL,
  options: OpenPerfFileOptions,
  beforeRead: () => void,
): PerfFile {
  if (typeof path !== "string" && !(path instanceof URL)) {
    throw wrongArgument(path, "a path or a URL");
  }
  const owned = new Owned();
  return owned.untilParsed(() => {
    const files = systemFiles();
    const open = (path: string | URL) => {
      const handle = files.openSync(path);
      owned.add(() => handle.close());
      return handle;
    };
    const handle = open(path);
    const found = handle.statSync();
    if (found.isDirectory) {
      const source = fileSource(openData(path, open), beforeRead);
      const parts = partNames(path, source).map(({ name, isThere }) => ({
        name,
        source: isThere
          ? fileSource(open(within(path, name)), beforeRead)
          : bytesSource(new Uint8Array(0)),
        isMissing: !isThere,
      }));
      return parse(source, { ...options, parts }, owned);
    }
    const source = fileSource(handle, beforeRead, found);
    const isStream = !found.isFile;
    if (!isStream && !isPacked(source)) return parse(source, options, owned);
    const rewind = isStream ? null : () => void handle.seekSync(0, FROM_START);
    rewind?.();
    const readOn: ReadOn = (into) => {
      beforeRead();
      return handle.readSync(into);
    };
    return openStream(readOn, { options, owned, rewind });
  });
}

/**
 * Opens a recording that is in memory, or that a source reads by ranges, in any runtime.
 *
 * The bytes are borrowed. Those of a directory of `perf record --threads`, which is several files,
 * need the option `parts`. Compressed records are decoded as by {@linkcode openPerfFile}, unless
 * the option `zstd` gives another decoder, which a browser needs.
 *
 * @example The types of compressed records
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfBytes } from "@auxtail/auxtail";
 *
 * using file = openPerfBytes(Deno.readFileSync("testdata/perf_zstd.perf.data"));
 * assertEquals(file.records().some(({ type }) => type === "sample"), true);
 * ```
 *
 * @throws {FormatError} If it is not a recording.
 * @throws {TypeError} If `source` is none, and no bytes.
 */
export function openPerfBytes(source: PerfBytes, options: PerfFileOptions = {}): PerfFile {
  return parsePerfFile(source, { zstd: nodeZstd, ...options });
}

/**
 * Reads a recording from chunks of bytes as they arrive: a pipe stream, or a file from front to back.
 *
 * Compressed records are decoded as by {@linkcode openPerfBytes}. What is gzip or zstd is unpacked.
 *
 * @example The records of a stream
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfStream } from "@auxtail/auxtail";
 *
 * const { readable } = await Deno.open("testdata/aux_pipe.perf.data");
 * const stream = await openPerfStream(readable);
 * let chunks = 0;
 * for await (const record of stream.records()) if (record.type === "auxtrace") chunks++;
 * assertEquals(chunks, 2);
 * ```
 *
 * @throws {FormatError} If the stream does not start like a recording.
 * @throws {TypeError} If `chunks` cannot be iterated.
 */
export async function openPerfStream(
  chunks: AsyncIterable<Uint8Array>,
  options: Omit<PerfFileOptions, "parts"> = {},
): Promise<PerfStream> {
  checkChunks(chunks);
  const { packed, stream } = await unpackChunks(chunks);
  return parsePerfStream(stream, { zstd: nodeZstd, packed, ...options });
}

/**
 * Reads a recording from standard input as it arrives, in memory that does not depend on its length.
 *
 * It works where {@linkcode openPerfFile} does. The records can be walked once. Reading blocks the
 * thread while nothing arrives. What is gzip or zstd is unpacked.
 *
 * @throws {FormatError} If it does not start like a recording.
 * @throws {TypeError} If the runtime has no standard input, as a browser.
 */
export function openPerfStandardInput(options: OpenPerfFileOptions = {}): PerfFile {
  const { stdin } = systemFiles();
  return openPerfReads((into) => stdin.readSync(into), options);
}

/** Reads a recording from what comes only once; `close` is called in the end. */
export function openPerfReads(
  readOn: ReadOn,
  options: OpenPerfFileOptions,
  close: () => void = () => {},
): PerfFile {
  const owned = new Owned();
  owned.add(close);
  return owned.untilParsed(() => openStream(readOn, { options, owned, rewind: null }));
}

/** Opens what comes only once, or is packed: then it can be begun again. */
function openStream(
  readOn: ReadOn,
  { options, owned, rewind }: {
    readonly options: OpenPerfFileOptions;
    readonly owned: Owned;
    readonly rewind: (() => void) | null;
  },
): PerfFile {
  let current = unpack(readOn);
  owned.add(() => current.close());
  const { packed, stream } = current;
  const { hold, maxHeldSize: maxSize = MAX_HELD } = options;
  const again = rewind === null ? null : () => {
    current.close();
    rewind();
    current = unpack(readOn);
    return current.stream;
  };
  const source = hold === undefined
    ? sequentialSource(stream)
    : heldSource(stream, { hold, maxSize, again });
  return parse(source, { ...options, packed }, owned);
}

/** What a recording owns, and releases when it is disposed of; Node.js 22 has no DisposableStack. */
class Owned {
  readonly #releases: (() => void)[] = [];

  add(release: () => void): void {
    this.#releases.push(release);
  }

  release(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  /** Releases everything if the recording cannot be opened. */
  untilParsed(open: () => PerfFile): PerfFile {
    try {
      return open();
    } catch (error) {
      this.release();
      throw error;
    }
  }
}

function parse(source: ByteSource, options: PerfFileOptions, owned: Owned): PerfFile {
  return parsePerfFile(source, { ...options, zstd: nodeZstd, close: () => owned.release() });
}

function isPacked(source: ByteSource): boolean {
  const magic = new Uint8Array(MAGIC_SIZE);
  return packingOf(magic.subarray(0, source.read(0, magic))) !== null;
}

function openData(path: string | URL, open: (path: string | URL) => OpenFile): OpenFile {
  try {
    return open(within(path, "data"));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw systemError(
      "NotFound",
      `"${path}" is a folder without a recording in it: one of perf record --threads has a file "data"`,
    );
  }
}

/** Names of the files that hold the rings' data, in the order of their numbers, up to the last. */
function partNames(path: string | URL, data: ByteSource): { name: string; isThere: boolean }[] {
  const { featureIds } = parsePerfFile(data);
  if (!featureIds.includes(Feature.dirFormat)) return [];
  const files = new Set<number>();
  for (const { name, isFile } of systemFiles().readDirSync(path)) {
    const number = /^data\.(\d{1,5})$/.exec(name)?.[1];
    if (isFile && number !== undefined) files.add(Number(number));
  }
  const length = Math.max(0, ...files) + 1;
  return Array.from({ length }, (_, i) => ({ name: `data.${i}`, isThere: files.has(i) }));
}

function within(path: string | URL, name: string): string | URL {
  if (typeof path === "string") return `${path}/${name}`;
  return new URL(name, path.href.endsWith("/") ? path : `${path.href}/`);
}

/** A source of an open file; a small one is read at once, which costs less than its parts do. */
function fileSource(
  handle: OpenFile,
  beforeRead: () => void,
  { isFile, size }: FileFacts = handle.statSync(),
): ByteSource {
  if (!isFile) {
    return sequentialSource((into) => {
      beforeRead();
      return handle.readSync(into);
    });
  }
  if (size <= SMALL_SIZE) {
    const bytes = new Uint8Array(size);
    let held = 0;
    for (let count = -1; held < size && count !== 0; held += count) {
      count = handle.readSync(bytes.subarray(held)) ?? 0;
    }
    return bytesSource(bytes.subarray(0, held));
  }
  let position = 0;
  return {
    size,
    read(offset, into) {
      if (offset >= size) return 0;
      beforeRead();
      if (offset !== position) handle.seekSync(offset, FROM_START);
      const count = handle.readSync(into) ?? 0;
      position = offset + count;
      return count;
    },
  };
}
