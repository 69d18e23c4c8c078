import { assert, assertEquals } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { Ajv2020 } from "ajv";
import { oneLine } from "../cli/_failure.ts";
import { program } from "../cli/main.ts";
import { csvHeading, TABLES, USUAL_TABLES } from "../convert/mod.ts";
import {
  corpusNames,
  corpusPath,
  fixtureNames,
  fixturePath,
  oracleTest,
  recordingNames,
} from "../testing/corpus.ts";
import { runCli } from "../testing/run_cli.ts";

type Json = Record<string, unknown>;

/** What `auxtail` writes of a recording, by the schema of each line or answer. */
const COMMANDS: readonly (readonly [schema: string, ...args: string[]])[] = [
  ["auxtail.replay/2", "replay", "--format", "json", "--all"],
  ["auxtail.replay-line/2", "replay", "--format", "ndjson", "--from-arch", "aarch64"],
  ["auxtail.info/1", "info", "--format", "json"],
  ["auxtail.count/1", "dump", "--count", "--format", "json"],
  ["auxtail.dump-line/1", "dump", "--format", "ndjson"],
  ["auxtail.check/1", "check", "--format", "json"],
  ["auxtail.packets/1", "packets", "--summary", "--format", "json"],
  ["auxtail.packets-line/1", "packets", "--format", "ndjson", "--limit", "20000"],
  ["auxtail.packets-line/1", "packets", "--format", "ndjson", "--limit", "2000", "--records"],
];

const folder = new URL("../docs/schemas/", import.meta.url);
const schemas = [...Deno.readDirSync(folder)].map(({ name }) => name).sort()
  .map((name): [string, Json] => [
    name,
    JSON.parse(Deno.readTextFileSync(new URL(name, folder))),
  ]);
const ajv = new Ajv2020({
  strictTypes: false,
  schemas: schemas.map(([, schema]) => schema),
});

/** Says what is wrong with a value; null if its schema accepts it. */
function fault(id: string, value: unknown): string | null {
  const validate = ajv.getSchema(id);
  if (validate === undefined) throw new Error(`There is no schema ${id}`);
  if (validate(value)) return null;
  return ajv.errorsText(validate.errors) + JSON.stringify(validate.errors?.at(-1)?.params);
}

function accept(id: string, value: unknown, what: string): void {
  const found = fault(id, value);
  if (found === null) return;
  throw new Error(`${what}: ${id} refuses ${JSON.stringify(value).slice(0, 2000)}: ${found}`);
}

