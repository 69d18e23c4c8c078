import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { writeBigRecording } from "../testing/big_recording.ts";
import { callCli } from "../testing/call_cli.ts";
import {
  allRows,
  assertListed,
  filesIn,
  fleet,
  FLEET_TABLES,
  inFolder,
  rowsOf,
} from "../testing/fleet_tables.ts";
import type { CliRun } from "../testing/run_cli.ts";

const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";
const FITS = "testdata/aux_demo_fits.perf.data";
const CUT = "testdata/aux_cut.perf.data";

function convert(...args: string[]): Promise<CliRun> {
  return callCli(["convert", ...args]);
}

Deno.test("auxtail convert writes many recordings to one part of each table", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 14);
    const out = `${folder}/out`;
    const { code, stdout, stderr } = await convert(input, "--to", "ndjson", "-o", out);
    assertEquals([code, stdout], [0, ""]);
    assertEquals(stderr, `auxtail: wrote ${out}: 6 tables of 14 recordings in 1 part\n`);
    assertEquals(
      filesIn(out),
      [...FLEET_TABLES.map((table) => `${table}/part-0.ndjson`), "manifest.json"].sort(),
    );
    const { options, recordings } = assertListed(out);
    assertEquals(
      [options.to, options.partition, options.bits],
      ["ndjson", null, 32],
    );
    assertEquals(recordings.length, 14);
    const [first] = recordings;
    const { size, mtime } = Deno.statSync(`${input}/r0000.data`);
    assertEquals(first, {
      ...{ path: `${input}/r0000.data`, realPath: Deno.realPathSync(`${input}/r0000.data`) },
      ...{ name: "r0000.data", size, mtime: mtime!.toISOString() },
      ...{ folder: null, parts: [0], error: null },
    });
    // The rows are those of each recording alone, with its name before them.
    for (const table of FLEET_TABLES) {
      const alone = await Promise.all(
        recordings.map(async ({ path, name }) => {
          const { stdout } = await convert(path, "--to", "ndjson", "--table", table);
          return stdout.split("\n").slice(0, -1)
            .map((row) => `{"recording":"${name}",${row.slice(1)}`);
        }),
      );
      assertEquals(rowsOf(out, table), alone.flat().sort(), table);
    }
  });
});

Deno.test("auxtail convert prints one table of many recordings as lines", async () => {
  const run = await convert(EXCEEDS, FITS, "--to", "csv", "--table", "tails");
  assertEquals([run.code, run.stderr], [0, ""]);
  const rows = run.stdout.trimEnd().split("\r\n").map((row) => row.split(","));
  assertEquals(rows[0]!.slice(0, 2), ["recording", "queue"]);
  assertEquals(
    [...new Set(rows.slice(1).map(([name]) => name))],
    ["aux_demo_exceeds.perf.data", "aux_demo_fits.perf.data"],
  );
  for (const jobs of ["1", "2"]) {
    const args = ["--to", "ndjson", "--table", "recordings", "--jobs", jobs];
    const failed = await convert(EXCEEDS, "testdata/README.md", CUT, FITS, ...args);
    assertEquals(failed.code, 2);
    assertMatch(
      failed.stderr,
      /^auxtail: 1 cannot be read, 1 is cut: the first is testdata\/\S+: [^\n]*\n$/,
    );
    const errors = failed.stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      .map(({ recording, error }) => [recording, error !== null]).sort();
    assertEquals(errors, [
      ["README.md", true],
      ["aux_cut.perf.data", true],
      ["aux_demo_exceeds.perf.data", false],
      ["aux_demo_fits.perf.data", false],
    ]);
  }
});

