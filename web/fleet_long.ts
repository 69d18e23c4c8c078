/**
 * Runs what docs/fleet.md shows: its job in Spark over 2,000 recordings, and its SQL in Spark and in
 * DuckDB, whose answers have to be those of replay.
 *
 * Run with `deno task test:fleet`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { DuckDBInstance } from "@duckdb/node-api";
import { oracleTest } from "../testing/corpus.ts";
import { DownloadError } from "../testing/debian_packages.ts";
import { blocksOf } from "../testing/doc_blocks.ts";
import {
  type FleetKind,
  type FleetRecording,
  fleetRecordings,
} from "../testing/fleet_recordings.ts";
import { providePyspark, SPARK_PYTHON } from "../testing/pyspark.ts";
import { run } from "../testing/run_program.ts";

const RECORDINGS = 2000;
/** Recordings that each get a process of their own. */
const STREAMS = 8;
/** Recordings of the job of which a process dies. */
const FEW = 80;
const PARTITIONS = 4;
const DYING_SLICE = 1;

const root = decodeURIComponent(new URL("..", import.meta.url).pathname);
const blocks = blocksOf("docs/fleet.md");

/** Where Spark runs, on the two cores of the machine, and what it does not write. */
const SPARK_ENVIRONMENT = {
  PYSPARK_PYTHON: SPARK_PYTHON,
  PYSPARK_DRIVER_PYTHON: SPARK_PYTHON,
  SPARK_LOCAL_IP: "127.0.0.1",
  PYSPARK_SUBMIT_ARGS: [
    "--master local[2]",
    "--driver-memory 1g",
    "--conf spark.ui.enabled=false",
    "--conf spark.ui.showConsoleProgress=false",
    "--conf spark.sql.shuffle.partitions=4",
    "pyspark-shell",
  ].join(" "),
};

/** What the page's job is followed by: a process that dies, and answers as JSON. */
const HARNESS = {
  start: `
import sys, time
started = time.time()
took = {}
def lap(name):
    global started
    took[name] = time.time() - started
    started = time.time()
def rows_as_json(rows):
    return [list(row) for row in rows.collect()]
`,
  converted: `
lap("start and convert by path")
`,
  death: `
result = {"converted": rows_as_json(converted)}
living, whole = CONVERT, OUT
CONVERT, OUT = ["dying", *living[1:]], whole + "-dying"
result["died"] = rows_as_json(convert_all(paths[:${FEW}]))
CONVERT = living
result["resumed"] = rows_as_json(convert_all(paths[:${FEW}]))
OUT = whole
lap("a process that dies, and the job again")
`,
  contents: `
lap("convert by content")
result["errors"] = rows_as_json(spark.read.parquet(f"{OUT}/rows/table=errors").select("path", "row"))
result["losses"] = rows_as_json(rows_of("losses", "kind STRING, time_ns STRING"))
`,
  answers: `
lap("read rows of contents")
result["answers"] = []
for number, question in enumerate(json.load(open("questions.json"))):
    result["answers"].append(rows_as_json(spark.sql(question)))
    lap(f"question {number + 1}")
result["took"] = took
with open("result.json", "w") as file:
    json.dump(result, file, default=str)
`,
};

type Cell = string | number | boolean | null;
type Row = readonly Cell[];

/** What the job of the page leaves. */
interface JobResult {
  /** Path, slice and error of each recording. */
  readonly converted: readonly Row[];
  readonly died: readonly Row[];
  readonly resumed: readonly Row[];
  /** Path and error of each recording, by content. */
  readonly errors: readonly Row[];
  /** Path, kind and time of each loss, by content. */
  readonly losses: readonly Row[];
  /** Rows of each question. */
  readonly answers: readonly (readonly Row[])[];
  /** Seconds, by what took them. */
  readonly took: Readonly<Record<string, number>>;
}

