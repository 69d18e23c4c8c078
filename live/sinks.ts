import type { PerfSink } from "./perf_writer.ts";

/** A recording tells of other users' tasks and of the kernel's addresses. */
const OWNER_ONLY = 0o600;

/** A sink that has to be closed. */
export interface OpenSink extends PerfSink, Disposable {}

/**
 * Opens where a recording goes: `-` is standard output, anything but a regular file is a pipe. A
 * recording that is there already becomes `PATH.old`, and a new one is its owner's, as perf does it.
 *
 * Needs `--allow-read` and `--allow-write` for the file and its old name.
 */
export function openSink(path: string): OpenSink {
  if (path === "-") return pipeSink(Deno.stdout, () => {});
  const there = statOrNull(path);
  if (there?.isFile && there.size > 0) Deno.renameSync(path, `${path}.old`);
  const file = Deno.openSync(path, {
    read: true,
    write: true,
    create: true,
    truncate: true,
    mode: OWNER_ONLY,
  });
  if (!file.statSync().isFile) return pipeSink(file, () => file.close());
  return {
    write: (bytes) => writeAll(file, bytes),
    file: {
      writeAt(fileOffset, bytes) {
        file.seekSync(fileOffset, Deno.SeekMode.Start);
        writeAll(file, bytes);
        file.seekSync(0, Deno.SeekMode.End);
      },
      readAt(fileOffset, into) {
        file.seekSync(fileOffset, Deno.SeekMode.Start);
        for (let at = 0; at < into.length;) {
          const size = file.readSync(into.subarray(at));
          if (size === null) {
            throw new Deno.errors.UnexpectedEof(`Cannot read back ${path}: it ends early`);
          }
          at += size;
        }
        file.seekSync(0, Deno.SeekMode.End);
      },
      truncate(size) {
        file.truncateSync(size);
        file.seekSync(size, Deno.SeekMode.Start);
      },
    },
    [Symbol.dispose]: () => file.close(),
  };
}

interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

function pipeSink(into: SyncWriter, close: () => void): OpenSink {
  return { write: (bytes) => writeAll(into, bytes), [Symbol.dispose]: close };
}

function writeAll(into: SyncWriter, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += into.writeSync(bytes.subarray(at));
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
