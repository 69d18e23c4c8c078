import { assertEquals } from "@std/assert";
import {
  encodeRecord,
  type EventSpec,
  read,
  ReadFormat,
  type ReadSpec,
  SampleType,
} from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole } from "../../../testing/record_assertions.ts";

const BITS = [
  ReadFormat.TotalTimeEnabled,
  ReadFormat.TotalTimeRunning,
  ReadFormat.Id,
  ReadFormat.Group,
  ReadFormat.Lost,
];

/** The group of the kernel's own sample-parsing test. */
const GROUP = [
  { value: 1n, id: 5n, lost: 0n },
  { value: 9n, id: 3n, lost: 0n },
  { value: 2n, id: 7n, lost: 0n },
  { value: 6n, id: 4n, lost: 1n },
];

/** All sums of {@linkcode BITS}. */
const formats = Array.from(
  { length: 1 << BITS.length },
  (_, n) => BITS.reduce((sum, bit, i) => n & 1 << i ? sum | bit : sum, 0),
);

Deno.test("decodeRead() honours each combination of read_format", () => {
  for (const readFormat of formats) {
    const has = (bit: number) => (readFormat & bit) !== 0;
    const given = has(ReadFormat.Group) ? GROUP : GROUP.slice(3);
    const values: ReadSpec = { values: given, enabled: 10n, running: 11n };
    const event: EventSpec = { readFormat };
    assertRecord(read(event, { pid: 102, tid: 103, values }), {
      type: "read",
      pid: 102,
      tid: 103,
      read: {
        timeEnabled: has(ReadFormat.TotalTimeEnabled) ? 10n : null,
        timeRunning: has(ReadFormat.TotalTimeRunning) ? 11n : null,
        values: given.map(({ value, id, lost }) => ({
          value,
          id: has(ReadFormat.Id) ? id : null,
          lost: has(ReadFormat.Lost) ? lost : null,
        })),
      },
    }, { event });
  }
});

Deno.test("decodeRead() ends the values before the trailer", () => {
  const event: EventSpec = {
    sampleType: SampleType.Tid | SampleType.Identifier,
    flags: ["sampleIdAll"],
  };
  const spec = read(event, { pid: 102, tid: 103, values: { values: [{ value: 1n }] } });
  const bytes = encodeRecord(true, spec, { event, values: { pid: 102, tid: 103, id: 106n } });
  const record = decodeWhole(bytes, true, event);
  if (record.type !== "read") throw new TypeError(record.type);
  assertEquals(record.sampleId?.id, 106n);
  assertEquals(record.read.values, [{ value: 1n, id: null, lost: null }]);
});

Deno.test("decodeRead() needs the event", () => {
  const spec = read({}, { pid: 102, tid: 103, values: { values: [{ value: 1n }] } });
  const record = decodeWhole(encodeRecord(true, spec), true);
  assertEquals(record.type === "raw" && record.error?.fault, "unsupported");
});
