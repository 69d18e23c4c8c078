import { assert, assertEquals, assertGreater, assertMatch, assertNotEquals } from "@std/assert";
import { callCli } from "../testing/call_cli.ts";
import {
  allRows,
  assertListed,
  filesIn,
  fleet,
  inFolder,
  type ManifestLike,
  manifestOf,
  rowsOf,
  SMALL,
} from "../testing/fleet_tables.ts";
import { randomNumbers } from "../testing/random_numbers.ts";
import type { CliRun } from "../testing/run_cli.ts";

const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";
const FITS = "testdata/aux_demo_fits.perf.data";
const PARTS = ["--to", "ndjson", "--part-size", "64K"];
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const;

function convert(...args: string[]): Promise<CliRun> {
  return callCli(["convert", ...args]);
}

/** Starts the program, and sends a signal when `isTime` says so; returns its exit code. */
async function interrupted(
  args: readonly string[],
  { signal, isTime }: { readonly signal: Deno.Signal; readonly isTime: () => boolean },
): Promise<number> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "cli/main.ts",
      "convert",
      ...args,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  const status = process.status.finally(() => hasEnded = true);
  while (!hasEnded && !isTime()) await new Promise((resolve) => setTimeout(resolve, 2));
  try {
    process.kill(signal);
  } catch {
    // It has ended.
  }
  return (await status).code;
}

/** How many recordings are listed; 0 while there is no manifest. */
function listed(folder: string): number {
  return exists(`${folder}/manifest.json`) ? manifestOf(folder).recordings.length : 0;
}

for (
  const [more, signals] of [
    [["--jobs", "1"], SIGNALS],
    [["--jobs", "2"], ["SIGTERM", "SIGKILL"]],
    [["--partition", "recording", "--table", "tails", "--table", "recordings"], ["SIGINT"]],
  ] as const
) {
  Deno.test(`auxtail convert --resume ${more.join(" ")} goes on after any interrupt`, async () => {
    await inFolder(async (folder) => {
      const input = fleet(folder, 140);
      Deno.writeTextFileSync(`${input}/bad.data`, "bad");
      const whole = `${folder}/whole`;
      assertEquals((await convert(input, ...PARTS, ...more, "-o", whole)).code, 2);
      const expected = allRows(whole);
      const random = randomNumbers(15);
      let stopped = 0;
      for (const signal of signals) {
        const out = `${folder}/${signal}`;
        const args = [input, ...PARTS, ...more, "--resume", "-o", out];
        for (const most of [0, random() % 50, 50 + random() % 70]) {
          let ticks = random() % 20;
          const isTime = () =>
            exists(`${out}/manifest.json`) && listed(out) >= most &&
            ticks-- <= 0;
          const code = await interrupted(args, { signal, isTime });
          // What is listed is whole, whatever happened.
          const { parts, recordings } = manifestOf(out);
          for (const { file, bytes } of parts) {
            assertEquals([file, Deno.statSync(`${out}/${file}`).size], [file, bytes]);
          }
          if (recordings.length === 141) continue;
          stopped++;
          // 128 and more: it came before the program could hear it, or cannot be heard.
          assert(code === 2 || code > 128, `${code}`);
          if (code === 2) assertListed(out);
        }
        const { code, stderr } = await convert(...args);
        assertEquals(code, 2, stderr);
        const { recordings } = assertListed(out);
        assertEquals(new Set(recordings.map(({ path }) => path)).size, 141);
        assertEquals(recordings.length, 141);
        assertEquals(allRows(out), expected);
      }
      assertGreater(stopped, 0);
    });
  });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("auxtail convert leaves nothing after an interrupt without --resume", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 300);
    const random = randomNumbers(16);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      for (const jobs of ["1", "2"]) {
        const out = `${folder}/${signal}${jobs}`;
        const args = [input, ...PARTS, "--jobs", jobs, "-o", out];
        let ticks = random() % 50;
        const isTime = () => exists(`${out}/tails`) && ticks-- <= 0;
        if (await interrupted(args, { signal, isTime }) === 0) continue;
        assert(!exists(`${out}/manifest.json`));
        assertEquals(Deno.readDirSync(folder).some(({ name }) => out.endsWith(name)), false);
      }
    }
  });
});