Deno.test("auxtail convert begins other parts at --part-size", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 150);
    const [one, many] = [`${folder}/one`, `${folder}/many`];
    const args = ["--to", "ndjson", "-o"];
    assertEquals((await convert(input, ...args, one)).code, 0);
    assertEquals((await convert(input, ...args, many, "--part-size", "64K")).code, 0);
    assertEquals(allRows(many), allRows(one));
    const { parts, recordings } = assertListed(many);
    const numbers = new Set(parts.map(({ file }) => /part-(\d+)/.exec(file)![1]));
    assertGreater(numbers.size, 2);
    assertEquals(parts.length, numbers.size * FLEET_TABLES.length);
    for (const { bytes } of parts) assertLess(bytes, (1 << 16) + (1 << 13));
    for (const { parts } of recordings) assertGreater(parts.length, 0);
    // A part is nearly full, but for the last.
    const largest = [...numbers].map((number) =>
      Math.max(...parts.filter(({ file }) => file.includes(`part-${number}.`)).map((p) => p.bytes))
    );
    for (const bytes of largest.slice(0, -1)) assertGreater(bytes, 0.8 * (1 << 16));
  });
});

Deno.test("auxtail convert splits a long recording, which then has parts of its own", async () => {
  await inFolder(async (folder) => {
    const long = `${folder}/long.data`;
    writeBigRecording(long, { size: 1 << 20, chunkSize: 1 << 10 });
    const names = [EXCEEDS, long, FITS];
    const out = `${folder}/out`;
    const args = ["--to", "ndjson", "--table", "records", "-o", out, "--part-size", "64K"];
    assertEquals((await convert(...names, ...args)).code, 0);
    const { recordings } = assertListed(out);
    const parts = Object.fromEntries(recordings.map(({ name, parts }) => [name, parts]));
    assertGreater(parts["long.data"]!.length, 1);
    assertEquals(parts["aux_demo_exceeds.perf.data"], [0]);
    assert(!parts["long.data"]!.includes(parts["aux_demo_fits.perf.data"]![0]!));
    const counts = await Promise.all(
      names.map(async (path) =>
        (await convert(path, "--to", "ndjson", "--table", "records")).stdout.split("\n").length - 1
      ),
    );
    assertEquals(rowsOf(out, "records").length, counts.reduce((a, b) => a + b));
  });
});

