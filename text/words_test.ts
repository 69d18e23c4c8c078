import { assertEquals } from "@std/assert";
import {
  countText,
  formatBytes,
  formatSeconds,
  formatTime,
  ownerName,
  plural,
  queueName,
  shortBytes,
  snakeCase,
} from "./mod.ts";

Deno.test("formatBytes() changes the unit at 1024, and rounds to three digits", () => {
  const KIB = 1024;
  for (
    const [bytes, text, short] of [
      [0, "0 bytes", "0 B"],
      [1, "1 byte", "1 B"],
      [2, "2 bytes", "2 B"],
      [1023, "1023 bytes", "1023 B"],
      [1024, "1 KiB", "1 KiB"],
      [1536, "1.5 KiB", "1.5 KiB"],
      [10.24 * KIB, "10.2 KiB", "10.2 KiB"],
      [99 * KIB, "99 KiB", "99 KiB"],
      [99.94 * KIB, "99.9 KiB", "99.9 KiB"],
      [100 * KIB, "100 KiB", "100 KiB"],
      [100.4 * KIB, "100 KiB", "100 KiB"],
      [101 * KIB, "101 KiB", "101 KiB"],
      [1000 * KIB, "1000 KiB", "1000 KiB"],
      [1023.4 * KIB, "1023 KiB", "1023 KiB"],
      [2 ** 20, "1 MiB", "1 MiB"],
      [4 * 2 ** 30, "4 GiB", "4 GiB"],
      [2 ** 40, "1 TiB", "1 TiB"],
      [2 ** 50, "1 PiB", "1 PiB"],
      [2 ** 60, "1 EiB", "1 EiB"],
      [2 ** 70, "1024 EiB", "1024 EiB"],
    ] as const
  ) {
    assertEquals([bytes, formatBytes(bytes), shortBytes(bytes)], [bytes, text, short]);
  }
});

Deno.test("formatSeconds() takes a unit of which there are two or more", () => {
  for (
    const [seconds, text] of [
      [0, "0 s"],
      [0.001, "< 10 ms"],
      [0.0099, "< 10 ms"],
      [0.01, "0.01 s"],
      [0.0123456, "0.0123 s"],
      [0.999, "0.999 s"],
      [1, "1 s"],
      [1.99, "1.99 s"],
      [2, "2 s"],
      [99.94, "99.9 s"],
      [119, "119 s"],
      [120, "2 min"],
      [150, "2.5 min"],
      [7199, "120 min"],
      [7140, "119 min"],
      [7200, "2 h"],
      [9000, "2.5 h"],
      [172_799, "48 h"],
      [172_800, "2 days"],
      [216_000, "2.5 days"],
      [8_640_000, "100 days"],
    ] as const
  ) {
    assertEquals([seconds, formatSeconds(seconds)], [seconds, text]);
  }
});

Deno.test("formatTime() writes seconds and all nine digits of the rest", () => {
  for (
    const [timeNs, text] of [
      [0n, "0.000000000"],
      [1n, "0.000000001"],
      [10n, "0.000000010"],
      [999_999_999n, "0.999999999"],
      [1_000_000_000n, "1.000000000"],
      [1_000_000_001n, "1.000000001"],
      [1_234_567_890_123_456_789n, "1234567890.123456789"],
      [2n ** 64n - 1n, "18446744073.709551615"],
    ] as const
  ) {
    assertEquals(formatTime(timeNs), text);
  }
});

Deno.test("queueName() and ownerName() prefer the CPU, and say that there is no owner", () => {
  const owners = [
    [{ cpu: 3, tid: null }, "CPU 3"],
    [{ cpu: 0, tid: 9 }, "CPU 0"],
    [{ cpu: null, tid: 0 }, "thread 0"],
    [{ cpu: null, tid: 1234 }, "thread 1234"],
    [{ cpu: null, tid: null }, "no owner"],
  ] as const;
  for (const [owner, name] of owners) {
    assertEquals(ownerName(owner), name);
    assertEquals(queueName({ idx: null, ...owner }), name);
    assertEquals(queueName({ idx: 0, ...owner }), `queue 0 (${name})`);
    assertEquals(queueName({ idx: 17, ...owner }), `queue 17 (${name})`);
  }
});

Deno.test("plural() adds an s to all numbers but 1", () => {
  const texts = [0, 1, 2, 10, 11].map((count) => plural(count, "queue"));
  assertEquals(texts, ["0 queues", "1 queue", "2 queues", "10 queues", "11 queues"]);
});

Deno.test("snakeCase() puts a line before each capital", () => {
  const names = ["cpu", "auxOffset", "timeCtcFreq", "A", "mtcFreqBits"].map(snakeCase);
  assertEquals(names, ["cpu", "aux_offset", "time_ctc_freq", "_a", "mtc_freq_bits"]);
});

Deno.test("sizes and counts that stop at 2^53 - 1 are written as bounds", () => {
  const most = Number.MAX_SAFE_INTEGER;
  assertEquals([formatBytes(most), shortBytes(most)], ["at least 8 PiB", "at least 8 PiB"]);
  assertEquals([formatBytes(most - 1), formatBytes(2 ** 53)], ["8 PiB", "8 PiB"]);
  assertEquals(countText(most - 1), "9007199254740990");
  assertEquals(countText(most), "at least 9007199254740991");
  assertEquals(plural(most, "record"), "at least 9007199254740991 records");
});
