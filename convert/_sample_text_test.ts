import { assertEquals } from "@std/assert";
import { bytesSource, TextBuffer } from "../parsers/internal.ts";
import { layoutOf, ownFields } from "../parsers/perf/internal.ts";
import { parsePerfFile, type PerfFile, RecordType } from "../parsers/perf/mod.ts";
import { type EventSpec, PerfFileBuilder, sample, SampleType } from "../testing/perf_builder.ts";
import { jsonText } from "../text/mod.ts";
import { SampleText } from "./_sample_text.ts";

const ALL = SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time |
  SampleType.Addr | SampleType.Id | SampleType.StreamId | SampleType.Cpu | SampleType.Period;
const WORDS = [
  0n,
  1n,
  9n,
  10n,
  99n,
  12345678n,
  99_999_999n,
  100_000_000n,
  100_000_001n,
  0xffff_ffffn,
  2n ** 32n,
  123_456_789_012_345n,
  10n ** 15n,
  2n ** 53n - 2n ** 32n - 1n,
  2n ** 53n - 1n,
  2n ** 53n,
  0x8000_0000_0000_0000n,
  2n ** 64n - 1n,
];
const HALVES = [0, 1, 10, 4242, 0x7fff_ffff, -1];

/** Compares the texts of all samples with those made from their records; returns how many agree. */
function assertTexts(file: PerfFile): { written: number; left: number } {
  const texts = new SampleText();
  const out = new TextBuffer();
  const found = { written: 0, left: 0 };
  const cursor = file.recordCursor();
  while (cursor.next()) {
    const { event } = cursor;
    if (cursor.type !== RecordType.Sample || event === null || layoutOf(event).hasMore) continue;
    out.length = 0;
    if (texts.write(cursor, layoutOf(event), out)) {
      found.written++;
      const text = new TextDecoder().decode(out.text());
      assertEquals(text, jsonText(ownFields(cursor.record())));
    } else {
      found.left++;
      assertEquals(out.length, 0);
    }
  }
  return found;
}

Deno.test("SampleText writes values of any size as jsonText() does, in both byte orders", () => {
  for (const byteOrder of ["little", "big"] as const) {
    const types = [ALL, SampleType.Ip, SampleType.Tid | SampleType.Time, SampleType.Period];
    const events = types.map((sampleType, i): EventSpec => ({
      type: 1,
      ids: [BigInt(i + 1)],
      sampleType: sampleType | SampleType.Identifier,
    }));
    const builder = new PerfFileBuilder({ events, byteOrder });
    // Neighbours in all pairs of sizes.
    for (const a of WORDS.keys()) {
      for (const b of WORDS.keys()) {
        const word = (n: number) => WORDS[(n % 2 === 0 ? a : b) % WORDS.length]!;
        const half = (n: number) => HALVES[(a + b * n) % HALVES.length]!;
        for (const [i, event] of events.entries()) {
          builder.add(sample(event, {
            id: BigInt(i + 1),
            ip: word(a),
            pid: half(1),
            tid: half(2),
            timeNs: word(b),
            addr: word(a + 1),
            streamId: word(b + 1),
            cpu: half(3),
            period: word(a),
            misc: b % 3,
          }));
        }
      }
    }
    const found = assertTexts(parsePerfFile(bytesSource(builder.bytes())));
    assertEquals(found.written + found.left, events.length * WORDS.length ** 2);
    assertEquals(found.left > 0 && found.written > found.left, true, JSON.stringify(found));
  }
});
