import { assertEquals } from "@std/assert";
import { bytes, count, counted, percent, position, sinceStart } from "./words.ts";
import { queueName } from "../text/mod.ts";

Deno.test("count() groups digits, counted() says of what", () => {
  assertEquals(
    [0, 999, 1000, 1234567].map(count),
    ["0", "999", "1\u202f000", "1\u202f234\u202f567"],
  );
  assertEquals([counted(1, "tail"), counted(2, "tail")], ["1 tail", "2 tails"]);
});

Deno.test("bytes() keeps number and unit together", () => {
  assertEquals(
    [0, 1536, 2 ** 32].map(bytes),
    ["0\u00a0B", "1.5\u00a0KiB", "4\u00a0GiB"],
  );
});

Deno.test("percent() never rounds up to the whole", () => {
  const shares = [[0, 0], [0, 9], [1, 1e6], [1, 2000], [1, 30], [2, 3], [999, 1000], [
    3,
    3,
  ]] as const;
  assertEquals(
    shares.map(([part, whole]) => percent(part, whole).replace("\u00a0", " ")),
    ["0 %", "0 %", "< 0.01 %", "0.05 %", "3.3 %", "67 %", "99 %", "100 %"],
  );
});

Deno.test("queueName() names CPU, thread, or neither", () => {
  assertEquals(queueName({ idx: 3, cpu: 1, tid: 9 }), "queue 3 (CPU 1)");
  assertEquals(queueName({ idx: 0, cpu: null, tid: 9 }), "queue 0 (thread 9)");
  assertEquals(queueName({ idx: null, cpu: null, tid: null }), "no owner");
});

Deno.test("sinceStart() and position() write exact values", () => {
  assertEquals(sinceStart(812_349_078_901n, 812_000_000_000n), "+0.349078901\u00a0s");
  assertEquals(sinceStart(1n, 2n), "-0.000000001\u00a0s");
  assertEquals([position(2n ** 63n, true), position(16n, false)], ["0x8000000000000000", "~0x10"]);
});
