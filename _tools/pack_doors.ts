/**
 * Installs the npm package in an empty folder, and lets it be used by who uses such packages: Node.js,
 * TypeScript, esbuild, rollup, a browser's bundle, Deno.
 *
 * Run with `deno task test:doors`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { fixturePath, twoAtATime } from "../testing/corpus.ts";
import { blocksOf } from "../testing/doc_blocks.ts";
import { type InstalledPackage, packageTest } from "../testing/installed_package.ts";
import { run } from "../testing/run_program.ts";
import { filesBelow, importedPaths } from "./bundle_modules.ts";
import { pack } from "./pack.ts";

/** What has to read the package: oldest and newest, and bundlers of tool authors. */
const TOOLS = {
  oldest: "oldest@npm:typescript@5.2",
  typescript: "typescript@5.9",
  newest: "newest@npm:typescript@latest",
  esbuild: "esbuild@latest",
  rollup: "rollup@latest",
  resolver: "@rollup/plugin-node-resolve@latest",
  node: "@types/node@latest",
};

/** Entries that only Deno can do something with; others import them all the same. */
const DENO_ONLY = ["./live", "./cli"];

const root = new URL("../", import.meta.url);
const { name: NAME, exports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
const ENTRIES = Object.entries<string>(exports).map(([entry, source]) => ({
  entry,
  specifier: entry === "." ? NAME : `${NAME}${entry.slice(1)}`,
  source,
}));

/** Values that each entry of the checkout exports; nobody imports from the program. */
async function exportedNames(): Promise<Record<string, string[]>> {
  const names = ENTRIES.map(async ({ entry, specifier, source }) => [
    specifier,
    entry === "./cli" ? [] : Object.keys(await import(new URL(source, root).href)).sort(),
  ]);
  return Object.fromEntries(await Promise.all(names));
}

/** A program that prints the names which each entry exports. */
function namesProgram(entries = ENTRIES): string {
  const imports = entries.map(({ specifier }, n) => `import * as e${n} from "${specifier}";`);
  const names = entries.map(({ specifier }, n) =>
    `  ${JSON.stringify(specifier)}: Object.keys(e${n}).sort(),`
  );
  const printed = ["console.log(JSON.stringify({", ...names, "}));"];
  return `${[...imports, ...printed].join("\n")}\n`;
}

function write({ machine }: InstalledPackage, name: string, content: string): void {
  Deno.writeTextFileSync(`${machine.folder}/${name}`, content);
}

packageTest(
  "the package holds what package.json names, and nothing that is of no use",
  async ({ machine, tarball, files }) => {
    const { name, version, exports, bin, dependencies } = JSON.parse(
      Deno.readTextFileSync(`${files}/package.json`),
    );
    const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
    assertEquals([name, version, dependencies], [config.name, config.version, undefined]);
    assert(tarball.endsWith(`/auxtail-auxtail-${version}.tgz`));
    assertEquals(Object.keys(exports), [...ENTRIES.map(({ entry }) => entry), "./package.json"]);

    const reached: string[] = [
      "README.md",
      "CHANGELOG.md",
      "LICENSE",
      "bin/program.js",
      "cli/LICENSE",
      "package.json",
    ];
    for (const target of Object.values<Record<string, string> | string>(exports)) {
      if (typeof target !== "string") {
        reached.push(
          target.types!.slice(2),
          target.default!.slice(2),
        );
      }
    }
    reached.push(...Object.values<string>(bin));
    for (const path of reached) {
      if (!/\.[jt]s$/.test(path)) continue;
      for (const found of importedPaths(path, Deno.readTextFileSync(`${files}/${path}`))) {
        const file = path.endsWith(".d.ts") ? found.replace(/\.ts$/, ".d.ts") : found;
        if (!reached.includes(file)) reached.push(file);
      }
    }
    assertEquals(filesBelow(files), reached.sort());
    const { stdout } = await machine.run("tar", ["-tzf", tarball]);
    const listed = stdout.trim().split("\n").map((path) => path.replace("package/", ""));
    assertEquals(listed.sort(), reached);

    const home = Deno.env.get("HOME");
    const foreign = [decodeURIComponent(root.pathname), home === undefined ? "/home/" : `${home}/`];
    for (const path of reached) {
      const content = Deno.readTextFileSync(`${files}/${path}`);
      assert(content.trim() !== "", `${path} is empty`);
      for (const place of foreign) assert(!content.includes(place), `${path} names ${place}`);
      assert(!/_test\.ts|\/corpus\//.test(content) || path.endsWith(".md"), path);
    }
  },
);

packageTest(
  "the same source makes the same bytes; what fails leaves nothing",
  async ({ machine, tarball }) => {
    const dist = `${machine.home}/again`;
    const again = await pack(dist);
    assertEquals(Deno.readFileSync(again), Deno.readFileSync(tarball));
    const packing = `
      import { pack } from ${JSON.stringify(new URL("pack.ts", import.meta.url).href)};
      await pack(${JSON.stringify(dist)});
    `;
    const args = ["eval", "--no-lock", "--config", new URL("deno.json", root).pathname, packing];
    const { stderr } = await run(Deno.execPath(), args, { env: { "PATH": dist }, accept: [1] });
    assert(stderr.includes("Failed to spawn 'npm'"), stderr);
    assertEquals([...Deno.readDirSync(dist)].map(({ name }) => `${dist}/${name}`), [again]);
  },
);

packageTest("Node.js imports every entry", async (installed) => {
  write(installed, "names.mjs", namesProgram());
  const { stdout, stderr } = await installed.machine.run("node", ["names.mjs"]);
  assertEquals([JSON.parse(stdout), stderr], [await exportedNames(), ""]);
});

packageTest("who does not know exports finds the first entry", async (installed) => {
  const manifest = JSON.parse(Deno.readTextFileSync(`${installed.files}/package.json`));
  const { main, types, exports } = manifest;
  assertEquals({ types, default: main }, exports["."]);
  await installTools(installed);
  write(
    installed,
    "node10.ts",
    `import { openPerfBytes } from "@auxtail/auxtail";
export const bytes: Parameters<typeof openPerfBytes>[0] = new Uint8Array(0);
// @ts-expect-error The declarations say what is right.
export const wrong: Parameters<typeof openPerfBytes>[0] = "";
`,
  );
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    module: "esnext",
    moduleResolution: "node",
    types: [],
  };
  write(installed, "node10.json", JSON.stringify({ compilerOptions, files: ["node10.ts"] }));
  for (const compiler of ["oldest", "typescript"]) {
    const args = [`node_modules/${compiler}/bin/tsc`, "--project", "node10.json"];
    const { stdout } = await installed.machine.run("node", args, { accept: "any" });
    assertEquals(stdout, "", compiler);
  }
});

packageTest("Node.js reads recordings, and entries share their classes", async (installed) => {
  write(
    installed,
    "read.mjs",
    `
import { readFileSync } from "node:fs";
import { FormatError, openPerfBytes, replayJson, replayReport } from "@auxtail/auxtail";
import { FormatError as FromPerf, parsePerfFile } from "@auxtail/auxtail/perf";
import { ptPackets } from "@auxtail/auxtail/intel-pt";
import manifest from "@auxtail/auxtail/package.json" with { type: "json" };

const [demo, zstd] = process.argv.slice(2);
const file = parsePerfFile(readFileSync(demo));
const [chunk] = file.auxChunks({ cpu: 0 });
const attempt = (run) => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};
const error = attempt(() => openPerfBytes(new Uint8Array(3)));
const compressed = attempt(() => [...openPerfBytes(readFileSync(zstd)).records()].length > 0);
console.log(JSON.stringify({
  version: manifest.version,
  flagged: replayJson(replayReport(file), demo).flagged,
  kinds: [...ptPackets(chunk.read())].slice(0, 5).map((packet) => packet.kind),
  shared: [error instanceof FormatError, error instanceof FromPerf],
  compressed: compressed === true || compressed.message,
  node: process.versions.node,
}));
`,
  );
  const paths = ["aux_demo_exceeds.perf.data", "perf_zstd.perf.data"].map(fixturePath);
  const { stdout } = await installed.machine.run("node", ["--no-warnings", "read.mjs", ...paths]);
  const { version, flagged, kinds, shared, compressed, node } = JSON.parse(stdout);
  const expected = JSON.parse(Deno.readTextFileSync(fixturePath("aux_demo_exceeds.replay.json")));
  assertEquals(version, JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))).version);
  assertEquals(flagged, expected.flagged);
  // The packets that README.md shows.
  assertEquals(kinds, ["PSB", "TSC", "CBR", "MODE.Exec", "PSBEND"]);
  assertEquals(shared, [true, true]);
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const hasZstd = major > 22 || (major === 22 && minor >= 15);
  assert(hasZstd ? compressed === true : /: give a zstd decoder/.test(compressed), compressed);
});

