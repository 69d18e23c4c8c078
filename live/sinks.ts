import { type SyncWriter, writeAll } from "../system/internal.ts";
import type { PerfSink } from "./perf_writer.ts";

/** A recording tells of other users' tasks and of the kernel's addresses. */
const OWNER_ONLY = 0o600;

/** A sink that has to be closed. */
export interface OpenSink extends PerfSink, Disposable {}

/**
 * Opens where a recording goes: `-` is standard output, anything but a regular file is a pipe. A
 * recording that is there already becomes `PATH.old`, and a new one is its owner's, as perf does it.
 * A file that was cut to 0 bytes is removed when it is closed. Errors of writing name the path.
 *
 * Needs `--allow-read` and `--allow-write` for the file and its old name.
 */
export function openSink(path: string): OpenSink {
  if (path === "-") return pipeSink(Deno.stdout, "standard output", () => {});
  const there = statOrNull(path);
  if (there?.isFile && there.size > 0) Deno.renameSync(path, `${path}.old`);
  const file = Deno.openSync(path, { write: true, create: true, truncate: true, mode: OWNER_ONLY });
  if (!file.statSync().isFile) return pipeSink(file, `"${path}"`, () => file.close());
  let isGivenUp = false;
  return {
    write: (bytes) => writeAll(file, `"${path}"`, bytes),
    file: {
      writeAt(fileOffset, bytes) {
        file.seekSync(fileOffset, Deno.SeekMode.Start);
        writeAll(file, `"${path}"`, bytes);
        file.seekSync(0, Deno.SeekMode.End);
      },
      truncate(size) {
        file.truncateSync(size);
        file.seekSync(size, Deno.SeekMode.Start);
        isGivenUp = size === 0;
      },
    },
    [Symbol.dispose]() {
      file.close();
      if (isGivenUp) Deno.removeSync(path);
    },
  };
}

function pipeSink(into: SyncWriter, name: string, close: () => void): OpenSink {
  return { write: (bytes) => writeAll(into, name, bytes), [Symbol.dispose]: close };
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
