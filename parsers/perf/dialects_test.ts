import { assertEquals } from "@std/assert";
import {
  comm,
  concat,
  encodeRecord,
  PerfFileBuilder,
  type RecordSpec,
  simpleperfTracingData,
  tracingData,
} from "../../testing/perf_builder.ts";
import { sequentialSource } from "../sequential_source.ts";
import { RecordType } from "./abi.ts";
import { parsePerfFile, type PerfFile } from "./perf_file.ts";
import { parsePerfStream } from "./perf_stream.ts";
import type { RecordCursor } from "./record_cursor.ts";

const BYTE_ORDERS = ["little", "big"] as const;

/** The same bytes as a file, as a forward-only source with small reads, and as a stream of chunks. */
async function readEachWay(
  bytes: Uint8Array,
  use: (file: PerfFile, cursor: RecordCursor) => void,
): Promise<unknown[][]> {
  const results: unknown[][] = [];
  const seen = (cursor: RecordCursor) => [cursor.type, cursor.fileOffset, cursor.size];
  for (const source of [bytes, ...[1, 7, 4096].map((size) => forwardOnly(bytes, size))]) {
    const file = parsePerfFile(source);
    const cursor = file.recordCursor();
    const records: unknown[] = [];
    while (cursor.next()) records.push(seen(cursor));
    use(file, cursor);
    results.push(records);
  }
  for (const size of [1, 7, 4096]) {
    const records: unknown[] = [];
    const { file, walk } = await parsePerfStream(chunksOf(bytes, size));
    use(file, await walk((cursor) => records.push(seen(cursor))));
    results.push(records);
  }
  for (const records of results) assertEquals(records, results[0]);
  return results[0] as unknown[][];
}

function forwardOnly(bytes: Uint8Array, size: number) {
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

const COMM = comm({ pid: 1, tid: 1, comm: "after" });

Deno.test("nothing follows tracing data that is in the record, as old simpleperfs wrote it", async () => {
  const blob = Uint8Array.from({ length: 2012 }, (_, i) => i);
  // perf's records have 12 or 16 bytes, and the data follows; the others hold it.
  const short = (size: number): RecordSpec => ({
    type: RecordType.HeaderTracingData,
    bare: true,
    body(out) {
      out.u32(blob.length + 4);
      out.zeros(size - 12);
    },
    payload: concat([blob, new Uint8Array(4)]),
  });
  const cases: [RecordSpec, size: number, payloadSize: number][] = [
    [simpleperfTracingData(blob), 2060, 0],
    [simpleperfTracingData(blob.subarray(0, 1)), 76, 0],
    [tracingData(blob), 16, 2016],
    [short(12), 12, 2016],
    [short(16), 16, 2016],
    [{ ...short(13), payload: new Uint8Array() }, 13, 0],
    [{ ...short(24), payload: new Uint8Array() }, 24, 0],
  ];
  for (const [spec, size, payloadSize] of cases) {
    for (const byteOrder of BYTE_ORDERS) {
      assertEquals(encodeRecord(byteOrder === "little", spec).length, size);
      for (const pipe of [false, true]) {
        const builder = new PerfFileBuilder({ byteOrder, pipe });
        const at = builder.position;
        const bytes = builder.add(spec).add(COMM).bytes();
        const records = await readEachWay(bytes, (file, { cut }) => {
          assertEquals(cut, null);
          if (!pipe) return;
          const { offset, size: there } = file.featureSection(1)!;
          assertEquals(offset, at + (payloadSize > 0 ? size : 12));
          if (size === 2060) assertEquals(there, 2012);
        });
        const [data, next] = records.slice(-2);
        assertEquals(data, [RecordType.HeaderTracingData, at, size]);
        assertEquals(next!.slice(0, 2), [RecordType.Comm, at + size + payloadSize]);
      }
    }
  }
});
