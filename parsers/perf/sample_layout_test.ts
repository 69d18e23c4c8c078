import { assertEquals } from "@std/assert";
import {
  auxEvent,
  comm,
  type EventSpec,
  PerfFileBuilder,
  sample,
  SampleType,
} from "../../testing/perf_builder.ts";
import { bytesSource } from "../byte_source.ts";
import { Cursor } from "../cursor.ts";
import { decodeAttr } from "./attr.ts";
import { parsePerfFile } from "./perf_file.ts";
import { sampleLayout } from "./sample_layout.ts";

const EVERY = SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time |
  SampleType.Addr | SampleType.Id | SampleType.StreamId | SampleType.Cpu | SampleType.Period;

function layoutOf(sampleType: number, sampleIdAll: boolean) {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(24, BigInt(sampleType), true);
  view.setBigUint64(40, sampleIdAll ? 1n << 18n : 0n, true);
  return sampleLayout(decodeAttr(new Cursor(bytes, 0, true, "perf_event_attr"), 64));
}

Deno.test("sampleLayout() places fields as the kernel writes them", () => {
  const layout = layoutOf(EVERY, true);
  assertEquals(layout.sample, {
    id: 8,
    ip: 16,
    tid: 24,
    time: 32,
    addr: 40,
    streamId: 56, // after ID
    cpu: 64,
    period: 72,
  });
  assertEquals(layout.trailer, { id: 8, tid: 48, time: 40, cpu: 16 });
  assertEquals(layout.trailerSize, 48);
});

Deno.test("sampleLayout() takes ID where there is no IDENTIFIER", () => {
  const { sample, trailer } = layoutOf(SampleType.Ip | SampleType.Id | SampleType.Cpu, true);
  const none = { tid: -1, time: -1, addr: -1, streamId: -1, period: -1 };
  assertEquals(sample, { ...none, ip: 8, id: 16, cpu: 24 });
  assertEquals(trailer, { id: 16, tid: -1, time: -1, cpu: 8 });
});

Deno.test("sampleLayout() has no trailer without sample_id_all", () => {
  const { trailer, trailerSize, sampleIdAll } = layoutOf(EVERY, false);
  assertEquals([sampleIdAll, trailerSize], [false, 0]);
  assertEquals(trailer, { id: -1, tid: -1, time: -1, cpu: -1 });
});

Deno.test("event, id, timeNs, cpu, pid and tid are read at those places in both byte orders", () => {
  const sampleType = EVERY;
  const events: EventSpec[] = [
    { name: "a", ids: [5n], sampleType, flags: ["sampleIdAll"] },
    { name: "b", ids: [6n, 0x1_0000_0006n], sampleType, flags: ["sampleIdAll"] },
  ];
  const values = { pid: 11, tid: 12, timeNs: 0x1_0000_0002n, cpu: 3, streamId: 9n };
  for (const byteOrder of ["little", "big"] as const) {
    const file = new PerfFileBuilder({ byteOrder, events });
    for (const id of [5n, 6n, 0x1_0000_0006n, 0n, 7n]) {
      file.add(comm({ pid: 1, tid: 1, comm: "x" }), { ...values, id });
      file.add(sample(events[0]!, { ...values, id, ip: 1n, addr: 2n, period: 4n }));
    }
    const cursor = parsePerfFile(bytesSource(file.bytes())).recordCursor();
    const owners: (number | undefined)[] = [];
    const ids: (bigint | null)[] = [];
    while (cursor.next()) {
      owners.push(cursor.event?.index);
      ids.push(cursor.id);
      if (cursor.event === null) continue;
      const { timeNs, cpu, pid, tid } = cursor;
      assertEquals([timeNs, cpu, pid, tid], [0x1_0000_0002n, 3, 11, 12]);
    }
    assertEquals(owners, [0, 0, 1, 1, 1, 1, 0, 0, undefined, undefined]);
    const large = 0x1_0000_0006n;
    assertEquals(ids, [5n, 5n, 6n, 6n, large, large, null, null, 7n, 7n]);
  }
});

Deno.test("a single event owns every record, whatever its id", () => {
  const file = new PerfFileBuilder({ events: [auxEvent("x", 1)] });
  file.add(comm({ pid: 1, tid: 1, comm: "x" }), { id: 77n, timeNs: 1n });
  const cursor = parsePerfFile(bytesSource(file.bytes())).recordCursor();
  assertEquals([cursor.next(), cursor.event?.index, cursor.id], [true, 0, 77n]);
});

Deno.test("without sample_id_all the first event owns all but samples", () => {
  const sampleType = SampleType.Identifier;
  const events: EventSpec[] = [{ ids: [5n], sampleType }, { ids: [6n], sampleType }];
  const file = new PerfFileBuilder({ events });
  file.add(comm({ pid: 1, tid: 1, comm: "x" }), { id: 6n });
  file.add(sample(events[1]!, { id: 6n }));
  const cursor = parsePerfFile(bytesSource(file.bytes())).recordCursor();
  const owners: (number | undefined)[] = [];
  while (cursor.next()) owners.push(cursor.event?.index);
  assertEquals(owners, [0, 1]);
});

Deno.test("records that perf made up have no time, cpu or thread of their own", () => {
  const file = new PerfFileBuilder().add(comm({ pid: 1, tid: 1, comm: "x" }));
  const cursor = parsePerfFile(bytesSource(file.bytes())).recordCursor();
  cursor.next();
  const { timeNs, cpu, pid, tid } = cursor;
  assertEquals([timeNs, cpu, pid, tid], [null, null, null, null]);
});
