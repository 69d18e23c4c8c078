import { assert, assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);
const [section = ""] = /^## What is downloaded\n.*?^## /ms.exec(textOf("README.md")) ?? [];

Deno.test("README's table of downloads has the packages and versions of deno.lock and of pack", () => {
  const [, deno = ""] = /deno@([\d.]+)/.exec(textOf(".ci/run")) ?? [];
  const named = [...section.matchAll(/`(?:npx -y )?((?:@[\w-]+\/)?[\w-]+@[\d.]+)`/g)];
  const packages = Object.keys(JSON.parse(textOf("deno.lock")).npm);
  const tools = ["_tools/pack.ts", "_tools/bundle_modules.ts"].flatMap((path) =>
    [...textOf(path).matchAll(/"npm:(\w+@[\d.]+)/g)].map(([, name]) => name!)
  );
  assertEquals(
    new Set(named.map(([, name]) => name).filter((name) => !name!.startsWith("@esbuild/"))),
    new Set([...packages, ...tools, `deno@${deno}`, `@deno/linux-x64-glibc@${deno}`]),
  );
});

Deno.test("README's line of downloads fetches what deno.json imports from npm", () => {
  const [line = ""] = /^deno cache .*$/m.exec(section) ?? [];
  const imports = Object.values<string>(JSON.parse(textOf("deno.json")).imports)
    .filter((target) => target.startsWith("npm:"))
    .map((target) => target.replace(/(@[\d.]+)\/.*/, "$1"));
  const packages = line.split(" ").filter((word) => word.startsWith("npm:"));
  assertEquals(new Set(packages), new Set(imports));
});

Deno.test("deno.json alone takes the standard library from npm, in as many lines as README says", () => {
  const lines = Object.entries<string>(JSON.parse(textOf("deno.jsr.json")).imports)
    .filter(([name]) => name.startsWith("@std/"));
  assert(lines.every(([, target]) => target.startsWith("jsr:@std/")));
  assertEquals([lines.length, /the four lines `@std/.test(section)], [4, true]);
});

function textOf(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}
