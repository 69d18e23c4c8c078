import { assertEquals } from "@std/assert";
import { byteLabels, exactPlace, splits, timeLabels, xLabels } from "./ticks.ts";

const GIB = 2 ** 30;

Deno.test("splits() are the multiples of the step, and few, however large the range", () => {
  assertEquals(splits(0.5, 3.5, 1), [1, 2, 3]);
  assertEquals(splits(-3, 3, 2), [-2, 0, 2]);
  assertEquals(splits(2 ** 63, 2 ** 63 + 4096, 1).length, 64);
  assertEquals(splits(5, 4, 1), []);
});

Deno.test("byteLabels() have units where the step is large, and are hexadecimal where it is small", () => {
  assertEquals(byteLabels([0, 2 * GIB, 4 * GIB], 2 * GIB), ["0", "2 GiB", "4 GiB"]);
  assertEquals(byteLabels([GIB / 2, GIB], GIB / 2), ["0.5 GiB", "1 GiB"]);
  assertEquals(byteLabels([4 * GIB, 4 * GIB + 64], 64), ["0x100000000", "0x100000040"]);
  assertEquals(byteLabels([0, 512], 512), ["0", "512 B"]);
});

Deno.test("timeLabels() have as many digits as the step", () => {
  assertEquals(timeLabels([0, 0.5, 1], 0.5), ["0.0 s", "0.5 s", "1.0 s"]);
  assertEquals(timeLabels([1234.567, 1234.568], 0.001), ["1234.567 s", "1234.568 s"]);
  assertEquals(timeLabels([0.002, 0.004], 0.002), ["2 ms", "4 ms"]);
  assertEquals(timeLabels([0, 2e-8], 2e-8), ["0 ns", "20 ns"]);
});

Deno.test("exactPlace() keeps nine digits of a time, and all of a position", () => {
  assertEquals(exactPlace("time", 3.214567891), "+3.21456789 s");
  assertEquals(exactPlace("time", -0.0005), "-500 \u00b5s");
  assertEquals(exactPlace("file", 0x58818), "file 0x58818");
});

Deno.test("byteLabels() change unit at every power of 1024, and to digits below an eighth of it", () => {
  assertEquals(byteLabels([1023], 512), ["1023 B"]);
  assertEquals(byteLabels([1024], 512), ["1 KiB"]);
  assertEquals(byteLabels([1024 ** 2 - 1024], 1024), ["1023 KiB"]);
  assertEquals(byteLabels([1024 ** 2], 2 ** 17), ["1 MiB"]);
  assertEquals(byteLabels([1024 ** 2], 2 ** 16), ["0x100000"]);
  assertEquals(byteLabels([2 ** 63], 2 ** 60), ["8 EiB"]);
  assertEquals(byteLabels([-2048, 0], 1024), ["-2 KiB", "0"]);
});

Deno.test("timeLabels() and exactPlace() change unit at 1 s, 1 ms and 1 us", () => {
  const units = [1, 0.999, 1e-3, 9.99e-4, 1e-6, 9.99e-7].map((at) => timeLabels([at], at));
  const expected = ["1 s", "999 ms", "1 ms", "999 \u00b5s", "1 \u00b5s", "999 ns"];
  assertEquals(units.flat().map((label) => label.replace(/\.0+ /, " ")), expected);
  assertEquals(exactPlace("time", 0), "+0 s");
  assertEquals(exactPlace("time", -1e-9), "-1 ns");
});

Deno.test("splits() have the ends of the range, and at most 64 ticks", () => {
  assertEquals(splits(2, 6, 2), [2, 4, 6]);
  assertEquals([splits(0, 63, 1).length, splits(0, 64, 1).length], [64, 64]);
  assertEquals([xLabels("file", [], 1), xLabels("time", [2], 1)], [[], ["2 s"]]);
});
