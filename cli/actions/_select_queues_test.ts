import { ValidationError } from "@cliffy/command";
import { assertEquals, assertThrows } from "@std/assert";
import type { PayloadQueue } from "../../packets/mod.ts";
import { selectQueues } from "./_select_queues.ts";

function queue(idx: number | null, cpu: number | null): PayloadQueue {
  return { idx, cpu, tid: 100, *items() {} };
}

/** Two queues of CPU 1, one of CPU 0, one of a thread on any CPU, one without a number. */
const ALL = [queue(0, 1), queue(1, 0), queue(2, null), queue(3, 1), queue(null, 0)];

function selected(options: Parameters<typeof selectQueues>[1]): number[] {
  return selectQueues(ALL, options).map((queue) => ALL.indexOf(queue));
}

Deno.test("selectQueues() takes all queues unless some are asked for", () => {
  assertEquals(selected({}), [0, 1, 2, 3, 4]);
});

Deno.test("selectQueues() takes the queues of a number, in the order of the recording", () => {
  assertEquals(selected({ queue: [0] }), [0]);
  assertEquals(selected({ queue: [3, 1, 3] }), [1, 3]);
});

Deno.test("selectQueues() takes the queues of a CPU, and none of a thread on any CPU", () => {
  assertEquals(selected({ cpu: [0] }), [1, 4]);
  assertEquals(selected({ cpu: [1] }), [0, 3]);
  assertEquals(selected({ cpu: [0, 1] }), [0, 1, 3, 4]);
});

Deno.test("selectQueues() takes queues that are of the number and of the CPU", () => {
  assertEquals(selected({ queue: [0, 1, 2], cpu: [1] }), [0]);
  assertEquals(selected({ queue: [2], cpu: [0] }), []);
});

Deno.test("selectQueues() refuses what the recording does not have, and says what it has", () => {
  const refused = (options: Parameters<typeof selectQueues>[1], queues = ALL) =>
    assertThrows(() => selectQueues(queues, options), ValidationError).message;
  assertEquals(
    refused({ queue: [0, 4] }),
    "There is no queue 4: the recording has 0, 1, 2, 3, -",
  );
  assertEquals(refused({ cpu: [2] }), "There is no queue of CPU 2: the recording has 1, 0, -");
  assertEquals(refused({ queue: [0] }, []), "There is no queue 0: the recording has none");
  assertEquals(refused({ cpu: [0] }, []), "There is no queue of CPU 0: the recording has none");
});
