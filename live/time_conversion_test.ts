import { assertEquals } from "@std/assert";
import { oracleTest } from "../testing/corpus.ts";
import { timeConversion } from "./_time_conversion.ts";
import { openDataRing, perfEventOpen } from "./mod.ts";

Deno.test("timeConversion() reads the fields where perf_event.h has them", () => {
  const page = new ArrayBuffer(4096);
  const view = new DataView(page);
  view.setUint32(8, 4, true);
  view.setBigUint64(40, 0b110010n, true);
  view.setUint16(50, 31, true);
  view.setUint32(52, 0x5555_5555, true);
  view.setBigUint64(64, 77n, true);
  view.setBigUint64(80, 88n, true);
  view.setBigUint64(88, 0xffffn, true);
  assertEquals(timeConversion(page), {
    timeShift: 31n,
    timeMult: 0x5555_5555n,
    timeZero: 77n,
    capUserTimeZero: true,
    capUserTimeShort: true,
    timeCycles: 88n,
    timeMask: 0xffffn,
  });
  view.setBigUint64(40, 0b000010n, true);
  assertEquals(timeConversion(page).capUserTimeZero, false);
});

oracleTest("timeConversion() ends on a real page", ["perf events"], () => {
  using event = perfEventOpen({ type: 1, flags: ["excludeKernel"] });
  using ring = openDataRing(event, { size: 4096 });
  const { timeMult, timeShift } = timeConversion(ring.page);
  assertEquals([timeMult < 1n << 32n, timeShift < 64n], [true, true]);
});
