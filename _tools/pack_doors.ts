/**
 * Installs the npm package in an empty folder, and lets it be used by who uses such packages: Node.js,
 * TypeScript, esbuild, rollup, a browser's bundle, Deno.
 *
 * Run with `deno task test:doors`.
 *
 * @module
 */

import { assert, assertEquals, assertLess, assertMatch, assertObjectMatch } from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { writeSparseAux } from "../bench/inputs.ts";
import { fixtureNames, fixturePath, twoAtATime } from "../testing/corpus.ts";
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
      ...filesBelow(decodeURIComponent(new URL("docs", root).pathname)).map((path) =>
        `docs/${path}`
      ),
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
export const openable: Parameters<typeof openPerfBytes>[0] = new Uint8Array(0);
// @ts-expect-error The declarations say what is right.
export const unopenable: Parameters<typeof openPerfBytes>[0] = "";
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

/**
 * Opens recordings in Node.js, `-` is standard input: counts of their records by type, facts, and
 * what is said of each; or why it cannot be opened.
 */
const OPENING = `
import { readFileSync } from "node:fs";
import * as zlib from "node:zlib";
import {
  openPerfFile, openPerfStandardInput, recordTypeName, replayJson, replayReport,
} from "@auxtail/auxtail";

const answers = process.argv.slice(2).map((path) => {
  try {
    const place = path.startsWith("file:") ? new URL(path) : path;
    const file = path === "-" ? openPerfStandardInput() : openPerfFile(place);
    const { packed, seekable } = file;
    const records = {};
    const cursor = file.recordCursor();
    while (cursor.next()) {
      const name = recordTypeName(cursor.type);
      records[name] = (records[name] ?? 0) + 1;
    }
    const replay = file.seekable ? replayJson(replayReport(file), path) : null;
    const end = new Uint8Array(8);
    const atEnd = file.seekable ? file.readBytes(file.size - end.length, end) : null;
    file[Symbol.dispose]();
    const cut = cursor.cut?.message;
    return { packed, seekable, size: file.size, records, cut, replay, atEnd };
  } catch ({ name, message, code }) {
    return { error: { name, message, code } };
  }
});
const [, peak] = readFileSync("/proc/self/status", "utf8").match(/^VmHWM:\\s+(\\d+) kB/m);
console.log(JSON.stringify({ answers, peakKiB: Number(peak), hasZstd: "createZstdDecompress" in zlib }));
`;

/** What {@linkcode OPENING} finds of paths. */
async function openInNode(installed: InstalledPackage, paths: readonly string[], input = "true") {
  write(installed, "open.mjs", OPENING);
  const quoted = paths.map((path) => `'${path}'`).join(" ");
  const line = `(${input}) | node --no-warnings open.mjs ${quoted}`;
  const { stdout } = await installed.machine.run("sh", ["-c", line]);
  return JSON.parse(stdout);
}

packageTest("openPerfFile() reads all recordings of testdata/ in Node.js", async (installed) => {
  const withReplay = fixtureNames(".replay.json").map((name) => ({
    path: fixturePath(name.replace(".replay.json", ".perf.data")),
    expected: ({ exitCode: _, ...replay }: Record<string, unknown>) => ({ replay }),
    name,
  }));
  const counted = fixtureNames(".records.json").map((name) => {
    const base = name.replace(".records.json", "");
    const kind = fixtureNames(`${base}.perf.dir`).length > 0 ? "dir" : "data";
    return {
      path: fixturePath(`${base}.perf.${kind}`),
      expected: ({ records }: { records: unknown }) => ({ records }),
      name,
    };
  });
  const all = [...withReplay, ...counted];
  const { answers, hasZstd } = await openInNode(installed, all.map(({ path }) => path));
  for (const [n, { name, expected }] of all.entries()) {
    if (!hasZstd && answers[n].error !== undefined) {
      assertMatch(answers[n].error.message, /^Cannot decode PERF_RECORD_COMPRESSED2? /);
    } else {
      const right = JSON.parse(Deno.readTextFileSync(fixturePath(name)));
      assertObjectMatch(answers[n], expected(right), name);
    }
  }
});

