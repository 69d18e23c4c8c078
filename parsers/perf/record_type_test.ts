import { assertEquals } from "@std/assert";
import { isForeignType } from "./record_type.ts";

Deno.test("isForeignType() leaves 255 types to perf, and 256 from 0x8000 on to simpleperf", () => {
  const own = [1, 83, 0xff, 0x8000, 0x80ff];
  const foreign = [0, 0x100, 0x7fff, 0x8100, 0xffff_ffff];
  assertEquals(own.map(isForeignType), own.map(() => false));
  assertEquals(foreign.map(isForeignType), foreign.map(() => true));
});