/** Runs the command line in this process; false if it gave no answer. */
async function run(...args: string[]): Promise<boolean> {
  const streams = [Deno.stdout, Deno.stderr];
  const written = streams.map(({ writeSync }) => writeSync);
  try {
    for (const stream of streams) stream.writeSync = (bytes) => bytes.length;
    await program().parse(args);
    return true;
  } catch (error) {
    if (!(error instanceof ValidationError) && oneLine(error) === null) throw error;
    return false;
  } finally {
    streams.forEach((stream, i) => stream.writeSync = written[i]!);
    Deno.exitCode = 0;
  }
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Reads an answer, or a line for each of many. */
function* values(path: string, isLines: boolean): Generator<Json> {
  const text = Deno.readTextFileSync(path);
  if (isLines) { for (const line of text.split("\n").filter(Boolean)) yield JSON.parse(line); }
  else if (text !== "") yield JSON.parse(text);
}

function tableSchema(name: string): string {
  return `auxtail.table-${name.replace("_", "-")}/1`;
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}

/** Yields all that is written about a recording, each with its schema. */
async function* answers(path: string, folder: string): AsyncGenerator<[string, Json]> {
  const output = `${folder}/answer`;
  for (const [schema, ...args] of COMMANDS) {
    if (!await run(...args, path, "-o", output)) continue;
    for (const value of values(output, args.includes("ndjson"))) yield [schema, value];
  }
  const bytes = `${folder}/bytes`;
  if (await run("extract", path, "-o", bytes, "--force", "--quiet")) {
    yield ["auxtail.extract/1", JSON.parse(Deno.readTextFileSync(`${bytes}/manifest.json`))];
  }
  const tables = `${folder}/tables`;
  const convert = [
    "convert",
    path,
    "-o",
    tables,
    "--force",
    "--quiet",
    "--to",
    "ndjson",
    "--packets",
  ];
  if (!await run(...convert)) return;
  for (const name of Object.keys(TABLES)) {
    for (const row of values(`${tables}/${name}.ndjson`, true)) {
      yield [tableSchema(name), row];
      const { fields, kind, mark, type: _, name: type, ...columns } = row;
      const line = Object.fromEntries(
        Object.entries(columns).map(([name, value]) => [camelCase(name), value]),
      );
      if (name === "records") yield ["auxtail.dump-line/1", { ...line, type, ...fields as Json }];
      if (name === "packets") {
        yield ["auxtail.packets-line/1", {
          ...line,
          [mark ? "mark" : "kind"]: kind,
          ...fields as Json,
        }];
      }
    }
  }
  yield* fleetAnswers(path, folder);
}

/** What is written about a recording as one of a fleet. */
async function* fleetAnswers(path: string, folder: string): AsyncGenerator<[string, Json]> {
  const output = `${folder}/fleet`;
  const args = ["--to", "ndjson", "--part-size", "1M", "--force", "--quiet", "-o", output];
  if (!await run("convert", path, ...args)) return;
  yield ["auxtail.convert/1", JSON.parse(Deno.readTextFileSync(`${output}/manifest.json`))];
  for (const name of USUAL_TABLES) {
    for (const row of values(`${output}/${name}/part-0.ndjson`, true)) {
      assertEquals(Object.keys(row)[0], "recording");
      yield [tableSchema(name), row];
    }
  }
}

/** Checks all that is written about recordings; returns an answer of each schema. */
async function checkAll(paths: readonly string[]): Promise<Map<string, Json>> {
  const seen = new Map<string, Json>();
  await inFolder(async (folder) => {
    for (const path of paths) {
      for await (const [schema, value] of answers(path, folder)) {
        accept(schema, value, path);
        if (!seen.has(schema)) seen.set(schema, value);
      }
    }
  });
  return seen;
}

const HEX = { auxOffset: "0xffff0000", fileOffset: "0x1a40" };
const TAIL = { ...HEX, chunk: 4, size: 98288, tail: "0x100008000", tailExact: true, timeNs: "5" };
const BYTES = { announcedBytes: 98304, presentBytes: 98288, missingBytes: 0 };

/** An answer of schema `auxtail.replay/2`, from the contract. */
const REPLAY: Json = {
  schema: "auxtail.replay/2",
  input: {
    path: "perf.data",
    container: "file",
    byteOrder: "little",
    finalised: false,
    compressed: false,
    trailingBytes: 0,
    strayTexts: [],
    secondRecording: null,
    cut: {
      fileOffset: "0x19a40",
      reason: "the record has 100 of 256 bytes",
      fault: "truncated",
      cure: "copy the whole file",
    },
    damage: {
      fileOffset: "0x1a40",
      reason: "a position below 2^64",
      fault: "corrupt",
      cure: "compare it with the original",
    },
    packed: null,
  },
  recording: {
    arch: "x86_64",
    kernelIs64Bit: true,
    perfVersion: "6.1.0",
    hostname: "host",
    cmdline: ["perf", "record"],
    auxtraceType: "intel_pt",
    mode: "full",
  },
  basis: "chunks",
  limit: { bits: 32, maxTail: "0xffffffff" },
  judgement: {
    generic: { refuses: true, why: "a tail needs more than 32 bits" },
    released: { arch: "x86_64", accessor: "compat", refuses: true, tornReads: false, why: "so" },
  },
  perf: "generic",
  totals: {
    queues: 1,
    chunks: 5,
    auxBytes: 98288,
    ...BYTES,
    auxRecords: 5,
    flaggedTails: 1,
    bytesAfterLimit: 0,
    tornReadWindows: 1,
    gaps: 1,
    truncatedRecords: 1,
    partialRecords: 0,
    collisionRecords: 0,
    lostRecords: 0,
    lostEvents: 0,
    errorRecords: 0,
  },
  queues: [{
    idx: 0,
    cpu: 0,
    tid: null,
    chunks: 5,
    auxBytes: 98288,
    ...BYTES,
    firstOffset: "0x0",
    lastTail: "0x100008000",
    lastTailExact: false,
    lastTailWindow: ["0x100007ff9", "0x100008000"],
    headroomBytes: 0,
    flaggedTails: 1,
    firstFlagged: TAIL,
    bytesAfterLimit: 0,
    tornReadWindows: 1,
    gaps: [{ from: "0x1000", to: "0x2000", kind: "missing", fileOffset: "0x40", timeNs: "7" }],
    bytesPerSecond: 1048576.5,
    observedSeconds: 0.5,
    secondsToLimit: 4096,
    secondsLeft: null,
    dataBytes: 123,
    recorder: "stopped-by-limit",
  }],
  flagged: [{ queue: 0, ...TAIL }],
  losses: [{
    queue: 0,
    cpu: 0,
    tid: null,
    kind: "truncated",
    fileOffset: "0x1000",
    from: "0x1000",
    to: "0x2000",
    timeNs: null,
    error: null,
    remedy: "record with -m ,8M",
  }],
  lossCounts: {
    truncated: 1,
    partial: 0,
    collision: 0,
    gap: 0,
    overlap: 0,
    regression: 0,
    missing: 1,
    lost: 0,
    silent: 0,
    error: 0,
  },
  dataRings: [{ cpu: 0, tid: null, bytes: 123, over32Bits: false }],
  verdict: "exceeds",
  conclusion: "This recording was stopped by the limit",
  advice: null,
  notes: [],
};
const VERDICTS = { exceeds: 1, incomplete: 0, fits: 0, "not-applicable": 0, "no-aux": 0 };
const SUMS = {
  chunks: 5,
  auxBytes: 98288,
  missingBytes: 0,
  flaggedTails: 1,
  bytesAfterLimit: 0,
};
const OF_ALL: Json = {
  totals: { recordings: 2, errors: 1, verdicts: VERDICTS, queues: 1, ...SUMS },
  skipped: 0,
  verdict: "exceeds",
};
const FAILED: Json = { input: { path: "a.txt" }, error: "not a perf.data file" };

/** What is not written yet, or not on every machine. */
const EXAMPLES: readonly (readonly [schema: string, value: Json])[] = [
  ["auxtail.replay/2", REPLAY],
  ["auxtail.replay-line/2", {
    ...{ queue: 0, cpu: 0, tid: null, head: "0x100008000", refused: true },
    ...TAIL,
  }],
  ["auxtail.replay-line/2", { summary: REPLAY }],
  ["auxtail.replays/2", {
    schema: "auxtail.replays/2",
    recordings: [REPLAY, FAILED],
    ...OF_ALL,
  }],
  ["auxtail.replays-line/2", REPLAY],
  ["auxtail.replays-line/2", FAILED],
  ["auxtail.replays-line/2", { summary: { schema: "auxtail.replays/2", ...OF_ALL } }],
  ["auxtail.pmus/1", {
    schema: "auxtail.pmus/1",
    pmus: [{
      ...{ name: "intel_pt", type: 8, aux: true, cpus: null, events: [] },
      ...{ formats: { tsc: "config:10" }, caps: { mtc: "1" } },
    }],
    obstacles: [{ what: "perf_event_paranoid is 3", cure: "set it to 1" }],
  }],
  ["auxtail.watch/1", {
    schema: "auxtail.watch/1",
    tick: 1,
    seconds: 1.002,
    rings: [{
      ...{ ring: 0, cpu: 0, tid: null },
      data: {
        ...{ size: 65536, head: "0x40", tail: "0x0" },
        ...{ bytesPerSecond: 64.5, over32Bits: false, lostEvents: 0 },
      },
      aux: {
        ...{ size: 65536, head: "0xf8000000", tail: "0xf7fff000", bytesPerSecond: 4096 },
        ...{ headroomBytes: 134221823, secondsLeft: 32768, limited: false, truncatedRecords: 0 },
        ...{ restarts: 0, silent: false, lostBytes: 0 },
        nearLimit: { secondsLeft: 32768, observedSeconds: 2.5 },
      },
    }, {
      ...{ ring: 1, cpu: 1, tid: null, aux: null },
      data: {
        ...{ size: 65536, head: "0x40", tail: "0x0" },
        ...{ bytesPerSecond: 64.5, over32Bits: false, lostEvents: 0 },
      },
    }],
  }],
];

/** Yields copies of a value that each have one more field in one of its objects. */
function* withMore(value: Json, isOpen: (key: string) => boolean): Generator<Json> {
  yield { ...value, unexpected: [] };
  for (const [key, inner] of Object.entries(value)) {
    if (isOpen(key) || typeof inner !== "object" || inner === null) continue;
    if (!Array.isArray(inner)) {
      for (const more of withMore(inner as Json, isOpen)) yield { ...value, [key]: more };
    } else if (typeof inner[0] === "object") {
      for (const more of withMore(inner[0], isOpen)) {
        yield { ...value, [key]: [more, ...inner.slice(1)] };
      }
    }
  }
}

/** Says which damage to a value its schema does not see. */
function* unseen(id: string, value: Json): Generator<string> {
  const schema = schemas.find(([, { $id }]) => $id === id)![1];
  for (const key of schema.required as string[] | undefined ?? Object.keys(value)) {
    const { [key]: _, ...less } = value;
    if (fault(id, less) === null) yield `${id} without ${key}`;
    if (fault(id, { ...value, [key]: [[{}]] }) === null) yield `${id}: ${key} of a wrong type`;
  }
  const isOpen = (key: string) => key === "fields" && id.startsWith("auxtail.table-");
  for (const more of withMore(value, isOpen)) {
    if (fault(id, more) === null) yield `${id} with more: ${JSON.stringify(more)}`;
  }
}

Deno.test("schemas accept what is written about every fixture, and no damage to it", async () => {
  const names = [...fixtureNames(".perf.data"), ...fixtureNames(".perf.dir")];
  const seen = await checkAll(names.map(fixturePath));
  const expected = schemas.map(([, { $id }]) => `${$id}`)
    .filter((id) => !/json$|pmus|watch|replays/.test(id))
    .filter((id) => !SEVERAL_ONLY.test(id));
  assertEquals([...seen.keys()].sort(), expected.sort());
  assertEquals([...seen].flatMap(([id, value]) => [...unseen(id, value)]), []);
});

Deno.test("schemas accept the examples of the contract, and no damage to them", () => {
  for (const [id, value] of EXAMPLES) {
    accept(id, value, "example");
    assertEquals([...unseen(id, value)], []);
  }
});

const SEVERAL_ONLY = /\.(?:infos|checks|counts|dumps|packet-summaries|packet-lists|extracts)\/1$/;

/** What is written about several recordings. */
const SEVERAL: readonly (readonly [schema: string, ...args: string[]])[] = [
  ["auxtail.replays/2", "replay", "--format", "json"],
  ["auxtail.replays-line/2", "replay", "--format", "ndjson"],
  ["auxtail.infos/1", "info", "--format", "json"],
  ["auxtail.infos/1#/$defs/line", "info", "--format", "ndjson"],
  ["auxtail.checks/1", "check", "--format", "json"],
  ["auxtail.checks/1#/$defs/line", "check", "--format", "ndjson"],
  ["auxtail.counts/1", "dump", "--count", "--format", "json"],
  ["auxtail.counts/1#/$defs/line", "dump", "--count", "--format", "ndjson"],
  ["auxtail.dumps/1", "dump", "--format", "ndjson", "--limit", "100"],
  ["auxtail.packet-summaries/1", "packets", "--summary", "--format", "json"],
  ["auxtail.packet-summaries/1#/$defs/line", "packets", "--summary", "--format", "ndjson"],
  ["auxtail.packet-lists/1", "packets", "--format", "ndjson", "--limit", "100"],
];

Deno.test("schemas accept what is written about several recordings", () =>
  inFolder(async (folder) => {
    const output = `${folder}/answer`;
    for (const [schema, ...args] of SEVERAL) {
      assert(await run(...args, "-o", output, fixturePath(""), `${folder}/missing`));
      for (const value of values(output, args.includes("ndjson"))) {
        accept(schema, value, "testdata");
      }
    }
    const { stdout } = await runCli(
      ["extract", "--format", "json", "-o", `${folder}/bytes`, fixturePath("")],
      { permissions: ["--allow-all"] },
    );
    accept("auxtail.extracts/1", JSON.parse(stdout), "testdata");
  }));

oracleTest("schemas accept what is written about every corpus file", ["corpus"], async () => {
  const others = ["edge", "lab2", "malformed", "perf617"].flatMap(corpusNames);
  const isSmall = (name: string) => !/^edge\/(bomb|bigpush)/.test(name);
  await checkAll([...recordingNames(), ...others.filter(isSmall)].map(corpusPath));
});

Deno.test("schemas accept what is written about this machine", () =>
  inFolder(async (folder) => {
    const output = `${folder}/answer`;
    for (const [schema, format] of [["pmus", "json"], ["pmus-line", "ndjson"]] as const) {
      assert(await run("pmus", "--format", format, "-o", output));
      for (const value of values(output, format === "ndjson")) {
        accept(`auxtail.${schema}/1`, value, "pmus");
      }
    }
  }));

oracleTest("schemas accept the ticks of watch", ["perf events"], async () => {
  const args = ["watch", "-a", "--interval", "0.1", "--ticks", "2", "--format", "ndjson"];
  const { stdout } = await runCli(args, { permissions: ["--allow-all"] });
  const ticks = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const tick of ticks) accept("auxtail.watch/1", tick, "watch");
});

