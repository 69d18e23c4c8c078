import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
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
import { ConvertedTables } from "./actions/_convert_tables.ts";
import { InputFiles } from "./output/input_files.ts";

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
  // Where other programs want the CPU, this one is not to end before it is looked at.
  const process = new Deno.Command("nice", {
    args: [
      "-n",
      "19",
      Deno.execPath(),
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
  Deno.test(`auxtail convert --resume ${more.join(" ")} continues after any interrupt`, async () => {
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

Deno.test("auxtail convert --resume ends parts after 1,000 recordings, others do not", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 1010);
    for (const [option, rows] of [["--resume", [1000, 10]], ["--force", [1010]]] as const) {
      const out = `${folder}/out${option}`;
      const args = ["--to", "ndjson", "--table", "recordings", "-o", out, option];
      assertEquals((await convert(input, ...args)).code, 0);
      assertEquals(manifestOf(out).parts.map((part) => part.rows), rows);
    }
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
    assertMatch(
      stderr,
      /part-0\.ndjson" is there, and no manifest\.json lists it: nothing was written/,
    );
    assertEquals(filesIn(out), there);
  });
});

const BEGUN =
  "auxtail.convert/1: parts that go after an interrupt where manifest.json lacks them\n";

Deno.test("auxtail convert --resume removes what an interrupted run left, and nothing else", async () => {
  for (const more of [[], ["--partition", "recording"]]) {
    await inFolder(async (folder) => {
      const input = fleet(folder, 3);
      const out = `${folder}/out`;
      const args = ["--to", "ndjson", ...more, "--resume", "-o", out];
      assertEquals((await convert(input, ...args)).code, 0);
      const before = allRows(out);
      const at = more.length === 0 ? "" : "recording=left/";
      const left = [`tails/${at}part-1.ndjson`, `tails/${at}part-2.ndjson.part`];
      const input9 = `records/${at}part-9.ndjson`;
      // The last line is not whole: that part was never begun.
      const cut = `tails/${at}part-7.ndjson`;
      const listed = manifestOf(out).parts[0]!.file;
      const begun = [left[0], left[1]!.slice(0, -".part".length), input9, listed, ""].join("\n");
      Deno.writeTextFileSync(`${out}/manifest.begun`, `${BEGUN}${begun}${cut}`);
      for (const table of ["tails", "records"]) {
        Deno.mkdirSync(`${out}/${table}/${at}`, { recursive: true });
      }
      for (const file of left) Deno.writeTextFileSync(`${out}/${file}`, "left");
      const whole = Deno.readTextFileSync(`${out}/manifest.json`);
      Deno.writeTextFileSync(`${out}/manifest.json.part`, whole.slice(0, 50));
      Deno.copyFileSync(FITS, `${out}/${input9}`);
      const mine = [
        ...["notes.txt", "tails/mine.txt", "tails/part-x.ndjson", cut],
        ...[`tails/${at}part-3.ndjson`, `losses/part-1.ndjson.part`, "tails/part-1.csv"],
      ];
      for (const file of mine) Deno.writeTextFileSync(`${out}/${file}`, "mine");
      const { code, stderr } = await convert(input, `${out}/${input9}`, ...args);
      assertEquals(code, 0, stderr);
      for (const file of mine) {
        assertEquals(Deno.readTextFileSync(`${out}/${file}`), "mine");
        Deno.removeSync(`${out}/${file}`);
      }
      assertEquals(Deno.readFileSync(`${out}/${input9}`), Deno.readFileSync(FITS));
      Deno.removeSync(`${out}/${input9}`);
      const { recordings } = assertListed(out);
      assertEquals(recordings.length, 4);
      // Other files have these numbers.
      if (more.length === 0) assertEquals(recordings[3]!.parts, [2]);
      for (const [table, rows] of Object.entries(before)) {
        assertEquals(rows.filter((row) => !rowsOf(out, table).includes(row)), []);
      }
    });
  }
});

Deno.test("auxtail convert --resume leaves a file alone that is named as its own", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    const args = [input, "--to", "ndjson", "--resume", "-o", out];
    for (const text of ["mine", `${BEGUN}../in/r0000.data\n`, `${BEGUN}tails/../part-1.csv\n`]) {
      Deno.mkdirSync(out, { recursive: true });
      Deno.writeTextFileSync(`${out}/manifest.begun`, text);
      const { code, stderr } = await convert(...args);
      assertEquals(code, 2);
      assertMatch(stderr, /manifest\.begun" is not of auxtail convert/);
      assertEquals(filesIn(out), ["manifest.begun"]);
      assertEquals(Deno.readTextFileSync(`${out}/manifest.begun`), text);
    }
    Deno.removeSync(`${out}/manifest.begun`);
    Deno.writeTextFileSync(`${out}/manifest.json.part`, "mine");
    assertEquals((await convert(...args)).code, 2);
    assertEquals(Deno.readTextFileSync(`${out}/manifest.json.part`), "mine");
  });
});

Deno.test("auxtail convert --force continues after an interrupted --resume", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    const args = [input, "--to", "ndjson", "-o", out];
    assertEquals((await convert(...args, "--resume")).code, 0);
    const before = allRows(out);
    Deno.writeTextFileSync(`${out}/manifest.begun`, `${BEGUN}tails/part-1.ndjson\n`);
    Deno.writeTextFileSync(`${out}/tails/part-1.ndjson`, "left");
    assertEquals((await convert(...args, "--force")).code, 0);
    assertListed(out);
    assertEquals(allRows(out), before);
  });
});

