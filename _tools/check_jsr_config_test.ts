import { assertEquals, assertThrows } from "@std/assert";
import { jsrConfig, jsrConfigText } from "./check_jsr_config.ts";

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

Deno.test("deno.jsr.json is deno.json with imports from JSR", () => {
  const read = (name: string) => Deno.readTextFileSync(new URL(`../${name}`, import.meta.url));
  assertEquals(read("deno.jsr.json"), jsrConfigText(read("deno.json")));
});