/** Uses values and types of every entry; a compiler reads the declarations of all of them. */
const CONSUMER = `
import { FormatError, openPerfBytes, type PerfFile, type ReplayReport, replayReport } from "@auxtail/auxtail";
import { FormatError as FromPerf, type PerfFileOptions, parsePerfFile } from "@auxtail/auxtail/perf";
import { type AuxListener, AuxWalk } from "@auxtail/auxtail/auxtrace";
import { type CommandEnd, type DataRing, parseEvents, type StoppedCommand } from "@auxtail/auxtail/live";
import { ptPackets, type PtPacket } from "@auxtail/auxtail/intel-pt";
import { SpeKind, type SpeRecord, speRecords } from "@auxtail/auxtail/arm-spe";
import { EtmKind, type EtmOptions } from "@auxtail/auxtail/coresight";
import { type BtsRecord, btsRecords } from "@auxtail/auxtail/intel-bts";
import { type S390Basic, s390KindNames } from "@auxtail/auxtail/s390-cpumsf";
import { PttCursor, type PttShortFields } from "@auxtail/auxtail/hisi-ptt";
import { DtlCursor, type DtlDispatch } from "@auxtail/auxtail/vpa-dtl";
import { type PayloadFormat, payloadFormat } from "@auxtail/auxtail/packets";
import { collectReport, type ReportData } from "@auxtail/auxtail/report";
import { TABLE_NAMES, type TableName } from "@auxtail/auxtail/convert";
import {} from "@auxtail/auxtail/cli";

const bytes = new Uint8Array(48);
const options: PerfFileOptions = {};
const heard: string[] = [];
const listener: AuxListener = { loss: ({ kind }) => void heard.push(kind) };
export type Types = [
  CommandEnd, DataRing, StoppedCommand, EtmOptions, S390Basic, PttShortFields, DtlDispatch,
  PayloadFormat, ReportData,
];

function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    const error: FromPerf = thrown;
    return error.fault;
  }
}

const file: PerfFile | string = attempt(() => openPerfBytes(bytes));
const report: ReplayReport | string = attempt(() => replayReport(parsePerfFile(bytes, options)));
const packet: PtPacket | undefined = [...ptPackets(bytes)][0];
const records: BtsRecord[] = [...btsRecords(bytes)];
const spe: SpeRecord[] = [...speRecords(bytes)];
const table: TableName | undefined = TABLE_NAMES[0];
const parse: string = typeof parseEvents;
// @ts-expect-error The declarations say what is right.
const wrong: number = TABLE_NAMES[0];
export const answer = {
  file, report, packet: packet?.kind, records: records.length, spe: spe.length, table, parse,
  functions: [AuxWalk, PttCursor, DtlCursor, payloadFormat, collectReport].map((value) => typeof value),
  kinds: [typeof SpeKind, typeof EtmKind, s390KindNames.length > 0], heard, listener: typeof listener.loss,
};
`;

