import { assertEquals } from "@std/assert";
import type { ChartQueue } from "./data.ts";
import { seriesStyle } from "./series_style.ts";
import { worstQueues } from "./worst_queues.ts";

function queue(highest: number, flagged = false): ChartQueue {
  const one = Float64Array.of(highest);
  const tails = { stride: 1, first: one, last: one, min: one, max: one };
  const mark = { kind: "flagged", from: 0, to: 0, count: 1, position: highest } as const;
  return { idx: 0, cpu: 0, tid: null, tails, heads: tails, marks: flagged ? [mark] : [] };
}

Deno.test("worstQueues() takes flagged queues first, then the fullest", () => {
  const queues = Array.from({ length: 20 }, (_, index) => queue(index));
  assertEquals(worstQueues(queues), [12, 13, 14, 15, 16, 17, 18, 19]);
  queues[2] = queue(2, true);
  assertEquals(worstQueues(queues), [2, 13, 14, 15, 16, 17, 18, 19]);
  assertEquals(worstQueues([]), []);
});

Deno.test("seriesStyle() gives 32 lines different styles", () => {
  const styles = Array.from({ length: 32 }, (_, slot) => JSON.stringify(seriesStyle(slot)));
  assertEquals(new Set(styles).size, 32);
});
