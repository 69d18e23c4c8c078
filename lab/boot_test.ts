import { assertEquals } from "@std/assert";
import { limitAfter } from "./boot.ts";

Deno.test("limitAfter() has a floor, and follows a machine that is slow", () => {
  assertEquals([0, 7.5, 10, 10.01, 45].map(limitAfter), [600, 600, 600, 601, 2700]);
});
