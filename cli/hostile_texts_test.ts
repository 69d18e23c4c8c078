import { assert, assertEquals } from "@std/assert";
import { step, TID } from "../testing/aux_recording.ts";
import { callCli } from "../testing/call_cli.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import {
  auxEvent,
  cmdline,
  comm,
  eventDesc,
  intelPtInfo,
  PerfFileBuilder,
  textFeature,
} from "../testing/perf_builder.ts";

/** What a terminal acts on, or people do not see, but for the ends of lines. */
const HIDDEN = /(?![\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Endings of all kinds that are not shown as they are. */
const TAIL =
  "\x1b]0;x\x07\x1b[2J\r\nFAKE\t\u202e\u2066\u200b\ufeff\u00ad\u2028\u0085\u009b31m\u{e0041}";
const MANY_WORDS = `${"word ".repeat(14)}FAKE `.repeat(3);
const STARTS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\uff1d1", MANY_WORDS];

/** Runs `use` with an empty folder. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A recording of which every text is hostile. */
function recordingOf(text: string): Uint8Array<ArrayBuffer> {
  const events = [auxEvent(text, 1)];
  const file = new PerfFileBuilder({
    events,
    features: [
      ...["hostname", "osrelease", "version", "arch", "cpudesc", "cpuid"].map((name) =>
        textFeature(name as "hostname", text)
      ),
      cmdline(["perf", text]),
      eventDesc(events),
    ],
  });
  file.add(intelPtInfo());
  file.add(comm({ pid: TID, tid: TID, comm: text }));
  for (let n = 0; n < 4; n++) {
    const offset = 0xffff_ff00n + BigInt(n * 128);
    file.aux({ offset, size: 128, timeNs: step(n), id: 1n, cpu: 0, tid: TID });
    file.auxtrace({ idx: 0, cpu: 0, tid: TID, offset, size: 128 });
    file.finishedRound();
  }
  return file.bytes();
}

const TABLES = ["recordings", "chunks", "aux_records", "tails", "losses", "records"];

/** Ways to print what a recording says. */
const COMMANDS = [
  ["replay"],
  ["replay", "--all", "-f", "json"],
  ["replay", "-f", "ndjson"],
  ["info"],
  ["info", "-f", "json"],
  ["check"],
  ["check", "-f", "json"],
  ["dump"],
  ["dump", "--order", "time"],
  ["dump", "-f", "ndjson"],
  ["dump", "--count"],
  ["packets"],
  ["packets", "--summary"],
  ["packets", "--summary", "-f", "json"],
  ...TABLES.flatMap((table) =>
    ["csv", "ndjson"].map((to) => ["convert", "--to", to, "--table", table])
  ),
];

/** Cells of CSV, of which no text has a quote. */
function cellsOf(csv: string): string[] {
  return csv.split("\r\n").flatMap((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
}

async function assertInert(path: string): Promise<void> {
  for (const command of COMMANDS) {
    const isCsv = command.includes("csv");
    for (const args of [[path], [path, "testdata/aux_demo_fits.perf.data"]]) {
      if (args.length > 1 && command[0] !== "replay") continue;
      const { stdout, stderr } = await callCli([...command, ...args]);
      const text = isCsv ? stdout.replaceAll("\r\n", "\n") : stdout;
      assertEquals(`${text}${stderr}`.match(HIDDEN), null, command.join(" "));
      // Tables of recordings begin with their names.
      assert(!/^FAKE/m.test(`${text}${stderr}`), command.join(" "));
      assert(isCsv || args.length > 1 || !/^word /m.test(`${text}${stderr}`), command.join(" "));
    }
    if (!isCsv) continue;
    const { stdout } = await callCli([...command, path]);
    for (const cell of cellsOf(stdout)) assert(!/^"?\s*[=+@\uff1d]/.test(cell), cell);
    for (const cell of cellsOf(stdout)) assert(!/^"?-(?!\d+$)/.test(cell), cell);
  }
}

Deno.test("auxtail makes hostile texts inert wherever it prints text", async () => {
  await withFolder(async (folder) => {
    for (const [i, start] of STARTS.entries()) {
      const path = `${folder}/${i}.data`;
      Deno.writeFileSync(path, recordingOf(start + TAIL));
      await assertInert(path);
      const { stdout } = await callCli(["info", "-f", "json", path]);
      const { features, events } = JSON.parse(stdout);
      assertEquals(features.hostname, start + TAIL);
      assertEquals(features.cmdline, ["perf", start + TAIL]);
      assertEquals(events[0].name, start + TAIL);
    }
  });
});

Deno.test("auxtail makes hostile names of files and folders inert", async () => {
  await withFolder(async (folder) => {
    for (const start of STARTS) {
      const name = (start.slice(0, 180) + TAIL).replaceAll("/", "");
      Deno.mkdirSync(`${folder}/${name}`);
      const path = `${folder}/${name}/${name}.data`;
      Deno.copyFileSync("testdata/aux_demo_exceeds.perf.data", path);
      Deno.writeTextFileSync(`${folder}/${name}/bad.data`, "no recording");
      await assertInert(path);
      await assertInert(`${folder}/${name}/missing`);
      const { stdout, stderr } = await callCli(["replay", "--recursive", folder]);
      assertEquals(`${stdout}${stderr}`.match(HIDDEN), null);
      const json = await callCli(["replay", "-f", "json", "--recursive", `${folder}/${name}`]);
      const paths = JSON.parse(json.stdout).recordings.map(
        ({ input }: { input: { path: string } }) => input.path,
      );
      assertEquals(paths, [`${folder}/${name}/bad.data`, path]);
    }
  });
});

oracleTest("auxtail makes the hostile texts of the corpus inert", ["corpus"], async () => {
  await assertInert(corpusPath("edge/hostile-texts.data"));
});

Deno.test("auxtail reads the other files where names are not UTF-8, and names those", async () => {
  await withFolder(async (folder) => {
    const fits = Deno.realPathSync("testdata/aux_demo_fits.perf.data");
    const names = ["a\\377.data", "a\\376.data", "a\\357\\277\\275.data", "b.data"];
    const copies = names.map((name) => `cp ${fits} "$(printf '${name}')"`);
    const script = [
      ...copies,
      "mkdir \"$(printf 'd\\377')\"",
      `cp ${fits} "$(printf 'd\\377')/c.data"`,
    ];
    const { success } = await new Deno.Command("sh", {
      args: ["-c", script.join(" && ")],
      cwd: folder,
    }).output();
    assert(success);
    const list = `${folder}/../${folder.split("/").at(-1)}.list`;
    const bytes = [...new TextEncoder().encode(`${folder}/a`), 0xff, 0x2e, 0x64, 0x0a];
    Deno.writeFileSync(list, Uint8Array.from(bytes));
    try {
      for (const jobs of ["1", "2"]) {
        const args = ["replay", "-f", "ndjson", "-j", jobs, "--files-from", list, folder];
        const { code, stdout } = await callCli(args);
        const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
        const { totals } = lines.pop().summary;
        const rows = lines.map(({ input, error }) => [
          input.path.slice(folder.length + 1),
          error === undefined ? "read" : error.match(/\/([^/]*) cannot be opened/)[1],
        ]);
        assertEquals([code, totals.recordings, totals.errors], [2, 6, 4]);
        assertEquals(rows, [
          ["a\ufffd.data", "read"],
          ["a\ufffd.data", "a\ufffd.data"],
          ["a\ufffd.data", "a\ufffd.data"],
          ["b.data", "read"],
          ["d\ufffd", "d\ufffd"],
          ["a\ufffd.d", "a\\xff.d"],
        ]);
      }
    } finally {
      Deno.removeSync(list);
    }
  });
});
