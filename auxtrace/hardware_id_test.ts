import { assertEquals } from "@std/assert";
import { parsePerfFile } from "../parsers/perf/mod.ts";
import { auxEvent, auxOutputHwId, PerfFileBuilder } from "../testing/perf_builder.ts";
import { AuxWalk } from "./mod.ts";

Deno.test("hardware ids are told with their CPU, in halves, and not where no CPU is known", () => {
  for (const byteOrder of ["little", "big"] as const) {
    const file = new PerfFileBuilder({ byteOrder, events: [auxEvent("cs_etm//", 1)] })
      .add(auxOutputHwId(0x1000_0000_0000_0010n), { cpu: 0, tid: 5, timeNs: 1n })
      .add(auxOutputHwId(7n), { cpu: -1, tid: 5, timeNs: 1n })
      .add(auxOutputHwId(0xffff_fffen), { cpu: 3, tid: 5, timeNs: 1n });
    const recording = parsePerfFile(file.bytes());
    const told: unknown[] = [];
    const walk = new AuxWalk(recording, [{
      hardwareId: ({ cpu, high, low }) => told.push([cpu, high, low]),
    }]);
    const cursor = recording.recordCursor();
    while (cursor.next()) walk.record(cursor);
    walk.finish(cursor);
    assertEquals(told, [[0, 0x1000_0000, 0x10], [3, 0, 0xffff_fffe]]);
  }
});
