import { assertEquals, assertMatch } from "@std/assert";
import { fixtureNames, fixturePath } from "../testing/corpus.ts";

const root = new URL("../", import.meta.url);

/** Replays and counts with the bundle in Node.js; prints one object of JSON. */
const PROGRAM = `
import { readFileSync } from "node:fs";
const [bundle, ...paths] = process.argv.slice(2);
const auxtail = await import(bundle);
const {
  bytesSource, formatFacts, jsonText, packetSummary, parsePerfFile, payloadFormat, payloadQueues,
  ptPackets, replayReport,
} = auxtail;
const open = (path) => parsePerfFile(bytesSource(readFileSync(path)));
const replays = paths.map((path) => replayReport(open(path)));
const [first] = open(paths.find((path) => path.includes("demo_fits"))).auxChunks({ cpu: 0 });
const bts = open(paths.find((path) => path.includes("bts")));
const recording = payloadQueues(bts);
console.log(jsonText({
  replays,
  kinds: [...ptPackets(first.read())].slice(0, 5).map((packet) => packet.kind),
  bts: packetSummary(recording, payloadFormat(formatFacts(bts, recording))).totals.packets,
  names: Object.keys(auxtail),
}));
`;

/** Reads a compressed recording with `mod.ts` in Node.js; prints one object of JSON. */
const COMPRESSED = `
import { readFileSync } from "node:fs";
const [bundle, path] = process.argv.slice(2);
const { openPerfBytes } = await import(bundle);
const types = [];
let message = null;
try {
  for (const { type } of openPerfBytes(readFileSync(path)).records()) types.push(type);
} catch (error) {
  message = error.message;
}
console.log(JSON.stringify({ version: process.versions.node, types, message }));
`;

const FOLDER = await Deno.makeTempDir({ prefix: "auxtail-bundle-" });
globalThis.addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));
const BUNDLE = `${FOLDER}/auxtail.mjs`;
const reason = await buildBundle() ?? nodeIsMissing();
const ignore = reason !== null && Deno.env.get("CI") !== "true";
if (ignore) Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: the bundle: ${reason}\n`));

Deno.test({
  name: "deno task bundle makes one file that imports nothing and names no system",
  ignore,
  fn() {
    assertEquals(reason, null);
    const code = Deno.readTextFileSync(BUNDLE);
    assertMatch(code, /\nexport \{/);
    const found = /^\s*import\b.*|\bimport\(.*|\brequire\(.*|"node:.*|\bDeno\..*/m.exec(code)?.[0];
    assertEquals(found, undefined);
  },
});

Deno.test({
  name: "deno task bundle makes a library that Node.js runs",
  ignore,
  async fn(t) {
    assertEquals(reason, null);
    const names = fixtureNames(".replay.json").filter((name) => !name.includes("compressed"));
    const paths = names.map((name) => fixturePath(name.replace(/replay\.json$/, "perf.data")));
    const { replays, kinds, bts, names: exported }: Answer = await runNode(
      "program.mjs",
      PROGRAM,
      [BUNDLE, ...paths],
    );

    for (const [index, name] of names.entries()) {
      await t.step(name, () => {
        const { verdict, queues, flagged } = JSON.parse(Deno.readTextFileSync(fixturePath(name)));
        const replay = replays[index]!;
        assertEquals(
          { verdict: replay.verdict, queues: replay.queues, flagged: replay.flagged },
          { verdict, queues, flagged },
        );
      });
    }
    // The first five of the packets that README.md shows; 392 bytes in records of 24, and a rest.
    assertEquals(kinds, ["PSB", "TSC", "CBR", "MODE.Exec", "PSBEND"]);
    assertEquals(bts, 16);
    assertEquals(await namesOfModules(), exported.sort());
  },
});

Deno.test({
  name: "mod.ts decodes compressed recordings in Node.js from 22.15, and asks for a decoder before",
  ignore,
  async fn() {
    const bundle = `${FOLDER}/mod.mjs`;
    const args = ["bundle", "--quiet", "--platform", "node", "-o", bundle, "mod.ts"];
    assertEquals((await new Deno.Command(Deno.execPath(), { args, cwd: root }).output()).code, 0);
    const path = fixturePath("perf_zstd.perf.data");
    const { version, types, message }: {
      readonly version: string;
      readonly types: readonly string[];
      readonly message: string | null;
    } = await runNode("compressed.mjs", COMPRESSED, [bundle, path]);
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const hasZstd = major > 22 || (major === 22 && minor >= 15);
    assertEquals([types.includes("sample"), message === null], [hasZstd, hasZstd]);
    if (!hasZstd) assertMatch(message!, /: give a zstd decoder, the option `zstd`$/);
  },
});

interface Answer {
  readonly replays: readonly Record<string, unknown>[];
  readonly kinds: readonly string[];
  readonly bts: number;
  readonly names: string[];
}

/** Runs the command of the task, into a folder of its own; returns why it failed. */
async function buildBundle(): Promise<string | null> {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  const words: string[] = tasks.bundle.command.replace("dist/auxtail.js", BUNDLE).split(" ");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: words.slice(1),
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return success ? null : `cannot bundle: ${new TextDecoder().decode(stderr).trim()}`;
}

function nodeIsMissing(): string | null {
  try {
    new Deno.Command("node", { args: ["--version"] }).outputSync();
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "node is not installed";
    throw error;
  }
}

/** Runs a program in Node.js, and reads the JSON that it prints. */
async function runNode<T>(name: string, program: string, args: readonly string[]): Promise<T> {
  Deno.writeTextFileSync(`${FOLDER}/${name}`, program);
  const { success, stdout, stderr } = await new Deno.Command("node", {
    args: [`${FOLDER}/${name}`, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assertEquals([success, text.decode(stderr)], [true, ""]);
  return JSON.parse(text.decode(stdout));
}

/** Entries that need Deno. */
const NEED_DENO = ["./live", "./cli"];

/** Names of all values that the modules export which the bundle is made of. */
async function namesOfModules(): Promise<string[]> {
  const { exports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  const names = new Set<string>();
  for (const [name, path] of Object.entries<string>(exports)) {
    if (name === "." || NEED_DENO.includes(name)) continue;
    for (const value of Object.keys(await import(new URL(path, root).href))) names.add(value);
  }
  return [...names].sort();
}
