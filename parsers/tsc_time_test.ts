import { assertEquals, assertThrows } from "@std/assert";
import { completeTsc, nsToTsc, type TscTime, tscToNs } from "./tsc_time.ts";

const U64 = 2n ** 64n;

Deno.test("completeTsc() takes the value nearest to the reference", () => {
  const low = 0x00bc_4cd2_cfe8n;
  assertEquals(completeTsc(low, low), low);
  assertEquals(completeTsc(low, 0x12n << 56n | low + 1000n), 0x12n << 56n | low);
  assertEquals(completeTsc(2n ** 56n - 1n, 0x13n << 56n), (0x13n << 56n) - 1n);
  assertEquals(completeTsc(1n, (0x13n << 56n) - 1n), (0x13n << 56n) + 1n);
  assertEquals(completeTsc(5n, U64 - 1n), 5n);
  for (const distance of [0n, 1n, 2n ** 55n - 1n, 1n - 2n ** 55n]) {
    const tsc = (0x7fn << 56n) + distance;
    assertEquals(completeTsc(BigInt.asUintN(56, tsc), 0x7fn << 56n), tsc);
  }
});

Deno.test("tscToNs() and nsToTsc() follow the formula of perf_event.h", () => {
  const time: TscTime = { timeShift: 31n, timeMult: 1_023_410_176n, timeZero: 123n };
  // 2^31 ticks are timeMult nanoseconds.
  assertEquals(tscToNs(0n, time), 123n);
  assertEquals(tscToNs(2n ** 31n, time), 123n + 1_023_410_176n);
  assertEquals(tscToNs(3n * 2n ** 31n + 2n ** 30n, time), 123n + 3_581_935_616n);
  assertEquals(nsToTsc(123n + 1_023_410_176n, time), 2n ** 31n);
  assertEquals(nsToTsc(123n + 511_705_088n, time), 2n ** 30n);
  for (const tsc of [1n, 12_345_678_901n, 2n ** 50n + 7n]) {
    const ns = tscToNs(tsc, time);
    assertEquals(tscToNs(nsToTsc(ns, time), time) - ns <= 0n, true);
    assertEquals(ns - tscToNs(nsToTsc(ns, time), time) <= 1n, true);
  }
});

Deno.test("tscToNs() and nsToTsc() wrap at 2^64", () => {
  const time: TscTime = { timeShift: 0n, timeMult: 1n, timeZero: U64 - 10n };
  assertEquals(tscToNs(11n, time), 1n);
  assertEquals(nsToTsc(1n, time), 11n);
  assertEquals(tscToNs(U64 - 1n, { timeShift: 1n, timeMult: 4n, timeZero: 0n }), U64 - 2n);
});

// Calculated by hand from the formulas of perf_event.h.
Deno.test("tscToNs() and nsToTsc() wrap at 2^64 before they divide", () => {
  // The elapsed time is 2^64 - 3, a third of which is 6148914691236517204 and a rest of 1.
  const time: TscTime = { timeShift: 1n, timeMult: 3n, timeZero: 4n };
  assertEquals(nsToTsc(1n, time), 12297829382473034408n);
  const short: TscTime = {
    timeShift: 1n,
    timeMult: 1n,
    timeZero: 0n,
    timeCycles: U64 - 1n,
    timeMask: 0xffn,
    capUserTimeShort: true,
  };
  assertEquals(tscToNs(0n, short), 0n);
  assertEquals(tscToNs(6n, { ...short, timeCycles: 2n ** 63n + 2n }), 2n ** 62n + 3n);
});

Deno.test("tscToNs() extends a short counter from its last reading", () => {
  const time: TscTime = {
    timeShift: 0n,
    timeMult: 1n,
    timeZero: 0n,
    timeCycles: 0x1_0000_fff0n,
    timeMask: 0xffff_ffffn,
    capUserTimeShort: true,
  };
  assertEquals(tscToNs(0x0000_fff8n, time), 0x1_0000_fff8n);
  assertEquals(tscToNs(0x0000_ffe8n, time), 0x2_0000_ffe8n);
  assertEquals(tscToNs(0x0000_ffe8n, { ...time, capUserTimeShort: false }), 0x0000_ffe8n);
  // As of the kernel's perf_event.h, the first reading may be 0.
  assertEquals(tscToNs(0x1_0000_0005n, { ...time, timeCycles: 0n }), 5n);
  for (const unknown of [null, undefined]) {
    assertEquals(tscToNs(0x1_0000_0005n, { ...time, timeCycles: unknown! }), 0x1_0000_0005n);
    assertEquals(tscToNs(0x1_0000_0005n, { ...time, timeMask: unknown! }), 0x1_0000_0005n);
  }
});

Deno.test("tscToNs() and nsToTsc() refuse a shift above 63 and a factor of 0", () => {
  for (const bad of [{ timeShift: 64n, timeMult: 1n }, { timeShift: 0n, timeMult: 0n }]) {
    assertThrows(() => tscToNs(1n, { ...bad, timeZero: 0n }), RangeError);
    assertThrows(() => nsToTsc(1n, { ...bad, timeZero: 0n }), RangeError);
  }
});