Deno.test("auxtail convert --resume does nothing again, and adds what is new", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 20);
    const out = `${folder}/out`;
    const args = [input, ...PARTS, "--resume", "-o", out];
    assertEquals((await convert(...args)).code, 0);
    const first = manifestOf(out);
    const again = await convert(...args);
    assertEquals(again.code, 0);
    assertMatch(again.stderr, /: 6 tables of 20 recordings in 2 parts; 20 were done before\n$/);
    assertEquals(manifestOf(out), first);

    Deno.copyFileSync(FITS, `${input}/new.data`);
    Deno.mkdirSync(`${folder}/other`);
    Deno.copyFileSync(FITS, `${folder}/other/r0000.data`);
    const more = await convert(`${folder}/other/r0000.data`, ...args);
    assertMatch(more.stderr, /: 6 tables of 22 recordings in 3 parts; 20 were done before\n$/);
    const { recordings, parts } = assertListed(out);
    assertEquals(recordings.slice(0, 20), first.recordings);
    assertEquals(parts.slice(0, 12), first.parts);
    // Names stay apart from those of before.
    const names = recordings.map(({ name }) => name);
    assertEquals(names.slice(20), ["other/r0000.data", "new.data"]);
    assertEquals(new Set(names).size, 22);
  });
});

Deno.test("auxtail convert --resume converts what has changed, and what shares its parts", async () => {
  for (const more of [[], ["--partition", "recording"], ["--jobs", "2"]]) {
    await inFolder(async (folder) => {
      const input = fleet(folder, 60);
      const bad = `${input}/bad.data`;
      Deno.writeTextFileSync(bad, "bad");
      const out = `${folder}/out`;
      const args = [...PARTS, ...more, "--resume", "-o", out];
      assertEquals((await convert(input, ...args)).code, 2);
      const before = manifestOf(out);
      Deno.copyFileSync("testdata/lab_perf64.perf.data", `${input}/r0020.data`);
      // A failed one is tried again, as it has changed.
      Deno.copyFileSync(EXCEEDS, bad);
      // One that is gone is done.
      const gone = before.recordings.find(({ parts, name }) =>
        ![bad, `${input}/r0020.data`].some((path) => partsOf(before, path).includes(parts[0]!)) &&
        name !== "r0020.data"
      );
      if (gone !== undefined) Deno.removeSync(gone.path);
      const list = before.recordings.map(({ path }) => path);
      const { code, stderr } = await convert(...list, ...args);
      assertEquals(code, 0, stderr);
      const after = assertListed(out);
      assertEquals(after.recordings.length, 61);
      assertEquals(new Set(after.recordings.map(({ path }) => path)).size, 61);
      assertNotEquals(partsOf(after, bad), partsOf(before, bad));

      if (gone !== undefined) {
        Deno.copyFileSync(SMALL[Number(/r(\d+)/.exec(gone.name)![1]) % SMALL.length]!, gone.path);
      }
      const fresh = `${folder}/fresh`;
      assertEquals((await convert(input, ...PARTS, ...more, "-o", fresh)).code, 0);
      assertEquals(allRows(out), allRows(fresh));
    });
  }
});

function partsOf({ recordings }: ManifestLike, path: string): readonly number[] {
  return recordings.find((recording) => recording.path === path)!.parts;
}

Deno.test("auxtail convert --resume keeps rows of what is gone, and says what it cannot replace", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 5);
    const out = `${folder}/out`;
    const args = [input, ...PARTS, "--resume", "-o", out];
    assertEquals((await convert(...args)).code, 0);
    const before = allRows(out);
    Deno.removeSync(`${input}/r0001.data`);
    Deno.copyFileSync(EXCEEDS, `${input}/r0002.data`);
    const { code, stderr } = await convert(...args);
    assertEquals(code, 2);
    assertMatch(
      stderr,
      /1 cannot be read: .*r0002\.data: it has changed .* "[^"]*r0001\.data", which is gone/,
    );
    assertEquals(allRows(out), before);
  });
});