Deno.test("schemas of tables have the columns of the tables, in order", () => {
  const json = { u32: "integer", i32: "integer", bool: "boolean", f64: "number", text: "string" };
  for (const table of Object.values(TABLES)) {
    const id = tableSchema(table.name);
    const properties = schemas.find(([, { $id }]) => $id === id)![1].properties as Json;
    const { saturated: _, recording, ...columns } = properties as Record<string, Json>;
    assertEquals(recording!.type, "string");
    assertEquals(`${Object.keys(columns).join()}\r\n`, csvHeading(table));
    for (const { name, type, nullable } of table.columns) {
      const { $ref, type: types } = columns[name]!;
      if (type === "u64") {
        assert(`${$ref}`.endsWith("OrNull") === nullable, `${id} ${name}`);
      } else {
        const expected = name === "fields" ? "object" : json[type];
        assertEquals([name, types], [name, nullable ? [expected, "null"] : expected]);
      }
    }
  }
});

Deno.test("docs/README.md lists every schema", () => {
  const index = Deno.readTextFileSync(new URL("../README.md", folder));
  const listed = [...index.matchAll(/\[`(.*)`\]\(schemas\/(.*)\)/g)].map((
    [, id, name],
  ) => [id, name]);
  const expected = schemas.filter(([name]) => !["common.json", "perf.json"].includes(name))
    .map(([name, { $id }]) => [$id, name]);
  assertEquals(listed.sort(), expected.sort());
});
