import { assertEquals } from "@std/assert";
import { openPerfBytes, replayReport } from "../mod.ts";
import { dialectFixtures } from "./dialect_fixtures.ts";
import { recordingParts } from "./recording_parts.ts";

/** Chunks, texts and compressed records by name; where one is not named, it has two chunks. */
const EXPECTED: Readonly<Record<string, [chunks: number, texts: number, compressed: number]>> = {
  "compressed by 7.2": [2, 0, 3],
  "compressed by 6.16": [2, 0, 3],
  "compressed by 6.16 --aio": [2, 0, 3],
  "large push": [1, 0, 1],
  "text": [4, 5, 0],
  "text in compressed": [1, 2, 2],
  "old headers": [0, 0, 0],
  "mixed CoreSight": [1, 0, 0],
};

Deno.test("Recordings of dialects are read whole before they are damaged", async () => {
  for (const { name, bytes, borders } of await dialectFixtures()) {
    const file = openPerfBytes(bytes);
    const cursor = file.recordCursor();
    let compressed = 0;
    while (cursor.next()) if (cursor.type === 81 || cursor.type === 83) compressed++;
    const { totals } = replayReport(openPerfBytes(bytes));
    const [, what] = /^dialect (.*), (?:little|big)$/.exec(name)!;
    assertEquals(
      [name, cursor.cut, totals.chunks, cursor.strayTexts.length, compressed],
      [name, null, ...EXPECTED[what!] ?? [2, 0, 0]],
    );
    assertEquals([name, file.secondRecording !== null], [name, what!.startsWith("two ")]);
    const { head, records, tail } = recordingParts(bytes, borders);
    const sizes = [head, ...records, tail].map(({ length }) => length);
    assertEquals(sizes.reduce((sum, size) => sum + size), bytes.length);
    assertEquals([name, tail.length >= 16], [name, !file.header.pipe]);
  }
});
