import { assertEquals, assertThrows } from "@std/assert";
import { exportsOf, stdTarget } from "./check_cliffy.ts";

Deno.test("exportsOf() names each entry of a part of Cliffy", () => {
  const exports = { ".": "./mod.ts", "./completions": "./completions/mod.ts" };
  const part = { name: "@cliffy/command", version: "1.2.1", exports };
  assertEquals(exportsOf(part, "./cliffy/command"), {
    "@cliffy/command": "./cliffy/command/mod.ts",
    "@cliffy/command/completions": "./cliffy/command/completions/mod.ts",
  });
  assertEquals(exportsOf({ ...part, name: "@cliffy/flags", exports: "./mod.ts" }, "../flags"), {
    "@cliffy/flags": "../flags/mod.ts",
  });
});

Deno.test("stdTarget() finds modules of the standard library where the project's come from", () => {
  const config = { imports: { "@std/fmt/colors": "npm:mirror@1.0.0/fmt/colors.js" } };
  const target = (name: string) => stdTarget(config, name);
  assertEquals(target("@std/text/closest-string"), "npm:mirror@1.0.0/text/closest_string.js");
  assertEquals(target("@std/path"), "npm:mirror@1.0.0/path/mod.js");
  assertThrows(() => stdTarget({ imports: {} }, "@std/path"), Error, "from no mirror");
});

Deno.test("deno.json takes the standard library from a mirror that stdTarget() knows", () => {
  const config = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url)));
  for (const [name, target] of Object.entries(config.imports)) {
    if (name.startsWith("@std/")) assertEquals(stdTarget(config, name), target);
  }
});
