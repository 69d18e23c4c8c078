import { assert, assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);
const PACKAGE = /["'`]npm:((?:@[\w.-]+\/)?[\w.-]+)@(\d[\w.-]*)/g;

const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
const { imports } = config;
const versions = new Map<string, string>();
for (const [, name, version] of JSON.stringify(imports).matchAll(PACKAGE)) {
  versions.set(name!, version!);
}

Deno.test("packages that code names have the versions of deno.json", () => {
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

Deno.test("web/tests.json is deno.json with the packages and the browser's types of the tests", () => {
  const { lock, imports: all, ...rest } = JSON.parse(
    Deno.readTextFileSync(new URL("web/tests.json", root)),
  );
  assertEquals(lock, "tests.lock");
  for (const [name, target] of Object.entries<string>(imports)) {
    assertEquals([name, all[name]], [name, target.replace(/^\.\//, "../")]);
  }
  const { lib, ...compilerOptions } = rest.compilerOptions;
  assertEquals(lib, ["dom", "dom.iterable", "dom.asynciterable", "deno.ns", "esnext"]);
  assertEquals([compilerOptions, rest.unstable], [config.compilerOptions, config.unstable]);
});
