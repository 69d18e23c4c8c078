import { assert, assertEquals, assertMatch } from "@std/assert";
import { callCli } from "../testing/call_cli.ts";
import { type CliRun, runCli } from "../testing/run_cli.ts";

const EXCEEDS = "testdata/aux_demo_exceeds.perf.data";
const FITS = "testdata/aux_demo_fits.perf.data";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await use(parent);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

function convert(...args: string[]): Promise<CliRun> {
  return callCli(["convert", ...args]);
}

/** Paths of all files below a folder. */
function files(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? files(folder, `${below}${name}/`) : [`${below}${name}`]
  ).sort();
}

Deno.test("auxtail convert writes the tables of a recording, and says so", async () => {
  await withFolder(async (folder) => {
    const { code, stdout, stderr } = await convert(EXCEEDS, "--to", "csv", "-o", `${folder}/t`);
    assertEquals([code, stdout], [0, ""]);
    assertMatch(stderr, /^auxtail: wrote .*\/t: 6 tables of 1 recording\n$/);
    assertEquals(files(`${folder}/t`), [
      "aux_records.csv",
      "chunks.csv",
      "losses.csv",
      "recordings.csv",
      "records.csv",
      "tails.csv",
    ]);
    const tails = Deno.readTextFileSync(`${folder}/t/tails.csv`).trim().split("\r\n");
    assertEquals(tails.length, 7);
    // The tail 0x100000187 of README.md.
    assert(tails[4]!.includes(",4294967687,4294967687,true,true,0,812349078901"));
  });
});

Deno.test("auxtail convert replaces tables with --force only, and leaves other files alone", async () => {
  await withFolder(async (folder) => {
    const args = [FITS, "--to", "csv", "-o", folder];
    Deno.writeTextFileSync(`${folder}/mine.txt`, "mine");
    Deno.writeTextFileSync(`${folder}/tails.csv`, "old");
    const refused = await convert(...args);
    assertEquals(refused.code, 2);
    assertMatch(
      refused.stderr,
      /tails\.csv" is there: nothing was written; --force replaces it\n$/,
    );
    assertEquals(files(folder), ["mine.txt", "tails.csv"]);
    assertEquals((await convert(...args, "--force")).code, 0);
    assertEquals(files(folder).length, 7);
    // A manifest of something else does not belong to the tables.
    for (const text of ["mine", "{}", '{"schema":"auxtail.convert/2"}']) {
      Deno.writeTextFileSync(`${folder}/manifest.json`, text);
      assertEquals((await convert(...args, "--force")).code, 0);
      assertEquals(Deno.readTextFileSync(`${folder}/manifest.json`), text);
    }
    assertEquals(Deno.readTextFileSync(`${folder}/mine.txt`), "mine");
    assert(Deno.readTextFileSync(`${folder}/tails.csv`).startsWith("queue,cpu"));
  });
});

Deno.test("auxtail convert never writes over its input", async () => {
  await withFolder(async (folder) => {
    Deno.copyFileSync(FITS, `${folder}/tails.csv`);
    const tables = await convert(`${folder}/tails.csv`, "--to", "csv", "-o", folder, "--force");
    assertEquals(tables.code, 2);
    const trace = await convert(
      ...[`${folder}/tails.csv`, "--to", "perfetto", "-o", `${folder}/tails.csv`, "--force"],
    );
    assertEquals(trace.code, 2);
    assertEquals(Deno.readFileSync(`${folder}/tails.csv`), Deno.readFileSync(FITS));
  });
});