Deno.test("auxtail convert --resume knows a recording by any spelling, and from any folder", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    const args = ["--to", "ndjson", "--resume", "-o", out];
    assertEquals((await convert(input, ...args)).code, 0);
    const first = manifestOf(out);
    Deno.symlinkSync(input, `${folder}/link`);
    for (const path of [`${input}/../in`, `${folder}/link`, `${folder}/link/../in`]) {
      const { code, stderr } = await convert(path, ...args);
      assertEquals(code, 0, stderr);
      assertMatch(stderr, /3 recordings in 1 part; 3 were done before\n$/);
      assertEquals(manifestOf(out), first);
    }
    // The same name from two folders is that of two recordings.
    const convertIn = async (cwd: string) => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--no-prompt", "--allow-read", "--allow-write"],
          ...[Deno.realPathSync("cli/main.ts"), "convert", "r.data", ...args],
        ],
        cwd,
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
    };
    for (const [name, from] of [["a", EXCEEDS], ["b", FITS]] as const) {
      Deno.mkdirSync(`${folder}/${name}`);
      Deno.copyFileSync(from, `${folder}/${name}/r.data`);
      for (let i = 0; i < 2; i++) await convertIn(`${folder}/${name}`);
    }
    const { recordings } = assertListed(out);
    assertEquals(recordings.slice(3).map(({ path, name }) => [path, name]), [
      ["r.data", "r.data"],
      ["r.data", "./r.data"],
    ]);
    // What has changed is found from elsewhere, too, and what shares its parts.
    Deno.copyFileSync("testdata/lab_perf64.perf.data", `${folder}/a/r.data`);
    await convertIn(`${folder}/a`);
    Deno.copyFileSync(FITS, `${input}/r0001.data`);
    assertEquals((await convert(`${folder}/link/r0001.data`, ...args)).code, 0);
    const after = assertListed(out);
    assertEquals(after.recordings.length, 5);
    assertEquals(
      new Set(after.recordings.map(({ name }) => name)),
      new Set(recordings.map(({ name }) => name)),
    );
  });
});

Deno.test("auxtail convert --resume takes no manifest of other shapes", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    const args = [input, "--to", "ndjson", "--partition", "recording", "--resume", "-o", out];
    assertEquals((await convert(...args)).code, 0);
    const path = `${out}/manifest.json`;
    const text = Deno.readTextFileSync(path);
    const { parts: [part], recordings: [recording] } = JSON.parse(text);
    const others: [list: "parts" | "recordings", entry: unknown][] = [
      ...[null, 5, [], {}, part].map((entry) => ["parts", entry] as ["parts", unknown]),
    ];
    for (
      const change of [
        ...["../../esc", "recording=..", "tails/recording=a/../part-0.ndjson"],
        ...["/tmp/x", "tails/part-0.ndjson", "tails/recording=a/part-00.ndjson"],
        ...["tails/recording=a/part-9999999999999999.ndjson", "tails/recording=a/part-0.csv"],
      ]
    ) others.push(["parts", { ...part, file: change }]);
    for (const change of [{ table: "losses" }, { rows: -1 }, { bytes: "1" }, { rows: 1e300 }]) {
      others.push(["parts", { ...part, file: "tails/recording=a/part-0.ndjson", ...change }]);
    }
    for (
      const change of [
        ...[{ folder: "../../esc" }, { folder: "recording=a/../.." }, { folder: null }],
        ...[{ folder: "recording=" }, { folder: 5 }, { parts: null }, { parts: [-1] }],
        ...[{ parts: ["0"] }, { parts: [0.5] }, { path: 5 }, { realPath: undefined }],
        ...[{ name: null }, { size: "1" }, { mtime: 1 }, { error: {} }],
      ]
    ) others.push(["recordings", { ...recording, ...change }]);
    for (const entry of [null, 5, [], "x"]) others.push(["recordings", entry]);
    const texts = others.map(([list, entry]) => {
      const manifest = JSON.parse(text);
      manifest[list].push(entry);
      return JSON.stringify(manifest);
    });
    for (const options of [null, 5, {}, { tables: null }, { tables: { tails: 1 } }]) {
      texts.push(JSON.stringify({ ...JSON.parse(text), options }));
    }
    for (const name of ["parts", "recordings"]) {
      for (const list of [null, 5, {}, "x"]) {
        texts.push(JSON.stringify({ ...JSON.parse(text), [name]: list }));
      }
    }
    const before = filesIn(folder);
    for (const text of texts) {
      Deno.writeTextFileSync(path, text);
      const { code, stderr } = await convert(...args);
      assertEquals(code, 2);
      assertMatch(stderr, /manifest\.json" is no manifest of auxtail convert/, text.slice(-300));
      assertEquals(filesIn(folder), before);
      assertEquals(Deno.readTextFileSync(path), text);
    }
  });
});

Deno.test("auxtail convert leaves the manifest that another run has made meanwhile", async () => {
  await inFolder(async (folder) => {
    const input = fleet(folder, 3);
    const out = `${folder}/out`;
    const manifest = { to: "ndjson", partition: null, bits: 32, perf: null, fromArch: null };
    using tables = new ConvertedTables(out, {
      ...{ force: false, resume: false, inputs: new InputFiles([input]), count() {} },
      manifest: { ...manifest, tables: { tails: [] } },
    });
    assertEquals((await convert(input, "--to", "ndjson", "--resume", "-o", out)).code, 0);
    const there = assertListed(out);
    assertThrows(() => tables.commit(), Deno.errors.AlreadyExists, "manifest.json");
    assertEquals(assertListed(out), there);
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
