import { assertEquals } from "@std/assert";
import { perfettoPackets, tableBatches, type TableName, TABLES } from "../convert/mod.ts";
import { bytesSource, parsePerfFile, type PerfFile, replayReport } from "../mod.ts";
import { payloadQueues } from "../packets/mod.ts";
import { checkFile, RecordType } from "../parsers/perf/mod.ts";
import { collectReport } from "../report/mod.ts";
import { everyRecordOf } from "../testing/every_record.ts";
import { type EventSpec, PerfFileBuilder, SampleType } from "../testing/perf_builder.ts";
import { recordFields, recordLine } from "./actions/_record_text.ts";

const HEADER_SIZE = 8;
/** Which sizes of a record tell the size of a payload after it. */
const PAYLOAD_TOLD = new Map<number, (size: number) => boolean>([
  [RecordType.Auxtrace, (size) => size >= 16],
  [RecordType.HeaderTracingData, (size) => size === 12 || size === 16],
]);

/** The ways in which records have, or lack, an id. */
const ID_BITS = [0, SampleType.Id, SampleType.Identifier] as const;
const OTHER_BITS = SampleType.Tid | SampleType.Time | SampleType.Cpu | SampleType.Aux;

/** Records of every type but the compressed ones, each cut to every size. */
function shortRecords(byteOrder: "little" | "big", events: readonly EventSpec[]): PerfFileBuilder {
  const file = new PerfFileBuilder({ byteOrder, events });
  const id = { id: 2n, pid: 102, tid: 103, timeNs: 104n, cpu: 3 };
  for (const record of everyRecordOf(events[0]!)) {
    if (record.type === RecordType.Compressed || record.type === RecordType.Compressed2) continue;
    const whole = file.encode(record, id);
    for (let size = HEADER_SIZE; size <= whole.length; size++) {
      const bytes = whole.slice(0, size);
      new DataView(bytes.buffer).setUint16(6, size, byteOrder === "little");
      file.raw(bytes);
      const { payload } = record;
      if (payload && PAYLOAD_TOLD.get(record.type)!(size)) file.raw(payload);
    }
  }
  return file;
}

/** Everything that reads a recording, by name. */
const readers: Readonly<Record<string, (file: PerfFile) => unknown>> = {
  dump(file) {
    const cursor = file.recordCursor();
    while (cursor.next()) {
      recordLine(cursor);
      recordFields(cursor);
    }
    assertEquals(cursor.cut, null);
  },
  check: checkFile,
  replay: replayReport,
  tables: (file) =>
    tableBatches(file, { name: "x", tables: Object.keys(TABLES) as TableName[] }).forEach(() => {}),
  perfetto: (file) => perfettoPackets(file).forEach(() => {}),
  payload: (file) => payloadQueues(file).queues.map(({ items }) => [...items()]),
  report: (file) => collectReport(file, { name: "x" }).forEach(() => {}),
  "records in time order": (file) => file.records({ order: "time" }).forEach(() => {}),
};

Deno.test("every reader of recordings passes records of every type and size", () => {
  for (const byteOrder of ["little", "big"] as const) {
    for (const bits of ID_BITS) {
      const event: EventSpec = { ids: [1n], sampleType: bits | OTHER_BITS, flags: ["sampleIdAll"] };
      for (const events of [[event], [event, { ...event, ids: [2n] }]]) {
        const file = parsePerfFile(bytesSource(shortRecords(byteOrder, events).bytes()));
        for (const read of Object.values(readers)) read(file);
      }
    }
  }
});
