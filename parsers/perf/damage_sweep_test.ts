import { assertEquals, assertThrows } from "@std/assert";
import { nodeZstd } from "../../system/mod.ts";
import { FormatError, parsePerfFile, replayReport } from "../../mod.ts";
import {
  type ByteWriter,
  compressed,
  compressedFeature,
  PerfFileBuilder,
  ZstdRing,
} from "../../testing/perf_builder.ts";

/** Size of a FORK record without a trailer. */
const RECORD_SIZE = 32;
const MIB = 1 << 20;

/** A file of one compressed record that decodes to `size` bytes of records, and its `mmap_len`. */
async function bomb(size: number, mmapSize?: number): Promise<Uint8Array> {
  const event = { type: 1, config: 9n };
  const features = mmapSize === undefined
    ? []
    : [compressedFeature(mmapSize, { level: 1, ratio: 1 })];
  const file = new PerfFileBuilder({ events: [event], features });
  const body = (out: ByteWriter) => out.zeros(RECORD_SIZE - 8);
  const record = file.encode({ type: 7, body });
  const records = new Uint8Array(size);
  for (let at = 0; at < size; at += RECORD_SIZE) records.set(record, at);
  using ring = new ZstdRing();
  return file.add(compressed(await ring.flush(records))).bytes();
}

Deno.test("a compressed record decodes to what the rings hold, or to 64 MiB where that is not known", async () => {
  for (
    const [size, mmapSize, isWhole] of [
      [64 * MIB, undefined, true],
      [64 * MIB, 0, true],
      [64 * MIB + RECORD_SIZE, undefined, false],
      [80 * MIB, 80 * MIB, true],
      [MIB, MIB, true],
      // zstd holds back one block of 128 KiB at most.
      [MIB + 131_072, MIB, true],
      [MIB + 131_072 + RECORD_SIZE, MIB, false],
    ] as const
  ) {
    const cursor = parsePerfFile(await bomb(size, mmapSize), { zstd: nodeZstd }).recordCursor();
    let count = -1;
    while (cursor.next()) count++;
    const whole = size / RECORD_SIZE;
    if (isWhole) assertEquals([size, count, cursor.cut], [size, whole, null]);
    else {
      assertEquals([count < whole, count > whole - 10_000], [true, true]);
      const { fault, detail } = cursor.cut!;
      assertEquals([fault, detail.structure], ["corrupt", "PERF_RECORD_COMPRESSED"]);
    }
  }
});

Deno.test("a caller bounds what all compressed records decode to", async () => {
  const bytes = await bomb(MIB);
  for (const maxDecompressedSize of [MIB, MIB - 1, 4096, 0]) {
    const file = parsePerfFile(bytes, { zstd: nodeZstd, maxDecompressedSize });
    const cursor = file.recordCursor();
    while (cursor.next());
    const expected = maxDecompressedSize === MIB ? undefined : "unsupported";
    assertEquals([maxDecompressedSize, cursor.cut?.fault], [maxDecompressedSize, expected]);
  }
});

Deno.test("a recording of more queues than any machine has is refused", () => {
  const file = new PerfFileBuilder();
  for (let idx = 0; idx <= 8192; idx++) file.auxtrace({ idx, cpu: idx, offset: 0n, size: 8 });
  const parsed = parsePerfFile(file.bytes());
  const error: FormatError = assertThrows(() => replayReport(parsed), FormatError);
  assertEquals(error.fault, "unsupported");
});