Deno.test("auxtail convert leaves nothing behind where the recording cannot be read", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/no.data`, "nothing");
    const { code, stderr } = await convert(`${folder}/no.data`, "--to", "csv", "-o", `${folder}/o`);
    assertEquals(code, 2);
    assertMatch(stderr, /expected the magic/);
    assertEquals(files(folder), ["no.data"]);
  });
});

Deno.test("auxtail convert prints one table as lines, without -o", async () => {
  const csv = await callCli(["convert", EXCEEDS, "--to", "csv", "--table", "chunks"]);
  assertEquals([csv.code, csv.stderr, csv.stdout.split("\r\n").length], [0, "", 8]);
  const stdin = Deno.readFileSync("testdata/aux_pipe.perf.data");
  const args = ["convert", "-", "--to", "ndjson", "--table", "aux_records"];
  const ndjson = await callCli(args, { stdin });
  assertEquals(ndjson.code, 0);
  for (const line of ndjson.stdout.trim().split("\n")) {
    assertMatch(JSON.parse(line).aux_offset, /^0x/);
  }
});

Deno.test("auxtail convert says what is missing", async () => {
  for (
    const [args, message] of [
      [[FITS, "--to", "csv"], /Missing option "--output"/],
      [[FITS, "--to", "parquet", "--table", "tails"], /Missing option "--output"/],
      [[FITS, "--to", "perfetto"], /Missing option "--output"/],
      [[FITS, "-o", "x"], /Missing .*--to\b/],
      [[FITS, "--to", "csv", "--table", "tail"], /tails/],
    ] as const
  ) {
    const { code, stderr } = await convert(...args);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
});

/** Lines of what a command prints as NDJSON. */
async function lines(...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await callCli(args);
  return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

Deno.test("auxtail convert has the rows that dump, replay and packets print", async () => {
  for (const name of ["flags", "gaps", "per_thread", "snapshot_pt", "only", "pipe_big_endian"]) {
    const path = `testdata/aux_${name}.perf.data`;
    const table = (name: string) => lines("convert", path, "--to", "ndjson", "--table", name);
    const [records, tails, packets, aux] = await Promise.all(
      ["records", "tails", "packets", "aux_records"].map(table),
    );

    const dumped = await lines("dump", path, "--format", "ndjson");
    assertEquals(
      records!.map(({ file_offset, name, time_ns, type: _, fields, ...row }) => ({
        fileOffset: file_offset,
        type: name,
        ...row,
        timeNs: time_ns,
        ...fields as Record<string, unknown>,
      })),
      dumped,
      name,
    );
    assertEquals(
      aux!.map((row) => [row.file_offset, row.time_ns, row.cpu, row.aux_offset, row.aux_size]),
      dumped.filter(({ type }) => type === "PERF_RECORD_AUX")
        .map((row) => [row.fileOffset, row.timeNs, row.cpu, row.auxOffset, row.auxSize]),
      name,
    );
    const steps = await lines("replay", path, "--format", "ndjson");
    assertEquals(
      tails!.map((row) => [row.queue, row.chunk, row.head, row.tail, row.refused, row.time_ns]),
      steps.slice(0, -1)
        .map((row) => [row.queue, row.chunk, row.head, row.tail, row.refused, row.timeNs]),
      name,
    );
    assertEquals(
      packets!.map((row) => [row.queue, row.cpu, row.aux_offset, row.size, row.kind]),
      (await lines("packets", path, "--format", "ndjson"))
        .map((row) => [row.queue, row.cpu, row.auxOffset, row.size, row.kind ?? row.mark]),
      name,
    );
  }
});

Deno.test("auxtail convert reads the packets of a stream", async () => {
  const stdin = Deno.readFileSync("testdata/aux_pipe.perf.data");
  const args = ["--to", "csv", "--table", "packets", "-o", "-"];
  const { code, stdout } = await callCli(["convert", "-", ...args], { stdin });
  assertEquals(code, 0);
  assertEquals(stdout, (await callCli(["convert", "testdata/aux_pipe.perf.data", ...args])).stdout);
});

Deno.test("auxtail convert --to perfetto says why a file is no recording", async () => {
  await withFolder(async (folder) => {
    const to = ["--to", "perfetto", "-o", `${folder}/out`];
    const alone = await callCli(["convert", "README.md", ...to]);
    assertEquals([alone.code, files(folder)], [2, []]);
    assertMatch(
      alone.stderr,
      /^auxtail: Cannot decode perf_file_header at 0x0: [^\n]*it is text[^\n]*\n$/,
    );
    const many = await callCli(["convert", "README.md", FITS, ...to]);
    assertEquals([many.code, files(`${folder}/out`).length], [2, 1]);
    assertMatch(many.stderr, /README\.md: Cannot decode .*\n.*: 1 trace; 1 cannot be read\n$/);
  });
});

Deno.test("auxtail convert continues after what it may not read", async () => {
  await withFolder(async (folder) => {
    const permissions = [`--allow-read=testdata,${folder}`, `--allow-write=${folder}`];
    for (const args of [["--to", "csv", "-o", `${folder}/t`], ["--to", "perfetto", "-o", folder]]) {
      const run = await runCli(["convert", "/etc/hostname", FITS, ...args], { permissions });
      assertEquals(run.code, 2);
      assertMatch(
        run.stderr,
        /hostname: no permission: run with --allow-read=\/etc\/hostname;[^\n]*\n/,
      );
      assertMatch(run.stderr, /wrote /);
    }
    assertEquals(files(folder).filter((name) => name.endsWith(".trace")).length, 1);
    assertEquals(
      Deno.readTextFileSync(`${folder}/t/recordings/part-0.csv`).split("\r\n").length,
      4,
    );
  });
});

Deno.test("auxtail convert keeps traces of the same name apart, and inputs as they are", async () => {
  await withFolder(async (folder) => {
    const paths = ["a/x", "b/x", "a_x"].map((name) => `${folder}/${name}`);
    for (const name of ["a", "b"]) Deno.mkdirSync(`${folder}/${name}`);
    for (const path of paths) Deno.copyFileSync(FITS, path);
    const { code } = await convert(...paths, "--to", "perfetto", "-o", `${folder}/out`);
    assertEquals(code, 0);
    assertEquals(files(`${folder}/out`), ["a%2Fx.trace", "a_x.trace", "b%2Fx.trace"]);

    const input = `${folder}/a_x.trace`;
    Deno.copyFileSync(FITS, input);
    const run = await convert(paths[2]!, input, "--to", "perfetto", "-o", folder, "--force");
    assertEquals(run.code, 2);
    assertMatch(run.stderr, /cannot write to the input/);
    assertEquals(Deno.readFileSync(input), Deno.readFileSync(FITS));
  });
});

Deno.test("auxtail convert takes inputs from its folder that are no tables", async () => {
  await withFolder(async (folder) => {
    Deno.copyFileSync(FITS, `${folder}/records-friday.data`);
    const { code } = await convert(`${folder}/records-friday.data`, "--to", "csv", "-o", folder);
    assertEquals(code, 0);
  });
});

Deno.test("auxtail convert leaves no trace that is not whole", async () => {
  await withFolder(async (folder) => {
    const args = ["convert", FITS, "--to", "perfetto", "-o", `${folder}/full`];
    const deno = `${Deno.execPath()} run --no-prompt --allow-read --allow-write cli/main.ts`;
    const { code } = await new Deno.Command("sh", {
      args: ["-c", `ulimit -f 0; trap "" XFSZ; ${deno} ${args.join(" ")}`],
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(code, 2);
    assertEquals(files(folder), []);
  });
});

Deno.test("auxtail convert leaves nothing behind at Ctrl-C", async () => {
  await withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/in`);
    const bytes = Deno.readFileSync("testdata/lab_perf64.perf.data");
    for (let i = 0; i < 2000; i++) Deno.writeFileSync(`${folder}/in/${i}.data`, bytes);
    Deno.mkdirSync(`${folder}/out`);
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "--allow-write", "cli/main.ts", "convert"]
        .concat(`${folder}/in`, "--to", "csv", "-o", `${folder}/out`),
      stderr: "piped",
    }).spawn();
    while ([...Deno.readDirSync(`${folder}/out`)].length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.kill("SIGINT");
    const { code, stderr } = await process.output();
    assertMatch(new TextDecoder().decode(stderr), /^auxtail: interrupted/);
    assertEquals([code, files(`${folder}/out`)], [2, []]);
  });
});