/** Options of consumers: of each, the libraries and the target decide what is known. */
const COMPILERS: readonly Readonly<Record<string, unknown>>[] = [
  { module: "nodenext" },
  { module: "nodenext", target: "es2022", lib: ["es2022"] },
  { module: "nodenext", target: "es2022", lib: ["es2022"], types: ["node"] },
  { module: "esnext", moduleResolution: "bundler", target: "es2020" },
];

packageTest(
  "TypeScript, the newest, 5.9 and 5.2, accepts all declarations without skipLibCheck",
  async (installed) => {
    const { machine } = installed;
    await installTools(installed);
    const unused = ENTRIES.filter(({ specifier }) => !CONSUMER.includes(`"${specifier}"`));
    assertEquals(unused, [], "CONSUMER imports every entry");
    write(installed, "consumer.mts", CONSUMER);
    for (const [n, options] of COMPILERS.entries()) {
      const compilerOptions = {
        strict: true,
        skipLibCheck: false,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        outDir: `compiled${n}`,
        types: [],
        ...options,
      };
      write(
        installed,
        `tsconfig.${n}.json`,
        JSON.stringify({ compilerOptions, files: ["consumer.mts"] }),
      );
    }
    const all = [...COMPILERS.keys()];
    const runs = [
      ...all.map((n) => ["newest", n] as const),
      // They take ten times as long: the usual one, and the one with the least libraries.
      ...all.slice(0, 2).map((n) => ["typescript", n] as const),
      ...all.slice(0, 2).map((n) => ["oldest", n] as const),
    ];
    await twoAtATime(runs, async ([compiler, n]) => {
      const args = [`node_modules/${compiler}/bin/tsc`, "--project", `tsconfig.${n}.json`];
      const { stdout } = await machine.run("node", args, { accept: [0, 1, 2] });
      assertEquals(stdout, "", `${compiler} ${JSON.stringify(COMPILERS[n])}`);
    });
    const print = 'console.log(JSON.stringify((await import("./compiled0/consumer.mjs")).answer))';
    const { stdout } = await machine.run("node", ["--input-type=module", "--eval", print]);
    assertEquals(JSON.parse(stdout), {
      file: "bad-magic",
      report: "bad-magic",
      packet: "SKIPPED",
      records: 0,
      spe: 0,
      table: "recordings",
      parse: "function",
      functions: Array(5).fill("function"),
      kinds: ["object", "object", true],
      heard: [],
      listener: "function",
    });
  },
);

