import { assertEquals } from "@std/assert";
import { carryOver, pieces } from "../../testing/packet_pieces.ts";
import {
  speAddress,
  speContext,
  speCounter,
  speDataSource,
  speEnd,
  speEvents,
  speInstruction,
  speOperation,
  spePad,
  spePhysical,
  speTimestamp,
} from "../../testing/spe_packets.ts";
import { SpeKind, type SpeRecord, SpeRecordCursor, speRecords } from "./mod.ts";

const load = [
  ...speAddress(0, speInstruction(0xffff800012345678n, { el: 1, nonSecure: true })),
  ...speContext(1, 4242),
  ...speContext(2, 1),
  ...speOperation(1, 0x00),
  ...speEvents([1, 2, 4], 2),
  ...speCounter(0, 34),
  ...speCounter(1, 5),
  ...speCounter(2, 1),
  ...speAddress(2, 0x5a00ffff12345678n),
  ...speAddress(3, spePhysical(0x80001678n, { nonSecure: true, checked: false, pat: 0 })),
  ...speDataSource(8),
  ...speTimestamp(1234567890123n),
];
const branch = [
  ...speAddress(0, speInstruction(0x401280n, { el: 0, nonSecure: true })),
  ...speAddress(1, speInstruction(0x401290n, { el: 0, nonSecure: true })),
  ...speAddress(4, speInstruction(0x401270n, { el: 0, nonSecure: true })),
  ...speOperation(2, 0x01),
  ...speEnd,
];
const padding = Array(5).fill(spePad[0]) as number[];

const EMPTY = {
  complete: true,
  damagedBytes: 0,
  pc: null,
  target: null,
  previousTarget: null,
  va: null,
  pa: null,
  totalLatency: null,
  issueLatency: null,
  translationLatency: null,
  events: null,
  operation: null,
  dataSource: null,
  contextEl1: null,
  contextEl2: null,
  timestamp: null,
};

Deno.test("speRecords() puts the packets of an operation together", () => {
  const bytes = Uint8Array.from([...padding, ...load, ...padding, ...branch, ...padding]);
  const [first, second, ...rest] = speRecords(bytes);
  assertEquals(rest, []);
  const { events, operation, ...others } = first!;
  assertEquals(others, {
    offset: 5,
    size: load.length,
    complete: true,
    damagedBytes: 0,
    pc: { address: 0xffff800012345678n, el: 1, nonSecure: true, nse: false },
    target: null,
    previousTarget: null,
    va: { address: 0x0000ffff12345678n, tag: 0x5a },
    pa: { address: 0x80001678n, nonSecure: true, nse: false, checked: false, pat: 0 },
    totalLatency: 34,
    issueLatency: 5,
    translationLatency: 1,
    dataSource: 8,
    contextEl1: 4242,
    contextEl2: 1,
    timestamp: 1234567890123n,
  });
  assertEquals(
    [events?.bitmap, events?.retired, events?.l1dAccess, events?.tlbAccess, events?.tlbWalk],
    [0x16n, true, true, true, false],
  );
  assertEquals([operation?.class, operation?.group], ["load", "general"]);
  assertEquals(second, {
    ...EMPTY,
    offset: 10 + load.length,
    size: branch.length,
    pc: { address: 0x401280n, el: 0, nonSecure: true, nse: false },
    target: { address: 0x401290n, el: 0, nonSecure: true, nse: false },
    previousTarget: { address: 0x401270n, el: 0, nonSecure: true, nse: false },
    operation: second!.operation,
  });
  assertEquals([second!.operation?.class, second!.operation?.conditional], ["branch", true]);
});

Deno.test("SpeRecordCursor reads the same records wherever the stream is cut into pieces", () => {
  const bytes = Uint8Array.from([...padding, ...load, ...branch, ...padding, 0xff, ...load]);
  const whole = [...speRecords(bytes)];
  assertEquals(whole.map(({ damagedBytes }) => damagedBytes), [0, 0, 1]);
  for (let size = 1; size < bytes.length; size++) {
    assertEquals(readRecords(pieces(bytes, [size])), whole);
  }
});

Deno.test("SpeRecordCursor makes a record of what the stream's end leaves open", () => {
  const bytes = Uint8Array.from([...branch, ...speCounter(0, 34), ...padding, 0xb0, 1]);
  const [, open, ...rest] = speRecords(bytes);
  assertEquals(rest, []);
  assertEquals(open, {
    ...EMPTY,
    offset: branch.length,
    size: 10,
    complete: false,
    damagedBytes: 2,
    totalLatency: 34,
  });
});

Deno.test("SpeRecordCursor forgets the record before", () => {
  const cursor = new SpeRecordCursor(Uint8Array.from([...load, ...branch]));
  assertEquals([cursor.next(), cursor.has(SpeKind.Va), cursor.has(SpeKind.End)], [
    true,
    true,
    false,
  ]);
  assertEquals([cursor.next(), cursor.has(SpeKind.Va), cursor.has(SpeKind.End)], [
    true,
    false,
    true,
  ]);
  assertEquals([cursor.next(), cursor.rest], [false, 0]);
});

function readRecords(parts: Iterable<Uint8Array>): SpeRecord[] {
  const records: SpeRecord[] = [];
  const cursor = new SpeRecordCursor();
  carryOver(parts, (piece) => {
    cursor.refill(piece);
    while (cursor.next()) records.push(cursor.toRecord());
    return cursor.rest;
  });
  cursor.end();
  while (cursor.next()) records.push(cursor.toRecord());
  return records;
}

Deno.test("SpeRecordCursor has nothing under it before the first record, and never bytes", () => {
  const records = new SpeRecordCursor(Uint8Array.from(branch));
  const { bytes, start, offset, size, isComplete, damagedBytes, operationClass } = records;
  assertEquals([bytes.length, start, offset, size], [0, 0, 0, 0]);
  assertEquals([isComplete, damagedBytes, operationClass], [false, 0, 0]);
  assertEquals([records.next(), records.bytes.length, records.start], [true, 0, 0]);
});

// The header of a data source packet with a payload of 8 bytes.
Deno.test("speRecords() gives numbers of more than 32 bits", () => {
  const bytes = [0x73, 3, 0, 0, 0, 2, 0, 0, 0, 0x01];
  const [record] = speRecords(Uint8Array.from(bytes));
  assertEquals(record!.dataSource, 8_589_934_595);
});
