import { assertEquals } from "@std/assert";
import { byteLabels, exactPlace, splits, timeLabels } from "./ticks.ts";

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
