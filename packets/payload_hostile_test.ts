import { assertEquals } from "@std/assert";
import { bytesSource } from "../parsers/byte_source.ts";
import { parsePerfFile } from "../parsers/perf/perf_file.ts";
import { AuxRecording } from "../testing/aux_recording.ts";
import { auxEvent, AuxFlag, idIndex } from "../testing/perf_builder.ts";
import { lineOf, PatternRecording } from "../testing/pattern_recording.ts";
import { AnnouncedRanges } from "./_announced_ranges.ts";
import { payloadQueues } from "./payload.ts";

const rings = [{ cpu: -1, tid: 7 }];

Deno.test("payloadQueues() tells the CPU behind several losses at one place", () => {
  const recording = new PatternRecording({ rings });
  const aux = (offset: bigint, cpu: number, flags: number) =>
    recording.file.aux({ id: 1n, offset, size: 16, cpu, tid: 7, flags });
  aux(0n, 1, AuxFlag.Truncated);
  aux(0n, 1, AuxFlag.Partial);
  aux(16n, 2, 0);
  const items = recording.bytesAt(0, 0n, 32).read().queues[0]!.items();
  const lines = items.map((item) =>
    item.type === "bytes" ? `${lineOf(item)} cpu ${item.cpu}` : lineOf(item)
  );
  assertEquals(lines.toArray(), [
    "start 0x0 16 cpu 1",
    "truncated 0x10 null",
    "partial 0x10 null",
    "resume 0x10 16 cpu 2",
  ]);
});

Deno.test("payloadQueues() looks at each of many AUX records a few times if all end at one place", () => {
  const records = 1000;
  const recording = new AuxRecording({ rings });
  for (let n = 0; n < records; n++) {
    recording.file.aux({ id: 1n, offset: 0n, size: 16, cpu: 1, tid: 7, flags: AuxFlag.Truncated });
  }
  recording.chunk(0, { offset: 0n, size: 64 });
  const { queues } = payloadQueues(parsePerfFile(bytesSource(recording.bytes())));
  const { end } = AnnouncedRanges.prototype;
  let looks = 0;
  AnnouncedRanges.prototype.end = function (n) {
    looks++;
    return end.call(this, n);
  };
  try {
    assertEquals(queues[0]!.items().toArray().length, records + 2);
  } finally {
    AnnouncedRanges.prototype.end = end;
  }
  assertEquals(looks >= records && looks < 10 * records, true, `${looks}`);
});

Deno.test("payloadQueues() does not look at all events for each record", () => {
  const events = Array.from({ length: 400 }, (_, n) => {
    return { ...auxEvent("intel_pt//u", 1), ids: [BigInt(n + 1)] };
  });
  const recording = new AuxRecording({ events });
  for (let n = 0; n < 1000; n++) recording.file.add(idIndex([]));
  const file = parsePerfFile(bytesSource(recording.bytes()));
  let looks = 0;
  for (const event of file.events) {
    for (const [key, value] of Object.entries(event)) {
      Object.defineProperty(event, key, { get: () => (looks++, value) });
    }
  }
  assertEquals(payloadQueues(file).queues, []);
  assertEquals(looks > 0 && looks < 20 * events.length, true, `${looks}`);
});
