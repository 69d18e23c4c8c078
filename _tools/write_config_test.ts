import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { configFiles, jsrConfig } from "./write_config.ts";

Deno.test("jsrConfig() points @std and @cliffy to JSR and keeps the rest", () => {
  const config = {
    name: "@auxtail/auxtail",
    imports: {
      "@auxtail/auxtail": "./mod.ts",
      "@cliffy/command": "./command.ts",
      "@cliffy/command/completions": "./completions.ts",
      "@std/assert": "npm:x/assert.js",
      "@std/cli/parse-args": "npm:x/parse_args.js",
      "fzstd": "npm:fzstd@0.1",
    },
  };
  assertEquals(jsrConfig(config), {
    name: "@auxtail/auxtail",
    imports: {
      "@auxtail/auxtail": "./mod.ts",
      "@cliffy/command": "jsr:@cliffy/command@^1.2.1",
      "@cliffy/command/completions": "jsr:@cliffy/command@^1.2.1/completions",
      "@std/assert": "jsr:@std/assert@1",
      "@std/cli/parse-args": "jsr:@std/cli@1/parse-args",
      "fzstd": "npm:fzstd@0.1",
    },
  });
});

Deno.test("jsrConfig() refuses a package without a listed version", () => {
  const config = { imports: { "@std/yaml/parse": "npm:x/yaml.js" } };
  assertThrows(() => jsrConfig(config), Error, '"@std/yaml/parse"');
});

Deno.test("configFiles() writes the version that deno.json has", () => {
  const files = configFiles('{ "version": "1.2.3", "imports": {} }');
  assertStringIncludes(files["text/version.ts"]!, 'export const VERSION = "1.2.3";\n');
  assertStringIncludes(files["deno.jsr.json"]!, '"version": "1.2.3"');
});

Deno.test("what deno task config writes is not stale", () => {
  const read = (name: string) => Deno.readTextFileSync(new URL(`../${name}`, import.meta.url));
  for (const [path, text] of Object.entries(configFiles(read("deno.json")))) {
    assertEquals(read(path), text, `${path} is stale: run deno task config`);
  }
});

Deno.test("documents name the npm package's file of this version", () => {
  const read = (name: string) => Deno.readTextFileSync(new URL(`../${name}`, import.meta.url));
  const { version } = JSON.parse(read("deno.json"));
  for (const path of ["README.md", "docs/library.md"]) {
    const named = [...read(path).matchAll(/auxtail-auxtail-([\d.]+)\.tgz/g)];
    assertEquals([path, new Set(named.map(([, of]) => of))], [path, new Set([version])]);
  }
});

Deno.test("web/tests.lock names the version of deno.json", () => {
  const read = (name: string) =>
    JSON.parse(Deno.readTextFileSync(new URL(`../${name}`, import.meta.url)));
  const links = Object.keys(read("web/tests.lock").workspace.links);
  assertEquals(links, [`jsr:@auxtail/auxtail@${read("deno.json").version}`]);
});