packageTest("openPerfFile() reads URLs, FIFOs and packed files in Node.js", async (installed) => {
  const { machine } = installed;
  const plain = fixturePath("perf_plain.perf.data");
  const pipe = fixturePath("perf_pipe.perf.data");
  const bytes = Deno.readFileSync(plain);
  Deno.writeFileSync(`${machine.folder}/plain.gz`, new Uint8Array(gzipSync(bytes)));
  Deno.writeFileSync(`${machine.folder}/plain.zst`, new Uint8Array(zstdCompressSync(bytes)));
  const damaged = new Uint8Array(gzipSync(bytes));
  damaged[damaged.length - 8]! ^= 1; // of the check
  Deno.writeFileSync(`${machine.folder}/damaged.gz`, damaged);
  Deno.writeFileSync(`${machine.folder}/cut.gz`, damaged.subarray(0, -8));
  await machine.run("mkfifo", ["fifo"]);
  const url = new URL(`file://${plain}`).href;
  const { answers, hasZstd } = await openInNode(
    installed,
    ["fifo", url, "plain.gz", "plain.zst", "damaged.gz", "cut.gz"],
    `cat ${pipe} >fifo`,
  );
  const right = (name: string) =>
    JSON.parse(Deno.readTextFileSync(fixturePath(`${name}.records.json`))).records;
  const facts = { size: bytes.length, records: right("perf_plain") };
  const [fifo, byUrl, gzip, zstd, damagedGzip, cutGzip] = answers;
  assertObjectMatch(fifo, { packed: null, seekable: false, records: right("perf_pipe") });
  assertObjectMatch(byUrl, { packed: null, seekable: true, ...facts });
  assertObjectMatch(gzip, { packed: "gzip", seekable: false, ...facts });
  if (hasZstd) assertObjectMatch(zstd, { packed: "zstd", seekable: false, ...facts });
  else assertMatch(zstd.error.message, /cannot unpack zstd: unpack the recording first/);
  // What came out before is read: the end of the records is some packed bytes before the check.
  assertObjectMatch(damagedGzip, { packed: "gzip", records: facts.records });
  assertMatch(damagedGzip.cut, /^Cannot decode gzip data .* got "incorrect data check"/);
  assertObjectMatch(cutGzip, { packed: "gzip", records: facts.records });
  assertMatch(cutGzip.cut, /^Cannot decode gzip data .* got the end of the packed input/);
});

packageTest("openPerfStandardInput() reads what arrives in Node.js", async (installed) => {
  const path = fixturePath("perf_pipe.perf.data");
  const { records } = JSON.parse(Deno.readTextFileSync(fixturePath("perf_pipe.records.json")));
  for (const input of [`cat ${path}`, `gzip -c ${path}`]) {
    const { answers: [answer] } = await openInNode(installed, ["-"], input);
    const packed = input.startsWith("gzip") ? "gzip" : null;
    assertObjectMatch(answer, { packed, seekable: false, records });
  }
  // Node.js has the pipe of its own stream not block: reads say then that nothing is there yet.
  write(installed, "slowly.mjs", `process.stdin;\nawait import("./open.mjs");\n`);
  const slowly = `(head -c 5000 ${path}; sleep 0.2; tail -c +5001 ${path}) | node slowly.mjs -`;
  const { stdout } = await installed.machine.run("sh", ["-c", slowly]);
  assertObjectMatch(JSON.parse(stdout).answers[0], { records });
});

packageTest("openPerfFile() says in Node.js what cannot be opened", async (installed) => {
  const { folder } = installed.machine;
  Deno.mkdirSync(`${folder}/empty`);
  const paths = ["none", "empty", "package.json", "https://localhost/perf.data"];
  const { answers } = await openInNode(installed, paths);
  const [none, empty, json, web] = answers.map(({ error }: { error: unknown }) => error);
  assertObjectMatch(none, { name: "Error", code: "ENOENT" });
  assertMatch(none.message, /no such file or directory, open 'none'/);
  assertObjectMatch(empty, { name: "Error", code: "ENOENT" });
  assertMatch(empty.message, /^"empty" is a folder without a recording in it/);
  assertEquals(json.name, "FormatError");
  assertObjectMatch(web, { code: "ENOENT" });
});

packageTest("openPerfFile() reads a large file by ranges in Node.js", async (installed) => {
  const path = `${installed.machine.folder}/large.perf.data`;
  const auxSize = 6 * 2 ** 30;
  writeSparseAux(path, auxSize);
  const { size } = Deno.statSync(path);
  const { answers: [answer], peakKiB } = await openInNode(installed, [path]);
  Deno.removeSync(path);
  assertObjectMatch(answer, { size, seekable: true, atEnd: 8, replay: { verdict: "exceeds" } });
  assertEquals(answer.replay.queues[0].presentBytes, auxSize);
  // Node.js itself takes 50 MiB.
  assertLess(peakKiB, 150 * 1024);
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

packageTest("the first program of README's library runs in Node.js", async (installed) => {
  const { machine } = installed;
  await installTools(installed);
  const shown = blocksOf("README.md").find(({ language }) => language === "ts")!.text;
  const path = /openPerfFile\("(.*)"\)/.exec(shown)![1]!;
  write(installed, "shown.mts", shown);
  const target = ["--target", "es2022", "--module", "nodenext", "--types", "node", "--strict"];
  await machine.run("node", ["node_modules/newest/bin/tsc", "shown.mts", ...target]);
  Deno.mkdirSync(`${machine.folder}/testdata`);
  Deno.copyFileSync(new URL(path, root), `${machine.folder}/${path}`);
  const { stdout } = await machine.run("node", ["shown.mjs"]);
  assert(/^exceeds .*32 bits/.test(stdout), stdout);
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
    // The first one opens files where there are any: it is imported in pages all the same.
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
