import { nodeZstd } from "./zstd.ts";
import { type ByteSource, bytesSource, sequentialSource } from "../parsers/internal.ts";
import { wrongArgument } from "../parsers/perf/internal.ts";
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

/** Options of {@linkcode openPerfFile} and its like: caps on what is held in memory. */
export type OpenPerfFileOptions = PerfFileCaps;

/**
 * Opens a recording: a regular file, a saved pipe stream, or a directory of `perf record --threads`.
 *
 * Needs read permission for `path`. The AUX payload is not read unless asked for. Compressed
 * records are decoded by Deno's `node:zlib`, which is loaded when the first one appears.
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
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {TypeError} If `path` is neither a path nor a file's URL.
 */
export function openPerfFile(path: string | URL, options: OpenPerfFileOptions = {}): PerfFile {
  if (typeof path !== "string" && !(path instanceof URL)) {
    throw wrongArgument(path, "a path or a URL");
  }
  const handles: Deno.FsFile[] = [];
  const close = () => handles.splice(0).forEach((handle) => handle.close());
  const open = (path: string | URL) => {
    const handle = Deno.openSync(path);
    handles.push(handle);
    const { isFile, size } = handle.statSync();
    return isFile ? fileSource(handle, size) : sequentialSource((into) => handle.readSync(into));
  };
  try {
    const isDirectory = Deno.statSync(path).isDirectory;
    if (isDirectory) requireData(path);
    const source = open(isDirectory ? within(path, "data") : path);
    const parts = isDirectory
      ? partNames(path, source).map(({ name, isThere }) => ({
        name,
        source: isThere ? open(within(path, name)) : bytesSource(new Uint8Array(0)),
        isMissing: !isThere,
      }))
      : undefined;
    return parsePerfFile(source, { ...options, zstd: nodeZstd, ...(parts && { parts }), close });
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Opens a recording that is in memory, or that a source reads by ranges.
 *
 * The bytes are borrowed. Those of a directory of `perf record --threads`, which is several files,
 * need the option `parts`. Compressed records are decoded as by {@linkcode openPerfFile}, in Node.js
 * from 22.15 on too, unless the option `zstd` gives another decoder.
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
 * Compressed records are decoded as by {@linkcode openPerfBytes}.
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
export function openPerfStream(
  chunks: AsyncIterable<Uint8Array>,
  options: Omit<PerfFileOptions, "parts"> = {},
): Promise<PerfStream> {
  return parsePerfStream(chunks, { zstd: nodeZstd, ...options });
}

/**
 * Reads a recording from standard input as it arrives, in memory that does not depend on its length.
 *
 * The records can be walked once. Reading blocks the thread while nothing arrives.
 *
 * @throws {FormatError} If it does not start like a recording.
 */
export function openPerfStandardInput(options: OpenPerfFileOptions = {}): PerfFile {
  const source = sequentialSource((into) => Deno.stdin.readSync(into));
  return parsePerfFile(source, { ...options, zstd: nodeZstd });
}

function requireData(path: string | URL): void {
  try {
    Deno.statSync(within(path, "data"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `"${path}" is a folder without a recording in it: folders in folders are not looked into, ` +
        'and one of perf record --threads has a file "data"',
    );
  }
}

/** Names of the files that hold the rings' data, in the order of their numbers, up to the last. */
function partNames(path: string | URL, data: ByteSource): { name: string; isThere: boolean }[] {
  const { featureIds } = parsePerfFile(data);
  if (!featureIds.includes(Feature.dirFormat)) return [];
  const files = new Set<number>();
  for (const { name, isFile } of Deno.readDirSync(path)) {
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

function fileSource(handle: Deno.FsFile, size: number): ByteSource {
  let position = 0;
  return {
    size,
    read(offset, into) {
      if (offset >= size) return 0;
      if (offset !== position) handle.seekSync(offset, Deno.SeekMode.Start);
      const count = handle.readSync(into) ?? 0;
      position = offset + count;
      return count;
    },
  };
}
