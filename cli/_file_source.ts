import type { ByteSource } from "../parsers/perf/mod.ts";

/** Opens a file to be read at any place. */
export function openFileSource(path: string): ByteSource & Disposable {
  const file = Deno.openSync(path);
  const { size } = file.statSync();
  return {
    size,
    read(offset, into) {
      if (offset >= size) return 0;
      file.seekSync(offset, Deno.SeekMode.Start);
      return file.readSync(into) ?? 0;
    },
    [Symbol.dispose]: () => file.close(),
  };
}
