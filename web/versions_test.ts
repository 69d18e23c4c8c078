import { assert, assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);
const PACKAGE = /["'`]npm:((?:@[\w.-]+\/)?[\w.-]+)@(\d[\w.-]*)/g;

const { imports } = JSON.parse(Deno.readTextFileSync(new URL("web/deno.json", root)));
const versions = new Map<string, string>();
for (const [, name, version] of JSON.stringify(imports).matchAll(PACKAGE)) {
  versions.set(name!, version!);
}

Deno.test("packages that code names have the versions of web/deno.json", () => {
  const named = ["cli/", "web/", "testing/"].flatMap((folder) => [...packagesIn(folder)]);
  assert(named.some(({ name }) => name === "uplot"));
  for (const { path, name, version } of named) {
    assertEquals([path, name, version], [path, name, versions.get(name)]);
  }
});

function* packagesIn(
  folder: string,
): Generator<{ path: string; name: string; version: string }> {
  for (const { name: file, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    const path = `${folder}${file}`;
    if (isDirectory && file !== "dist") yield* packagesIn(`${path}/`);
    if (!file.endsWith(".ts")) continue;
    const source = Deno.readTextFileSync(new URL(path, root));
    for (const [, name, version] of source.matchAll(PACKAGE)) {
      yield { path, name: name!, version: version! };
    }
  }
}

Deno.test("web/tests.json is web/deno.json with the packages of the tests", () => {
  const tests = JSON.parse(Deno.readTextFileSync(new URL("web/tests.json", root)));
  const { lock, imports: all, ...rest } = tests;
  const config = JSON.parse(Deno.readTextFileSync(new URL("web/deno.json", root)));
  assertEquals(lock, "tests.lock");
  assertEquals({ ...all, ...imports }, all);
  assertEquals({ ...rest, imports }, config);
});

Deno.test("web/deno.json has what the root's configuration imports", () => {
  const project = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))).imports;
  for (const [name, target] of Object.entries<string>(project)) {
    assertEquals([name, imports[name]], [name, target.replace(/^\.\//, "../")]);
  }
});