Deno.test("of others, only Deno's standard library is in the package, in cli/", async () => {
  for (const { entry, source } of ENTRIES) {
    const args = ["info", "--json", "--config", "deno.json", source];
    const { stdout } = await run(Deno.execPath(), args, { cwd: decodeURIComponent(root.pathname) });
    const { modules }: { modules: { specifier: string }[] } = JSON.parse(stdout);
    const others = modules.map(({ specifier }) => specifier).filter((specifier) =>
      !specifier.startsWith(root.href)
    );
    const names = new Set(others.map((specifier) => /^npm:\/?([^@]+)@/.exec(specifier)?.[1]));
    assertEquals([...names], entry === "./cli" ? ["deno-std"] : [], entry);
  }
});

packageTest("doc comments are in the declarations", ({ files }) => {
  const declared = (path: string) => Deno.readTextFileSync(`${files}/lib/${path}.d.ts`);
  assert(/\* @returns The open file\./.test(declared("system/open_perf_file")));
  assert(/Reports bytes that cannot be decoded/.test(declared("parsers/format_error")));
});

packageTest(
  "esbuild and rollup bundle every entry, and what they bundled runs",
  async (installed) => {
    const { machine } = installed;
    await installTools(installed);
    const names = ENTRIES.map(({ specifier }, n) => {
      write(installed, `entry${n}.mjs`, `export * from "${specifier}";\n`);
      return `entry${n}.mjs`;
    });
    const bundlers: [string, string[]][] = [
      ["esbuild", ["--bundle", "--format=esm", "--log-level=warning", "--outdir=by_esbuild"]],
      ["rollup", ["--silent", "-p", "node-resolve", "-f", "es", "-d", "by_rollup"]],
    ];
    for (const [bundler, args] of bundlers) {
      const { stderr } = await machine.run(`node_modules/.bin/${bundler}`, [...names, ...args]);
      assertEquals(stderr, "", bundler);
      const entries = ENTRIES.map((entry, n) => ({
        ...entry,
        specifier: `./by_${bundler}/entry${n}.js`,
        of: entry.specifier,
      }));
      write(installed, "bundled.mjs", namesProgram(entries));
      const { stdout } = await machine.run("node", ["bundled.mjs"]);
      const found: Record<string, string[]> = JSON.parse(stdout);
      assertEquals(
        Object.fromEntries(entries.map(({ specifier, of }) => [of, found[specifier]])),
        await exportedNames(),
        bundler,
      );
    }
  },
);

