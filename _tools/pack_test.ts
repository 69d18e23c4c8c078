import { assertEquals, assertObjectMatch } from "@std/assert";
import { importedPaths } from "./bundle_modules.ts";
import { packageJson, withGlobals, withoutGenericArrays } from "./pack.ts";

Deno.test("packageJson() has an entry for each export, and no dependency that must be there", () => {
  const { exports, main, types, bin, dependencies, optionalDependencies } = packageJson({
    name: "@a/b",
    version: "1.2.3",
    license: "MIT",
    exports: { ".": "./mod.ts", "./x-y": "./parsers/x_y/mod.ts", "./cli": "./cli/main.ts" },
  }, "2.0.0");
  assertEquals(exports, {
    ".": { types: "./lib/mod.d.ts", default: "./lib/mod.js" },
    "./x-y": { types: "./lib/parsers/x_y/mod.d.ts", default: "./lib/parsers/x_y/mod.js" },
    "./cli": { types: "./cli/main.d.ts", default: "./cli/main.js" },
    "./package.json": "./package.json",
  });
  assertEquals([main, types], ["./lib/mod.js", "./lib/mod.d.ts"]);
  assertEquals(bin, { auxtail: "bin/auxtail.cjs" });
  assertEquals(dependencies, undefined);
  assertObjectMatch(optionalDependencies as Record<string, unknown>, {
    "@deno/linux-arm64-glibc": "2.0.0",
    "@deno/linux-x64-glibc": "2.0.0",
  });
});

Deno.test("importedPaths() finds what modules and declarations import, however it is written", () => {
  const code = [
    'import a, { b } from "./a.js";',
    'export*from"../b/c.js";import"./side.js";',
    'const d = await import("./lazy.js");',
    'declare const e: import("../types.ts").E;',
    'import f from "node:fs";',
    'const g = "./text.js";',
  ].join("\n");
  assertEquals(importedPaths("x/y/mod.js", code), [
    "x/y/a.js",
    "x/b/c.js",
    "x/y/side.js",
    "x/y/lazy.js",
    "x/types.ts",
  ]);
});

Deno.test("withGlobals() adds what a declaration names, not what its comments name", () => {
  const plain = "/** A Disposable, or a URL. */\nexport declare const a: number;\n";
  assertEquals(withGlobals(plain), plain);
  const library = '/// <reference lib="esnext.disposable" />\n';
  for (
    const closes of ["interface B extends Disposable {}", "let c: { [Symbol.dispose](): void };"]
  ) {
    assertEquals(withGlobals(`export ${closes}\n`), `${library}export ${closes}\n`);
  }
  const opens = "export declare function open(path: string | URL): void;\n";
  const url = "declare global {\n    interface URL {\n    }\n}\n";
  assertEquals(withGlobals(opens), opens + url);
});

Deno.test("withoutGenericArrays() names arrays of bytes as TypeScript before 5.7 has them", () => {
  assertEquals(
    withoutGenericArrays("a: Uint8Array<ArrayBuffer> | null; b: DataView<ArrayBuffer>;"),
    'a: ReturnType<Uint8Array["slice"]> | null; b: DataView;',
  );
});
