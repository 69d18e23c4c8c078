import { assertEquals } from "@std/assert";
import { middle, padded, smallest } from "./x_range.ts";

const axis = (kind: "time" | "file", from: number, to: number) => ({
  kind,
  from,
  to,
  startNs: null,
});

Deno.test("padded() adds a fiftieth on both sides, and a margin around a single place", () => {
  assertEquals(padded(axis("time", 0, 50)), [-1, 51]);
  assertEquals(padded(axis("file", 100, 200)), [98, 202]);
  assertEquals(padded(axis("time", 2, 2)), [2 - 1e-3, 2 + 1e-3]);
  assertEquals(padded(axis("file", 512, 512)), [448, 576]);
  assertEquals(padded(axis("file", 1024, 1024)), [896, 1152]);
});

Deno.test("smallest() is never wider than the whole, and can be told apart at its place", () => {
  assertEquals(smallest([0, 1], axis("time", 0, 1)), 1e-8);
  assertEquals(smallest([0, 1e-9], axis("time", 0, 1)), 1e-9);
  assertEquals(smallest([0, 1000], axis("file", 0, 1)), 16);
  assertEquals(smallest([0, 2 ** 50], axis("file", 0, 1)), 2 ** 10);
  assertEquals(smallest([-(2 ** 50), 0], axis("file", 0, 1)), 2 ** 10);
  assertEquals(middle([2, 5]), 3.5);
});
