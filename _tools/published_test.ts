import { assertEquals, assertMatch } from "@std/assert";
import { publishedFiles } from "../testing/published_files.ts";

const root = new URL("../", import.meta.url);

/** A module, as `deno info --json` tells of it. */
interface Module {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly Dependency[];
}

interface Dependency {
  /** As it is written. */
  readonly specifier: string;
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
}

/** What `deno.json` and `deno.jsr.json` say of the package. */
interface Config {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

const config = readConfig("deno.json");
const jsr = readConfig("deno.jsr.json");
const { files, computed } = await publishedFiles();
const modules = files.filter((file) => /\.[jt]s$/.test(file));

Deno.test("a published module has all that it imports, and is reached by an export", async () => {
  const graph = await graphOf(modules);
  const missing: string[] = [];
  const reached = new Set(Object.values(config.exports).map((path) => path.replace("./", "")));
  for (const file of reached) {
    const module = graph.get(new URL(file, root).href);
    assertEquals([file, module?.error], [file, undefined]);
    for (const { code, type } of module?.dependencies ?? []) {
      for (const url of [code?.specifier, type?.specifier]) {
        if (!url?.startsWith(root.href)) continue;
        const path = decodeURIComponent(url.slice(root.href.length));
        reached.add(path);
        if (!files.includes(path)) missing.push(`${file} imports ${path}`);
      }
    }
  }
  assertEquals(missing, []);
  assertEquals(modules.filter((file) => !reached.has(file)), []);
});

Deno.test("what published modules import resolves through deno.jsr.json", async () => {
  const graph = await graphOf(modules);
  const bad = new Set<string>();
  let bare = 0;
  for (const file of modules) {
    for (const { specifier } of graph.get(new URL(file, root).href)!.dependencies ?? []) {
      const target = jsr.imports[specifier] ?? specifier;
      if (target !== specifier) bare++;
      if (!resolves(target, target === specifier ? file : "")) bad.add(`${file}: "${specifier}"`);
    }
  }
  assertEquals([...bad], []);
  assertEquals(bare > 0, true);
});

Deno.test("exports and imports of deno.jsr.json are published, or name a version", () => {
  const targets = [...Object.values(jsr.exports), ...Object.values(jsr.imports)];
  assertEquals(targets.filter((target) => !resolves(target, "")), []);
});

Deno.test("imports with computed names are those of npm packages, with a version", () => {
  assertEquals(Object.fromEntries(computed), {
    "cli/_convert_worker.js": 2,
    "cli/_parquet_module.ts": 2,
    "cli/actions/report.ts": 2,
  });
  for (const file of computed.keys()) {
    const names = [...textOf(file).matchAll(/["'`](npm|jsr):[^"'`]*/g)].map(([name]) => name);
    assertEquals([file, names.length > 0], [file, true]);
    for (const name of names) assertMatch(name, /^["'`]npm:[a-z-]+@\d+\.\d+\.\d+$/);
  }
});

Deno.test("examples in comments of published modules import what the package has", () => {
  const known = new Set(Object.keys(config.exports).map((path) => config.name + path.slice(1)));
  const bad: string[] = [];
  let seen = 0;
  for (const file of modules) {
    for (const [, line, specifier = ""] of textOf(file).matchAll(/^( \* .*\bfrom "(.*)";)$/gm)) {
      seen++;
      const target = known.has(specifier) ? "./mod.ts" : jsr.imports[specifier] ?? specifier;
      if (!resolves(target, specifier.startsWith(".") ? file : "")) bad.push(`${file}:${line}`);
    }
  }
  assertEquals(bad, []);
  assertEquals(seen > 0, true);
});

/** Whether a target is published, or belongs to a registry and has a version. */
function resolves(target: string, from: string): boolean {
  if (/^(?:jsr:@[^/]+\/|npm:)[^@/]+@[~^]?\d/.test(target) || target.startsWith("node:")) {
    return true;
  }
  if (!/^\.\.?\//.test(target)) return false;
  const { href } = new URL(target, new URL(from, root));
  return files.includes(decodeURIComponent(href.slice(root.href.length)));
}

/** Modules by their URL: these, and what they import. */
async function graphOf(files: readonly string[]): Promise<ReadonlyMap<string, Module>> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  const imports = files.map((file) => `import "${new URL(file, root)}";\n`);
  await Deno.writeTextFile(entry, imports.join(""));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", "deno.json", "--no-lock", entry],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(entry);
  assertEquals(success, true, new TextDecoder().decode(stderr));
  const { modules }: { modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(modules.map((module) => [module.specifier, module]));
}

function readConfig(name: string): Config {
  return JSON.parse(textOf(name));
}

function textOf(file: string): string {
  return Deno.readTextFileSync(new URL(file, root));
}