Deno.test("auxtail convert --partition gives each recording a folder", async () => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/in`);
    const long = " ".repeat(245);
    Deno.copyFileSync(EXCEEDS, `${folder}/in/a b=c.data`);
    Deno.copyFileSync(CUT, `${folder}/in/cut.data`);
    Deno.copyFileSync(FITS, `${folder}/in/${long}1.data`);
    Deno.copyFileSync(FITS, `${folder}/in/${long}2.data`);
    Deno.writeTextFileSync(`${folder}/in/none.data`, "nothing");
    const out = `${folder}/out`;
    const { code, stderr } = await convert(
      ...[`${folder}/in`, "--to", "ndjson", "--table", "tails", "--table", "recordings"],
      ...["-o", out, "--partition", "recording"],
    );
    assertEquals(code, 2);
    assertMatch(
      stderr,
      /^auxtail: wrote .*: 2 tables of 5 recordings in 5 parts; 1 cannot be read, 1 is cut: the first is .*\n$/,
    );
    const names = filesIn(out).map((name) => name.replace(/(?:%20)+/, "%20"));
    const spaces = (table: string) =>
      filesIn(out).filter((name) => name.startsWith(table) && name.includes("%20%20")).length;
    assertEquals([spaces("tails"), spaces("recordings")], [2, 2]);
    for (const name of ["a%20b%3Dc.data", "cut.data"]) {
      assert(names.includes(`tails/recording=${name}/part-0.ndjson`), name);
    }
    assert(!names.includes("tails/recording=none.data/part-0.ndjson"));
    const row = JSON.parse(
      Deno.readTextFileSync(`${out}/recordings/recording=none.data/part-0.ndjson`),
    );
    assertEquals([row.name, row.verdict, row.recording], ["none.data", null, undefined]);
    assertMatch(row.error, /expected the magic/);
    const cut = JSON.parse(
      Deno.readTextFileSync(`${out}/recordings/recording=cut.data/part-0.ndjson`),
    );
    assertMatch(cut.error, /at 0x300/);
    assertListed(out);
  });
});

/** Files that are no whole recordings, by their names. */
const BAD: Readonly<Record<string, string>> = {
  "cut.data": Deno.readTextFileSync("testdata/README.md"),
  "empty.data": "",
  "gzip.data.gz": "\x1f\x8b\x08\x00\x00\x00",
  "magic.data": "PERFILE2",
  "text.data": "nothing",
  "header.data": `PERFILE2${"\x68\0\0\0\0\0\0\0".repeat(12)}`,
  [`${"n".repeat(250)}.data`]: "long",
  ["\n\u202e=1+1.data"]: "hostile",
};

Deno.test("auxtail convert takes what cannot be read for rows, and the others stay", async () => {
  for (const jobs of ["1", "2"]) {
    for (const more of [[], ["--partition", "recording"], ["--resume"]]) {
      await inFolder(async (folder) => {
        const input = fleet(folder, 14);
        for (const [name, text] of Object.entries(BAD)) {
          Deno.writeTextFileSync(`${input}/${name}`, text);
        }
        Deno.symlinkSync(`${folder}/nowhere`, `${input}/dangling.data`);
        Deno.symlinkSync(`${input}/loop.data`, `${input}/loop.data`);
        Deno.mkdirSync(`${input}/dir.data`);
        Deno.writeTextFileSync(`${input}/dir.data/data`, "");
        const long = `${folder}/${"x".repeat(256)}`;
        const listed = [input, long, `${folder}/a\0b`, EXCEEDS];
        const args = ["--to", "ndjson", "-o", `${folder}/out`, "--jobs", jobs, ...more];
        const { code, stderr } = await convert(...listed, ...args);
        assertEquals(code, 2, stderr);
        const bad = Object.keys(BAD).length + 5;
        assertMatch(stderr, /^auxtail: wrote [^\n]* cannot be read[^\n]*: the first is [^\n]*\n$/);
        const { recordings } = assertListed(`${folder}/out`);
        const errors = new Map(recordings.map(({ path, error }) => [path, error]));
        assertEquals(recordings.length, bad + 15);
        assertEquals([...errors.values()].filter((error) => error !== null).length, bad);
        for (const row of rowsOf(`${folder}/out`, "recordings").map((row) => JSON.parse(row))) {
          const error = errors.get(row.path) ?? null;
          assert(error === row.error || error?.includes(row.error), `${error}, ${row.error}`);
          assert(!error?.includes("bug"), `${error}`);
        }
      });
    }
  }
});

Deno.test("auxtail convert has the same rows by one and by two jobs", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 100);
    for (const partSize of ["128M", "64K"]) {
      const rows = [];
      for (const jobs of ["1", "2", "3"]) {
        const out = `${folder}/${partSize}-${jobs}`;
        const args = ["--to", "ndjson", "-o", out, "--jobs", jobs, "--part-size", partSize];
        const { code, stderr } = await convert(input, "testdata/lab_perf64.perf.data", ...args);
        assertEquals([code, stderr.startsWith("auxtail: wrote ")], [0, true]);
        assertListed(out);
        rows.push(allRows(out));
      }
      assertEquals(rows[1], rows[0]);
      assertEquals(rows[2], rows[0]);
    }
  });
});

Deno.test("auxtail convert replaces the tables of a fleet with --force only", async () => {
  await inFolder(async (folder) => {
    const out = `${folder}/out`;
    const args = ["--to", "ndjson", "-o", out];
    Deno.mkdirSync(`${out}/tails`, { recursive: true });
    Deno.writeTextFileSync(`${out}/tails/part-7.ndjson`, "old\n");
    Deno.writeTextFileSync(`${out}/tails/mine.txt`, "mine");
    // Nothing says that this part is ours.
    for (const more of [[], ["--force"], ["--resume"]]) {
      const refused = await convert(EXCEEDS, FITS, ...args, ...more);
      assertEquals(refused.code, 2);
      assertMatch(refused.stderr, /part-7\.ndjson" is there, and no manifest\.json lists it/);
      assertEquals(filesIn(out), ["tails/mine.txt", "tails/part-7.ndjson"]);
    }
    Deno.removeSync(`${out}/tails/part-7.ndjson`);
    assertEquals((await convert(EXCEEDS, FITS, ...args)).code, 0);
    const refused = await convert(EXCEEDS, FITS, ...args);
    assertEquals(refused.code, 2);
    assertMatch(refused.stderr, /" is there: nothing was written; --force replaces it\n$/);
    const partitioned = [EXCEEDS, FITS, ...args, "--partition", "recording", "--force"];
    for (const more of [partitioned, [EXCEEDS, FITS, ...args, "--force"]]) {
      assertEquals((await convert(...more)).code, 0);
      assertEquals(Deno.readTextFileSync(`${out}/tails/mine.txt`), "mine");
      Deno.removeSync(`${out}/tails/mine.txt`);
      assertListed(out);
      Deno.writeTextFileSync(`${out}/tails/mine.txt`, "mine");
    }
    // No folder is left that has nothing in it.
    assertEquals([...Deno.readDirSync(`${out}/tails`)].length, 2);
    // Tables of one recording, and of several, replace each other.
    assertEquals((await convert(EXCEEDS, ...args)).code, 2);
    assertEquals((await convert(EXCEEDS, ...args, "--force")).code, 0);
    assertEquals(
      filesIn(out),
      ["tails/mine.txt", ...FLEET_TABLES.map((table) => `${table}.ndjson`)].sort(),
    );
    const folders = [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory);
    assertEquals(folders.map(({ name }) => name), ["tails"]);
    assertEquals((await convert(EXCEEDS, FITS, ...args)).code, 2);
  });
});

Deno.test("auxtail convert refuses options of many recordings that do not fit", async () => {
  for (
    const [args, message] of [
      [["--part-size", "63K"], /takes 64K or more, got 63K/],
      [["--part-size", "x"], /takes bytes such as 64K/],
      [["--jobs", "0"], /takes 1 to 64, got 0/],
      [["--resume", "--force"], /do not go together/],
      [["--partition", "host"], /recording/],
    ] as const
  ) {
    const { code, stderr } = await convert(FITS, "--to", "csv", "-o", "nowhere", ...args);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
  const stream = await convert("-", "--to", "csv", "-o", "nowhere", "--resume");
  assertMatch(stream.stderr, /--resume does not go with standard input/);
  const parts = ["--part-size", "1M"];
  for (const args of [["--resume"], parts, ["--partition", "recording"]]) {
    const trace = await convert(FITS, "--to", "perfetto", "-o", "nowhere", ...args);
    assertMatch(trace.stderr, /does not go with --to perfetto/);
    const table = ["--to", "csv", "--table", "tails"];
    if (args !== parts) assertMatch((await convert(FITS, ...table, ...args)).stderr, /"--output"/);
  }
});

/** Runs the program with a small heap, and returns the most memory that it had, in bytes. */
async function peakOf(args: readonly string[]): Promise<number> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--v8-flags=--max-old-space-size=40,--max-semi-space-size=2",
      "cli/main.ts",
      "convert",
      ...args,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let [peak, hasEnded] = [0, false];
  const status = process.status.finally(() => hasEnded = true);
  while (!hasEnded) {
    try {
      const text = Deno.readTextFileSync(`/proc/${process.pid}/status`);
      peak = Math.max(peak, Number(/VmHWM:\s*(\d+)/.exec(text)?.[1] ?? 0) * 1024);
    } catch {
      // It has ended.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals((await status).code, 0);
  return peak;
}

Deno.test({
  name: "auxtail convert reads 2,000 recordings in bounded memory",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await inFolder(async (folder) => {
      const input = fleet(folder, 2000);
      const peak = await peakOf([input, "--to", "ndjson", "-o", `${folder}/out`]);
      assertLess(peak, 160 * 2 ** 20);
    });
  },
});

Deno.test("auxtail convert asks for no permission that it has", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const { requestSync } = Deno.permissions;
    let requests = 0;
    Deno.permissions.requestSync = (descriptor) => {
      requests++;
      return requestSync.call(Deno.permissions, descriptor);
    };
    try {
      const { code } = await convert(
        ...[input, "--to", "ndjson", "--partition", "recording", "-o", `${folder}/out`],
      );
      assertEquals([code, requests], [0, 0]);
    } finally {
      Deno.permissions.requestSync = requestSync;
    }
  });
});
