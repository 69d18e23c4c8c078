import { assertEquals } from "@std/assert";
import { inSlices } from "./time_slices.ts";

/** Steps that note what was done, and take `ms` each of a clock that only they move. */
function* work(notes: string[], clock: { ms: number }, steps: number, ms: number) {
  try {
    for (let n = 0; n < steps; n++) {
      clock.ms += ms;
      yield n;
    }
    return "done";
  } finally {
    notes.push("closed");
  }
}

async function run(
  steps: number,
  ms: number,
  isStopped?: (asked: number) => boolean,
): Promise<{ result: string | null; notes: string[] }> {
  const clock = { ms: 0 };
  const { now } = performance;
  performance.now = () => clock.ms;
  const notes: string[] = [];
  let asked = 0;
  try {
    const result = await inSlices(work(notes, clock, steps, ms), (n) => notes.push(`${n}`), () => {
      notes.push("?");
      return isStopped?.(++asked) ?? false;
    });
    return { result, notes };
  } finally {
    performance.now = now;
  }
}

Deno.test("inSlices() gives every step to `use`, and asks before each slice of 10 ms", async () => {
  // A slice ends with the step that reaches 10 ms.
  assertEquals(await run(5, 5), {
    result: "done",
    notes: ["?", "0", "1", "?", "2", "3", "?", "4", "closed"],
  });
  assertEquals((await run(3, 4)).notes, ["?", "0", "1", "2", "?", "closed"]);
  assertEquals((await run(2, 10)).notes, ["?", "0", "?", "1", "?", "closed"]);
  assertEquals((await run(2, 9.9)).notes, ["?", "0", "1", "?", "closed"]);
  assertEquals((await run(0, 1)).notes, ["?", "closed"]);
});

Deno.test("inSlices() closes the steps where it is stopped, and gives null", async () => {
  assertEquals(await run(9, 5, (asked) => asked === 2), {
    result: null,
    notes: ["?", "0", "1", "?", "closed"],
  });
  // A generator that never began has nothing to close.
  assertEquals(await run(9, 5, () => true), { result: null, notes: ["?"] });
});
