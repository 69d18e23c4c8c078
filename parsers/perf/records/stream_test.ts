import { assertEquals } from "@std/assert";
import {
  compressed,
  compressed2,
  encodeRecord,
  finishedInit,
  finishedRound,
  timeConv,
} from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole, sizes } from "../../../testing/record_assertions.ts";

const conversion = { timeShift: 31n, timeMult: 1431655765n, timeZero: 0xffff_ffff_ffff_0000n };
const short = { shift: 31n, mult: 1431655765n, zero: 0xffff_ffff_ffff_0000n };

Deno.test("decodeFinishedRound() and decodeFinishedInit() have nothing but the header", () => {
  assertRecord(finishedRound, { type: "finished_round" });
  assertRecord(finishedInit, { type: "finished_init" });
});

Deno.test("decodeCompressed() accepts any size", () => {
  const spec = compressed(new Uint8Array(13));
  assertRecord(spec, { type: "compressed", compressedSize: 13 }, { shorter: sizes(0, 13) });
});

Deno.test("decodeCompressed2() leaves the padding out", () => {
  const spec = compressed2(new Uint8Array(13));
  assertRecord(spec, { type: "compressed2", compressedSize: 13 }, { shorter: sizes(8, 24) });
});

Deno.test("decodeCompressed2() takes all bytes where the size is too large", () => {
  const bytes = encodeRecord(true, compressed2(new Uint8Array(16))).with(10, 1);
  const record = decodeWhole(bytes, true);
  assertEquals(record.type === "compressed2" && record.compressedSize, 16);
});

Deno.test("decodeTimeConv() decodes the short form", () => {
  assertRecord(timeConv(short), {
    type: "time_conv",
    ...conversion,
    timeCycles: null,
    timeMask: null,
    capUserTimeZero: null,
    capUserTimeShort: null,
  });
});

Deno.test("decodeTimeConv() decodes the long form", () => {
  const cycles = { timeCycles: 5n, timeMask: 0xff_ffff_ffff_ffffn, capZero: 1, capShort: 0 };
  assertRecord(timeConv({ ...short, cycles }), {
    type: "time_conv",
    ...conversion,
    timeCycles: 5n,
    timeMask: 0xff_ffff_ffff_ffffn,
    capUserTimeZero: true,
    capUserTimeShort: false,
  }, { shorter: sizes(24, 48) });
});
