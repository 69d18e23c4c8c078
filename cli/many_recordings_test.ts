import { assertEquals, assertMatch } from "@std/assert";
import { callCli } from "../testing/call_cli.ts";

const FITS = "testdata/aux_demo_fits.perf.data";
const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";
const CUT = "testdata/aux_cut.perf.data";
const NO_RECORDING = "testdata/README.md";
const MISSING = "testdata/missing";
const FILES = [FITS, MISSING, NO_RECORDING, EXCEEDS];

interface Element {
  readonly schema?: string;
  readonly input?: { readonly path: string };
  readonly recording?: string;
  readonly error?: string;
}

/** Commands that answer with one value for a recording, the schema of several, and that of one. */
const DOCUMENTS = [
  [["info"], "auxtail.infos/1", "auxtail.info/1"],
  [["check", "--exit-zero"], "auxtail.checks/1", "auxtail.check/1"],
  [["dump", "--count"], "auxtail.counts/1", "auxtail.count/1"],
  [["packets", "--summary"], "auxtail.packet-summaries/1", "auxtail.packets/1"],
] as const;

/** Commands that answer with lines for a recording. */
const LINES = [
  [["dump"], "auxtail.dumps/1"],
  [["dump", "--order", "time", "--limit", "3"], "auxtail.dumps/1"],
  [["packets"], "auxtail.packet-lists/1"],
  [["packets", "--jobs", "2"], "auxtail.packet-lists/1"],
] as const;

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function linesOf(text: string): Element[] {
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

Deno.test("commands answer for several recordings in JSON as for each, with errors in place", async () => {
  for (const [args, schema, ofOne] of DOCUMENTS) {
    const { code, stdout, stderr } = await callCli([...args, "-f", "json", ...FILES]);
    assertEquals([code, stderr], [2, "auxtail: no answer for 2 of 4 recordings\n"], args.join(" "));
    const answer = JSON.parse(stdout);
    assertEquals([answer.schema, answer.skipped], [schema, 0]);
    assertEquals([answer.totals.recordings, answer.totals.errors], [4, 2]);
    const elements: Element[] = answer.recordings;
    assertEquals(elements.map(({ input }) => input?.path), FILES);
    for (const [i, { error, ...rest }] of elements.entries()) {
      assertEquals(error === undefined, [FITS, EXCEEDS].includes(FILES[i]!));
      if (error !== undefined) {
        assertEquals(Object.keys(rest), ["input"]);
        continue;
      }
      const { input: _, ...single } = JSON.parse(
        (await callCli([...args, "-f", "json", FILES[i]!])).stdout,
      );
      const { input: __, ...several } = rest;
      assertEquals(several as unknown, single);
      assertEquals(rest.schema, ofOne);
    }
    const lines = linesOf((await callCli([...args, "-f", "ndjson", ...FILES])).stdout);
    const summary = { schema, totals: answer.totals, skipped: 0 };
    assertEquals(lines as unknown[], [...elements, { summary }]);
  }
});

Deno.test("commands say in lines of several recordings of which each is", async () => {
  for (const [args, schema] of LINES) {
    const { code, stdout, stderr } = await callCli([...args, "-f", "ndjson", ...FILES]);
    assertEquals([code, stderr], [2, "auxtail: no answer for 2 of 4 recordings\n"]);
    const expected: unknown[] = [];
    for (const path of FILES) {
      const recording = path.replace("testdata/", "");
      const alone = await callCli([...args, "-f", "ndjson", path]);
      if (alone.code === 2) {
        expected.push({ recording, error: alone.stderr.replace(/^auxtail: |\n$/g, "") });
      }
      expected.push(...linesOf(alone.stdout).map((line) => ({ recording, ...line })));
    }
    const summary = { schema, totals: { recordings: 4, errors: 2 }, skipped: 0 };
    assertEquals(linesOf(stdout) as unknown[], [...expected, { summary }], args.join(" "));
  }
});

Deno.test("commands print several recordings as blocks of what they print of each", async () => {
  for (
    const args of [["info"], ["dump"], ["dump", "--count"], ["packets"], ["packets", "--summary"]]
  ) {
    const { code, stdout } = await callCli([...args, FITS, MISSING, EXCEEDS]);
    assertEquals(code, 2);
    const texts: string[] = [];
    for (const path of [FITS, MISSING, EXCEEDS]) {
      const alone = await callCli([...args, path]);
      const isNamed = args[0] === "info";
      const error = alone.stderr.replace("auxtail: ", isNamed ? `error: ${path}: ` : "error: ");
      texts.push(`${isNamed ? "" : `==> ${path} <== `}${path === MISSING ? error : alone.stdout}`);
    }
    texts.push("3 recordings, 1 of them with an error\n");
    assertEquals(stdout.replaceAll(/\s+/g, " "), texts.join(" ").replaceAll(/\s+/g, " "));
  }
});

Deno.test("check of several recordings counts the verdicts, and ends as the worst of them", async () => {
  for (
    const [paths, code, verdicts] of [
      [[FITS, EXCEEDS], 1, { ok: 1, warnings: 0, damaged: 1 }],
      [[FITS, "testdata/aux_none.perf.data"], 0, { ok: 2, warnings: 0, damaged: 0 }],
      [[CUT, FITS, MISSING], 2, { ok: 1, warnings: 0, damaged: 1 }],
    ] as const
  ) {
    const run = await callCli(["check", "-f", "json", ...paths]);
    assertEquals([run.code, JSON.parse(run.stdout).totals.verdicts], [code, verdicts]);
  }
  const { stdout } = await callCli(["check", FITS, CUT]);
  assertMatch(
    stdout,
    /^testdata\/aux_demo_fits\.perf\.data: ok\n\ntestdata\/aux_cut\.perf\.data: damaged /,
  );
});

Deno.test("commands end with 2 where one of several recordings is cut, and answer for all", async () => {
  for (
    const [args] of [
      ...DOCUMENTS,
      ...LINES,
    ] as readonly (readonly [readonly string[], ...string[]])[]
  ) {
    if (args[0] === "check" || args.includes("--limit")) continue;
    const { code, stdout, stderr } = await callCli([...args, "-f", "ndjson", CUT, FITS]);
    assertEquals([args, code], [args, 2]);
    assertMatch(
      stderr,
      /^(?:auxtail: .*\n)*auxtail: testdata\/aux_cut\.perf\.data: not complete: .*\n$/,
    );
    assertMatch(stdout, /"errors":0/);
  }
});

Deno.test("commands take a recording that lacks what the options ask for as an error in its place", async () => {
  const args = ["packets", "--queue", "1", "-f", "ndjson", "testdata/aux_many_queues.perf.data"];
  for (const path of [FITS, "testdata/aux_none.perf.data"]) {
    const { code } = await callCli([...args.slice(0, -1), path]);
    assertEquals(code, path === FITS ? 0 : 2);
  }
  const { code, stdout } = await callCli([
    ...args.slice(0, -1),
    "testdata/aux_none.perf.data",
    FITS,
  ]);
  const [first, second] = linesOf(stdout);
  assertEquals(code, 2);
  assertMatch(first!.error!, /^There is no queue 1/);
  assertEquals(second!.recording, "aux_demo_fits.perf.data");
});

Deno.test("commands read folders, lists and standard input beside files", async () => {
  const names = ["replay", "info", "check", "dump", "packets"] as const;
  const stdin = Deno.readFileSync(FITS);
  await withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/a/b`, { recursive: true });
    Deno.copyFileSync(EXCEEDS, `${folder}/a/b/x.data`);
    Deno.writeTextFileSync(`${folder}/a/notes`, "");
    Deno.writeTextFileSync(`${folder}/list`, `${EXCEEDS}\0${FITS}\0`);
    for (const name of names) {
      const recursive = await callCli([name, "-f", "ndjson", "--recursive", `${folder}/a`, "-"], {
        stdin,
      });
      const { summary } = JSON.parse(recursive.stdout.trim().split("\n").at(-1)!);
      assertEquals([name, summary.totals.recordings, summary.skipped], [name, 2, 1]);
      const list = await callCli([name, "-f", "ndjson", "-0", "--files-from", `${folder}/list`]);
      assertEquals(JSON.parse(list.stdout.trim().split("\n").at(-1)!).summary.totals.errors, 0);
      const empty = await callCli([name, ""]);
      assertEquals([empty.code, empty.stdout], [2, ""]);
      assertMatch(empty.stderr, /is empty/);
      assertEquals((await callCli([name])).code, 2);
    }
    const list = new TextEncoder().encode(`${FITS}\n${MISSING}\n`);
    for (const name of names) {
      const run = await callCli([name, "-f", "ndjson", "--files-from", "-"], { stdin: list });
      assertEquals(JSON.parse(run.stdout.trim().split("\n").at(-1)!).summary.totals.errors, 1);
    }
  });
});

Deno.test("packets --raw reads several files of bare payload, but no folders", async () => {
  await withFolder(async (folder) => {
    const { code } = await callCli(["extract", "-q", "-o", `${folder}/x`, FITS]);
    assertEquals(code, 0);
    const files = ["queue-0.bin", "queue-1.bin"].map((name) => `${folder}/x/${name}`);
    const args = ["packets", "--raw", "intel_pt", "-f", "ndjson"];
    const lines = linesOf((await callCli([...args, ...files])).stdout);
    const counts = files.map((_, i) =>
      lines.filter(({ recording }) => recording === `queue-${i}.bin`).length
    );
    for (const [i, path] of files.entries()) {
      assertEquals(linesOf((await callCli([...args, path])).stdout).length, counts[i]);
    }
    assertEquals((await callCli([...args, "--recursive", folder])).code, 2);
  });
});

Deno.test("extract of several recordings makes a folder for each, or for none", async () => {
  await withFolder(async (folder) => {
    const spaces = `${folder}/${" ".repeat(100)}.data`;
    Deno.copyFileSync(EXCEEDS, spaces);
    const out = `${folder}/out`;
    const args = ["extract", "-o", out, FITS, MISSING, spaces];
    const { code, stdout } = await callCli([...args, "-f", "json"]);
    const { schema, totals, recordings } = JSON.parse(stdout);
    assertEquals([code, schema, totals], [2, "auxtail.extracts/1", { recordings: 3, errors: 1 }]);
    const made = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
    assertEquals(made.length, 2);
    for (const [i, path] of [[0, FITS], [2, spaces]] as const) {
      const alone = `${folder}/${i}`;
      assertEquals((await callCli(["extract", "-o", alone, path])).code, 0);
      const there = made.find((name) => name.startsWith("aux") === (path === FITS));
      for (const { name } of Deno.readDirSync(alone)) {
        assertEquals(
          Deno.readFileSync(`${out}/${there}/${name}`),
          Deno.readFileSync(`${alone}/${name}`),
        );
      }
      assertEquals(recordings[i], JSON.parse(Deno.readTextFileSync(`${alone}/manifest.json`)));
    }
    const again = await callCli(args);
    assertEquals(again.code, 2);
    assertMatch(again.stderr, /is there: nothing was written; --force replaces it\n$/);
    assertEquals((await callCli([...args, "--force"])).code, 2);
    assertEquals([...Deno.readDirSync(out)].length, 2);
  });
});