/** What of an answer of replay is compared. */
interface Replay {
  readonly input: { readonly path: string; readonly cut: unknown };
  readonly error?: string;
  readonly recording: { readonly hostname: string | null };
  readonly totals: { readonly flaggedTails: number; readonly missingBytes: number };
  readonly queues: readonly {
    readonly lastTail: string | null;
    readonly headroomBytes: number | null;
    readonly secondsToLimit: number | null;
  }[];
  readonly losses: readonly {
    readonly queue: number | null;
    readonly kind: string;
    readonly timeNs: string | null;
    readonly remedy: string;
  }[];
  readonly lossCounts: Readonly<Record<string, number>>;
  readonly verdict: string;
  readonly conclusion: string;
}

/** A recording, and what replay says of it. */
interface Known {
  readonly path: string;
  readonly made: FleetRecording;
  readonly replay: Replay;
}

/** What replay says of each kind; null where it cannot be read. */
const VERDICTS: Readonly<Record<FleetKind, string | null>> = {
  fits: "fits",
  exceeds: "exceeds",
  stopped: "exceeds",
  lossy: "fits",
  snapshot: "not-applicable",
  "no-aux": "no-aux",
  cut: "incomplete",
  bad: null,
};

try {
  await providePyspark();
} catch (error) {
  if (!(error instanceof DownloadError)) throw error;
  Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
}

