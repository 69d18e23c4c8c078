import { assertEquals } from "@std/assert";
import { Announcements } from "./announcements.ts";
import { lastTailOf } from "./last_tail.ts";

const EXACT = { slack: 0, wraps: false };
const BTS = { slack: 23, wraps: false };
const WRAPPING = { slack: 0, wraps: true };

/** The last tail of a chunk, as `tail` or `tail [lowest, highest]`. */
function tail(
  start: bigint,
  size: number,
  ends: readonly bigint[],
  rules: { readonly slack: number; readonly wraps: boolean },
): string | null {
  const origin = { event: null, cpu: 0, pid: 1, tid: 1, timeHigh: 0, timeLow: 1 };
  const announced = new Announcements();
  for (const end of ends) {
    announced.add({
      size: 8,
      endHigh: Number(end >> 32n),
      endLow: Number(end & 0xffff_ffffn),
      origin,
    });
  }
  const chunk = {
    high: Number(start >> 32n),
    low: Number(start & 0xffff_ffffn),
    size,
  };
  const found = lastTailOf(chunk, announced, rules);
  return found && `${found.tail}${found.window ? ` [${found.window.join(", ")}]` : ""}`;
}

// perf pads chunks to 8 bytes, and drops up to 23 bytes of Intel BTS: auxtrace.md, 4 and 18.

Deno.test("lastTailOf() takes the only AUX record that ends within the padding", () => {
  assertEquals(tail(0n, 64, [64n], EXACT), "64");
  assertEquals(tail(0n, 64, [57n], EXACT), "57");
  assertEquals(tail(0n, 64, [56n], EXACT), "64 [57, 64]");
  assertEquals(tail(0n, 64, [65n], EXACT), "64 [57, 64]");
  assertEquals(tail(0n, 64, [57n, 64n], EXACT), "64 [57, 64]");
  assertEquals(tail(0n, 64, [60n, 60n], EXACT), "60");
});

Deno.test("lastTailOf() takes up to 23 bytes more of Intel BTS", () => {
  assertEquals(tail(0n, 48, [71n], BTS), "71");
  assertEquals(tail(0n, 48, [72n], BTS), "48 [41, 71]");
  assertEquals(tail(0n, 48, [48n, 71n], BTS), "48 [41, 71]");
});

Deno.test("lastTailOf() places no tail below 0, and none of a chunk that ends at 2^64", () => {
  assertEquals(tail(0n, 0, [], EXACT), "0 [0, 0]");
  assertEquals(tail(0n, 6, [], EXACT), "6 [0, 6]");
  assertEquals(tail(0n, 8, [], EXACT), "8 [1, 8]");
  const top = (1n << 64n) - 64n;
  assertEquals(tail(top, 63, [], EXACT), `${top + 63n} [${top + 56n}, ${top + 63n}]`);
  assertEquals(tail(top, 64, [], EXACT), null);
});

Deno.test("lastTailOf() of a 32-bit kernel starts again at 0 after 4 GiB", () => {
  assertEquals(tail(0xffff_ffc0n, 63, [0xffff_ffffn], WRAPPING), "4294967295");
  assertEquals(tail(0xffff_ffc0n, 64, [0n], WRAPPING), "0");
  assertEquals(tail(0xffff_ffc0n, 64, [0xffff_fff9n], WRAPPING), "4294967289");
  assertEquals(tail(0xffff_ffc0n, 64, [0xffff_fff8n, 1n], WRAPPING), "0 [4294967289, 0]");
  assertEquals(tail(0xffff_ffc0n, 72, [8n], WRAPPING), "8");
  assertEquals(tail(0xffff_ffc0n, 64, [0x1_0000_0000n], EXACT), "4294967296");
});
