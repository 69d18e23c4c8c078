import { assertEquals } from "@std/assert";
import { oracleTest } from "../testing/corpus.ts";
import { cyclesAt, timeConversion } from "./_time_conversion.ts";
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

// perf_event.h: quotient and remainder of the time by `time_mult`, each shifted.
Deno.test("cyclesAt() converts a time to cycles without losing bits", () => {
  const of = { timeShift: 4n, timeMult: 3n, timeZero: 100n };
  const at = (timeNs: bigint) => cyclesAt(timeNs, of as Parameters<typeof cyclesAt>[1]);
  assertEquals([at(100n), at(101n), at(102n), at(103n)], [0n, 5n, 10n, 16n]);
  assertEquals([at(111n), at(112n)], [58n, 64n]);
  assertEquals(at(99n), ((2n ** 64n - 1n) / 3n * 16n) % 2n ** 64n);
});
