import { assertEquals, assertThrows } from "@std/assert";
import { nodeZstd } from "../../system/mod.ts";
import { FormatError, parsePerfFile, replayReport } from "../../mod.ts";
import { compressed, PerfFileBuilder, ZstdRing } from "../../testing/perf_builder.ts";

const BOMB = 1 << 26;

Deno.test("a zstd bomb is cut off at the cap, which is an option", async () => {
  using ring = new ZstdRing();
  const bomb = await ring.flush(new Uint8Array(BOMB));
  const file = new PerfFileBuilder().add(compressed(bomb));
  for (const maxDecompressedSize of [undefined, 4096, BOMB - 1]) {
    const cut = endOf(file.bytes(), maxDecompressedSize);
    assertEquals([cut?.fault, cut?.detail.structure], ["corrupt", "PERF_RECORD_COMPRESSED"]);
  }
  const within = endOf(file.bytes(), BOMB + 1);
  assertEquals(within?.detail.structure, "perf_event_header");
});

Deno.test("a recording of more queues than any machine has is refused", () => {
  const file = new PerfFileBuilder();
  for (let idx = 0; idx <= 8192; idx++) file.auxtrace({ idx, cpu: idx, offset: 0n, size: 8 });
  const parsed = parsePerfFile(file.bytes());
  const error: FormatError = assertThrows(() => replayReport(parsed), FormatError);
  assertEquals(error.fault, "unsupported");
});

function endOf(bytes: Uint8Array, maxDecompressedSize: number | undefined): FormatError | null {
  const cap = maxDecompressedSize === undefined ? {} : { maxDecompressedSize };
  const cursor = parsePerfFile(bytes, { zstd: nodeZstd, ...cap }).recordCursor();
  while (cursor.next());
  return cursor.cut;
}