oracleTest(
  `docs/fleet.md: ${RECORDINGS} recordings in Spark and DuckDB, with the answers of replay`,
  ["python 3.11", "java 17", "pyspark"],
  async (t) => {
    const folder = Deno.makeTempDirSync({ prefix: "auxtail-fleet-" });
    try {
      const made = writeRecordings(`${folder}/recordings`);
      writePrograms(`${folder}/bin`, `${folder}/starts`);
      const known = await replayAll(made, folder);
      const result = await runJob(folder, streamedSize(made));
      for (const [what, seconds] of Object.entries(result.took)) {
        print(`${what}: ${seconds.toFixed(1)} s`);
      }

      await t.step("Each partition was one process", () => {
        const starts = Deno.readTextFileSync(`${folder}/starts`).trim().split("\n");
        const slices = new Set(result.converted.map(([, slice]) => slice));
        const byPath = starts.filter((line) => line.includes(`${folder}/fleet/slice=`));
        assertEquals([byPath.length, slices.size], [PARTITIONS, PARTITIONS]);
        assertEquals(starts.filter((line) => line.includes(" - --to ")).length, STREAMS);
        const byContent = starts.filter((line) => line.includes("/tables --to ndjson"));
        assertEquals(byContent.length, PARTITIONS);
      });
      await t.step("Each recording has a row, with its error if it has one", () => {
        assertErrors(result.converted.map(([path, , error]) => [path!, error!]), known);
        // Spark's binaryFile leaves out what has no bytes.
        const held = known.filter(({ made }) => made.bytes.length > 0);
        assertErrors(result.errors.map(([path, error]) => [pathOf(path), error!]), held);
      });
      await t.step(
        "A process that dies is seen, and the job continues when it is run again",
        () => {
          const isDead = ([, slice]: Row) => slice === DYING_SLICE;
          const dead = result.died.filter(isDead);
          assert(dead.length > 0);
          for (const [, , error] of dead) assert(`${error}`.startsWith("auxtail ended with -9"));
          const lived = result.died.filter((row) => !isDead(row));
          const few = known.filter(({ path }) => result.died.some((row) => row[0] === path));
          assertEquals(few.length, FEW);
          const paths = new Set(lived.map(([path]) => path));
          assertErrors(
            lived.map(([path, , error]) => [path!, error!]),
            few.filter(({ path }) => paths.has(path)),
          );
          assertErrors(result.resumed.map(([path, , error]) => [path!, error!]), few);
        },
      );
      await t.step("The rows of contents are those of paths", () => {
        const expected = known.flatMap(({ path, replay }) =>
          (replay.losses ?? []).map(({ kind, timeNs }) => [path, kind, timeNs])
        );
        assertRows(result.losses.map(([path, ...rest]) => [pathOf(path), ...rest]), expected);
      });
      const duckdb = await askDuckDb(`${folder}/fleet`);
      for (const [i, expected] of [exceeding, lost, toLimit, close].entries()) {
        await t.step(`Question ${i + 1}: Spark and DuckDB answer as replay`, () => {
          const rows = expected(known);
          assert(rows.length > 50, `${rows.length}`);
          assertRows(result.answers[i]!, rows);
          assertRows(duckdb[i]!, rows);
        });
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

function writeRecordings(folder: string): FleetRecording[] {
  const made = [...fleetRecordings(RECORDINGS)];
  for (const { path, bytes } of made) {
    Deno.mkdirSync(`${folder}/${path.replace(/\/[^/]*$/, "")}`, { recursive: true });
    Deno.writeFileSync(`${folder}/${path}`, bytes);
  }
  return made;
}

/** Size of which there are not more than STREAMS recordings, or larger ones. */
function streamedSize(made: readonly FleetRecording[]): number {
  const sizes = made.map(({ bytes }) => bytes.length).sort((a, b) => b - a);
  assert(sizes[STREAMS - 1]! > sizes[STREAMS]!);
  return sizes[STREAMS - 1]!;
}

/** Writes the page's program for workers, which notes that it was started, and one that dies. */
function writePrograms(folder: string, starts: string): void {
  Deno.mkdirSync(folder);
  const shown = blocks.find(({ language }) => language === "bash")!.text;
  const program = shown.replaceAll("/opt/auxtail/", root)
    .replace("exec deno ", `echo "$*" >> ${starts}\nexec ${Deno.execPath()} `);
  const dying = `#!/bin/sh\ncase "$*" in */slice=${DYING_SLICE}\\ *) kill -9 $$ ;; esac\n` +
    `exec ${folder}/auxtail "$@"\n`;
  Deno.writeTextFileSync(`${folder}/auxtail`, program, { mode: 0o755 });
  Deno.writeTextFileSync(`${folder}/dying`, dying, { mode: 0o755 });
}

/** Compares what replay says with what was made. */
async function replayAll(made: readonly FleetRecording[], folder: string): Promise<Known[]> {
  const hosts = [...Deno.readDirSync(`${folder}/recordings`)]
    .map(({ name }) => `${folder}/recordings/${name}`);
  const started = performance.now();
  const { stdout } = await run(
    Deno.execPath(),
    [
      ...["run", "--no-prompt", "--allow-read", "cli/main.ts"],
      ...["replay", "--all", "--exit-zero", "--no-progress", "--format", "json", ...hosts],
    ],
    { cwd: root, accept: [0, 2] },
  );
  print(`replay: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const { recordings } = JSON.parse(stdout) as { recordings: Replay[] };
  const answers = new Map(recordings.map((replay) => [replay.input.path, replay]));
  return made.map((made) => {
    const path = `${folder}/recordings/${made.path}`;
    const replay = answers.get(path)!;
    assertEquals(replay.error === undefined ? replay.verdict : null, VERDICTS[made.kind], path);
    if (made.losses !== null) {
      const counts = Object.entries(replay.lossCounts).filter(([, count]) => count > 0);
      assertEquals(replay.recording.hostname, made.hostname, path);
      assertEquals(Object.fromEntries(counts), made.losses, path);
    }
    return { path, made, replay };
  });
}

/** Runs the Python of the page, and what it is followed by here. */
async function runJob(folder: string, large: number): Promise<JobResult> {
  const [byPath, byContent, views] = blocks.filter(({ language }) => language === "python")
    .map(({ text }) => text.replaceAll("/data/", `${folder}/`).replace("64 << 20", `${large}`));
  const { start, converted, death, contents, answers } = HARNESS;
  const script = [start, byPath, converted, death, byContent, contents, views, answers].join("\n");
  Deno.writeTextFileSync(`${folder}/job.py`, script);
  Deno.writeTextFileSync(`${folder}/questions.json`, JSON.stringify(questions()));
  await run(SPARK_PYTHON, ["job.py"], {
    cwd: folder,
    env: { ...SPARK_ENVIRONMENT, PATH: `${folder}/bin:${Deno.env.get("PATH")}`, LC_ALL: "C.UTF-8" },
  });
  return JSON.parse(Deno.readTextFileSync(`${folder}/result.json`));
}

function questions(): string[] {
  const found = blocks.filter(({ language }) => language === "sql").map(({ text }) => text);
  assertEquals(found.length, 4);
  return found;
}

async function askDuckDb(tables: string): Promise<Row[][]> {
  const started = performance.now();
  const views = blocks.flatMap(({ text }) => text.match(/^CREATE VIEW .*$/gm) ?? [])
    .map((view) => view.replaceAll("/data/fleet", tables));
  assertEquals(views.length, 3);
  const database = await DuckDBInstance.create(":memory:");
  const connection = await database.connect();
  try {
    for (const view of views) await connection.run(view);
    const answers: Row[][] = [];
    for (const question of questions()) {
      const rows = (await connection.runAndReadAll(question)).getRows();
      answers.push(
        rows.map((row) => row.map((cell) => typeof cell === "bigint" ? `${cell}` : cell as Cell)),
      );
    }
    print(`DuckDB: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return answers;
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

/** The path of a URL of Spark. */
function pathOf(url: Cell | undefined): string {
  return decodeURIComponent(`${url}`.replace(/^file:(?:\/\/)?/, ""));
}

/** Compares rows of a path and an error with what replay says of each recording. */
function assertErrors(rows: readonly Row[], known: readonly Known[]): void {
  const errors = new Map(rows.map(([path, error]) => [path!, error!]));
  assertEquals([errors.size, rows.length], [known.length, known.length]);
  for (const { path, replay } of known) {
    const isWhole = replay.error === undefined && replay.input.cut === null;
    const error = errors.get(path);
    assert(error !== undefined && (error === null) === isWhole, `${path}: ${error}`);
    if (replay.error !== undefined) assert(`${error}`.includes(replay.error), `${path}: ${error}`);
  }
}

/** Compares rows in any order; numbers are compared by value. */
function assertRows(rows: readonly Row[], expected: readonly Row[]): void {
  const sorted = (rows: readonly Row[]) =>
    rows.map((row) =>
      JSON.stringify(
        row.map((cell) =>
          typeof cell === "number" ? `${cell}` : typeof cell === "bigint" ? `${cell}` : cell
        ),
      )
    ).sort();
  assertEquals(sorted(rows), sorted(expected));
}

function exceeding(known: readonly Known[]): Row[] {
  return known.filter(({ replay }) => replay.verdict === "exceeds")
    .map(({ path, replay: { recording, totals, queues, conclusion } }) => [
      recording.hostname,
      path,
      totals.flaggedTails,
      `${queues.map(({ lastTail }) => BigInt(lastTail ?? 0)).reduce((a, b) => a > b ? a : b)}`,
      conclusion,
    ]);
}

function lost(known: readonly Known[]): Row[] {
  return known.flatMap(({ path, replay: { losses = [] } }) => {
    const groups = Map.groupBy(losses, ({ queue, kind }) => `${queue} ${kind}`);
    return [...groups.values()].map((group) => {
      const [{ queue, kind, remedy }] = group as [Replay["losses"][0]];
      const times = group.flatMap(({ timeNs }) => timeNs === null ? [] : BigInt(timeNs));
      const first = times.length === 0 ? null : `${times.reduce((a, b) => a < b ? a : b)}`;
      return [path, queue, kind, group.length, first, remedy];
    });
  });
}

function toLimit(known: readonly Known[]): Row[] {
  return known.flatMap(({ path, made, replay: { queues = [] } }) => {
    const seconds = queues.flatMap(({ secondsToLimit }) => secondsToLimit ?? []);
    if (made.nsToLimit === null && seconds.length === 0) return [];
    const ns = made.nsToLimit === null ? null : `${made.nsToLimit}`;
    return [[path, ns, seconds.length === 0 ? null : Math.min(...seconds)]];
  });
}

function close(known: readonly Known[]): Row[] {
  return known.filter(({ replay }) => replay.verdict === "fits")
    .map(({ path, replay: { queues, totals } }) => {
      const headrooms = queues.flatMap(({ headroomBytes }) => headroomBytes ?? []);
      return [path, Math.min(...headrooms), totals.missingBytes];
    });
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
