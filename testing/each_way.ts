import { assertEquals } from "@std/assert";
import { type ByteSource, sequentialSource } from "../parsers/internal.ts";
import {
  parsePerfFile,
  parsePerfStream,
  type PerfFile,
  type PerfFileOptions,
  type RecordCursor,
} from "../parsers/perf/mod.ts";

/**
 * Reads a recording from its bytes, from forward-only sources with small reads, and as streams of
 * chunks; all have to find the same records.
 *
 * @param use Called at the end of each.
 * @returns Type, position and size of each record.
 */
export async function readEachWay(
  bytes: Uint8Array,
  use: (file: PerfFile, cursor: RecordCursor) => void,
  options: Pick<PerfFileOptions, "zstd"> = {},
): Promise<[type: number, fileOffset: number, size: number][]> {
  type Seen = [type: number, fileOffset: number, size: number];
  const results: Seen[][] = [];
  const seen = (cursor: RecordCursor): Seen => [cursor.type, cursor.fileOffset, cursor.size];
  for (const source of [bytes, ...[1, 7, 4096].map((size) => forwardOnly(bytes, size))]) {
    const file = parsePerfFile(source, options);
    const cursor = file.recordCursor();
    const records: Seen[] = [];
    while (cursor.next()) records.push(seen(cursor));
    use(file, cursor);
    results.push(records);
  }
  for (const size of [1, 7, 4096]) {
    const records: Seen[] = [];
    const { file, walk } = await parsePerfStream(chunksOf(bytes, size), options);
    use(file, await walk((cursor) => records.push(seen(cursor))));
    results.push(records);
  }
  for (const records of results) assertEquals(records, results[0]);
  return results[0]!;
}

/** A source that only moves forward, and gives `size` bytes at a time. */
export function forwardOnly(bytes: Uint8Array, size: number): ByteSource {
  let at = 0;
  return sequentialSource((into) => {
    const part = bytes.subarray(at, at + Math.min(size, into.length));
    into.set(part);
    at += part.length;
    return part.length || null;
  });
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
