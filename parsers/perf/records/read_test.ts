import { assertEquals } from "@std/assert";
import {
  encodeRecord,
  type EventSpec,
  read,
  ReadBit,
  type ReadSpec,
  SampleBit,
} from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole } from "./_assert_record.ts";

const BITS = [
  ReadBit.totalTimeEnabled,
  ReadBit.totalTimeRunning,
  ReadBit.id,
  ReadBit.group,
  ReadBit.lost,
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
  (_, n) => BITS.reduce((sum, bit, i) => n & 1 << i ? sum | bit : sum, 0n),
);

Deno.test("decodeRead() honours each combination of read_format", () => {
  for (const readFormat of formats) {
    const has = (bit: bigint) => (readFormat & bit) !== 0n;
    const given = has(ReadBit.group) ? GROUP : GROUP.slice(3);
    const values: ReadSpec = { values: given, enabled: 10n, running: 11n };
    const event: EventSpec = { readFormat };
    assertRecord(read(event, { pid: 102, tid: 103, values }), {
      type: "read",
      pid: 102,
      tid: 103,
      read: {
        timeEnabled: has(ReadBit.totalTimeEnabled) ? 10n : null,
        timeRunning: has(ReadBit.totalTimeRunning) ? 11n : null,
        values: given.map(({ value, id, lost }) => ({
          value,
          id: has(ReadBit.id) ? id : null,
          lost: has(ReadBit.lost) ? lost : null,
        })),
      },
    }, { event });
  }
});

Deno.test("decodeRead() ends the values before the trailer", () => {
  const event: EventSpec = {
    sampleType: SampleBit.tid | SampleBit.identifier,
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