Deno.test("auxtail convert --resume still says what could not be read", async () => {
  await inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/bad.data`, "bad");
    const args = ["--to", "ndjson", "--resume", "-o", `${folder}/out`];
    for (const before of ["", "; 3 were done before"]) {
      const { code, stderr } = await convert(
        ...[EXCEEDS, `${folder}/bad.data`, "testdata/aux_cut.perf.data", ...args],
      );
      assertEquals(code, 2);
      const said =
        `: 6 tables of 3 recordings in 1 part${before}; 1 cannot be read, 1 is cut: the `;
      assert(stderr.includes(said), stderr);
    }
    assertEquals(rowsOf(`${folder}/out`, "recordings").length, 3);
  });
});

Deno.test("auxtail convert --resume refuses other options, and tables of others", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    const args = [input, "--resume", "-o", out];
    assertEquals((await convert(...args, "--to", "ndjson")).code, 0);
    const before = manifestOf(out);
    for (
      const [more, message] of [
        [["--to", "csv"], /--to ndjson, not --to csv/],
        [["--to", "ndjson", "--bits", "40"], /--bits 32, not --bits 40/],
        [["--to", "ndjson", "--table", "tails"], /recordings, chunks.*, not the tables tails/],
        [
          ["--to", "ndjson", "--partition", "recording"],
          /no --partition, not --partition recording/,
        ],
        [["--to", "ndjson", "--from-arch", "i686"], /no --from-arch, not --from-arch i686/],
        [["--to", "ndjson", "--perf", "released"], /no --perf, not --perf released/],
      ] as const
    ) {
      const { code, stderr } = await convert(...args, ...more);
      assertEquals(code, 2);
      assertMatch(stderr, message);
      assertEquals(assertListed(out), before);
    }
    // Sizes of parts change no row.
    assertEquals((await convert(...args, "--to", "ndjson", "--part-size", "1M")).code, 0);

    for (const text of ["", "{}", "[]", '{"schema":"auxtail.convert/1","options":{},"parts":0}']) {
      Deno.writeTextFileSync(`${out}/manifest.json`, text);
      const { code, stderr } = await convert(...args, "--to", "ndjson");
      assertEquals(code, 2);
      assertMatch(stderr, /no manifest of auxtail convert/);
    }
    const evil = { ...before, schema: "auxtail.convert/1" };
    evil.parts = [{ ...before.parts[0]!, file: "../in/r0000.data" }];
    Deno.writeTextFileSync(`${out}/manifest.json`, JSON.stringify(evil));
    assertMatch((await convert(...args, "--to", "ndjson")).stderr, /no manifest/);
    Deno.removeSync(`${out}/manifest.json`);
    const there = filesIn(out);
    const { code, stderr } = await convert(...args, "--to", "ndjson");
    assertEquals(code, 2);
    assertMatch(stderr, /part-0\.ndjson" is there: nothing was written/);
    assertEquals(filesIn(out), there);
  });
});

Deno.test("auxtail convert --resume removes what an interrupted run left, and nothing else", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    const args = [input, "--to", "ndjson", "--resume", "-o", out];
    assertEquals((await convert(...args)).code, 0);
    const before = allRows(out);
    for (const left of ["tails/part-1.ndjson", "tails/part-2.ndjson.part", "manifest.json.part"]) {
      Deno.writeTextFileSync(`${out}/${left}`, "left");
    }
    for (const mine of ["tails/mine.txt", "notes.txt", "tails/part-x.ndjson"]) {
      Deno.writeTextFileSync(`${out}/${mine}`, "mine");
    }
    assertEquals((await convert(...args)).code, 0);
    for (const mine of ["tails/mine.txt", "notes.txt", "tails/part-x.ndjson"]) {
      assertEquals(Deno.readTextFileSync(`${out}/${mine}`), "mine");
      Deno.removeSync(`${out}/${mine}`);
    }
    assertListed(out);
    assertEquals(allRows(out), before);
  });
});

Deno.test("auxtail convert --resume waits for no other run in the same folder", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    Deno.mkdirSync(out);
    using lock = Deno.openSync(out);
    assert(lock.tryLockSync(true));
    const { code, stderr } = await convert(input, "--to", "csv", "--resume", "-o", out);
    assertEquals(code, 2);
    assertMatch(stderr, /another run writes to/);
    assertEquals(filesIn(out), []);
  });
});