packageTest(
  "a bundle for browsers of the entries without system calls names no system",
  async (installed) => {
    const { machine } = installed;
    await installTools(installed);
    const entries = ENTRIES.filter(({ entry }) => entry !== "." && !DENO_ONLY.includes(entry));
    write(installed, "page.mjs", namesProgram(entries));
    const args = ["page.mjs", "--bundle", "--format=esm", "--platform=browser", "--target=es2022"];
    await machine.run("node_modules/.bin/esbuild", [...args, "--outfile=bundled/page.mjs"]);
    const code = Deno.readTextFileSync(`${machine.folder}/bundled/page.mjs`);
    const system = /^\s*import\b.*|\bimport\(.*|\brequire\(.*|"node:.*|^[^*/]*\bDeno\..*/m;
    assertEquals(system.exec(code.replace(/^\s*\/\/.*$/gm, ""))?.[0], undefined);
    const alone = 'delete globalThis.process; await import("./bundled/page.mjs");';
    const { stdout } = await machine.run("node", ["--input-type=module", "--eval", alone]);
    const expected = await exportedNames();
    assertEquals(
      JSON.parse(stdout),
      Object.fromEntries(entries.map(({ specifier }) => [specifier, expected[specifier]])),
    );
    // The first one opens files where there is Deno: it is imported in pages all the same.
    write(installed, "page.mjs", namesProgram(ENTRIES.filter(({ entry }) => entry === ".")));
    await machine.run("node_modules/.bin/esbuild", [...args, "--outfile=bundled/page.mjs"]);
    await machine.run("node", ["--input-type=module", "--eval", alone]);
  },
);

packageTest(
  "Deno imports every entry of the installed package, with its types",
  async (installed) => {
    const { machine } = installed;
    write(installed, "names.ts", namesProgram());
    const { stdout } = await machine.run(Deno.execPath(), [
      "run",
      "--quiet",
      "--check",
      "names.ts",
    ]);
    assertEquals(JSON.parse(stdout), await exportedNames());
    write(installed, "consumer.mts", CONSUMER);
    await machine.run(Deno.execPath(), ["check", "--quiet", "consumer.mts"]);
  },
);

packageTest("docs/library.md shows programs that run with the package", async (installed, t) => {
  const blocks = blocksOf("docs/library.md").filter(({ language }) => language === "mjs");
  assert(blocks.length > 0);
  Deno.copyFileSync(
    fixturePath("aux_demo_exceeds.perf.data"),
    `${installed.machine.folder}/perf.data`,
  );
  for (const { text } of blocks) {
    await t.step(text.split("\n")[0]!, async () => {
      write(installed, "shown.mjs", text);
      const { stdout } = await installed.machine.run("node", ["shown.mjs"]);
      assert(stdout.includes("32 bits"), stdout);
    });
  }
});

let tools: Promise<unknown> | null = null;

/** Installs compilers and bundlers beside the package, once. */
function installTools({ machine }: InstalledPackage): Promise<unknown> {
  const args = ["install", "--no-save", "--ignore-scripts", ...Object.values(TOOLS)];
  return tools ??= machine.run("npm", args);
}
