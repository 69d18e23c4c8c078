import { assertEquals, assertThrows } from "@std/assert";
import { SharedSteps } from "./shared_steps.ts";

Deno.test("SharedSteps continues where another caller stopped, and gives all the same result", () => {
  let runs = 0;
  function* task(): Generator<number, string> {
    runs++;
    yield 1;
    yield 2;
    return "done";
  }
  const shared = new SharedSteps(task());
  const [a, b] = [shared.steps(), shared.steps()];
  assertEquals(a.next(), { done: false, value: 1 });
  assertEquals(b.next(), { done: false, value: 2 });
  assertEquals(a.next(), { done: true, value: "done" });
  assertEquals(b.next(), { done: true, value: "done" });
  assertEquals(shared.steps().next(), { done: true, value: "done" });
  assertEquals(runs, 1);
});

Deno.test("SharedSteps gives all callers the same error", () => {
  const error = new TypeError("Cannot continue");
  function* task(): Generator<number, string> {
    yield 1;
    throw error;
  }
  const shared = new SharedSteps(task());
  assertEquals(shared.steps().next(), { done: false, value: 1 });
  for (let caller = 0; caller < 3; caller++) {
    assertEquals(assertThrows(() => shared.steps().next()), error);
  }
});