Deno.test("auxtail convert judges by --from-arch and --perf", async () => {
  const exceeds = "testdata/aux_demo_exceeds.perf.data";
  const table = (...args: string[]) => lines("convert", exceeds, "--to", "ndjson", ...args);
  const flagged = async (...args: string[]) =>
    (await table("--table", "tails", ...args)).filter(({ refused }) => refused).length;
  assertEquals(await flagged(), 2);
  assertEquals(await flagged("--from-arch", "x86_64"), 2);
  assertEquals(await flagged("--from-arch", "aarch64"), 0);
  assertEquals(await flagged("--from-arch", "aarch64", "--perf", "generic"), 2);
  const [recording] = await table("--table", "recordings", "--from-arch", "aarch64");
  assertEquals([recording!.verdict, recording!.flagged_tails], ["fits", 2]);
});

Deno.test("auxtail convert says what a trace for Perfetto does not show", async () => {
  await withFolder(async (folder) => {
    for (
      const [name, said] of [["lab_perf64", /no times/], ["perf_plain", /no AUX data/]] as const
    ) {
      const path = `testdata/${name}.perf.data`;
      const { code, stderr } = await convert(path, "--to", "perfetto", "-o", `${folder}/${name}`);
      assertEquals([name, code], [name, 0]);
      assertMatch(stderr, said);
    }
  });
});
