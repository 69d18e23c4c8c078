import { assertEquals, assertMatch } from "@std/assert";
import { AuxRecording, step } from "../testing/aux_recording.ts";
import { callCli, callCliOn } from "../testing/call_cli.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { auxtraceInfo, concat } from "../testing/perf_builder.ts";

/** What four commands say of the type of a trace whose AUXTRACE_INFO has an unknown layout. */
async function typesOf(bytes: Uint8Array): Promise<unknown[]> {
  const json = async (...args: string[]) => {
    const { stdout } = await callCliOn(bytes, ...args, "--format", "json");
    return JSON.parse(stdout);
  };
  const { auxtraceInfo: { type, layout } } = await json("info");
  const { recording } = await json("replay");
  const { queues } = await json("packets", "--summary");
  const { verdict, counts } = await json("check");
  return [type, layout, recording.auxtraceType, queues[0].type, verdict, counts["record-decode"]];
}

/** AUXTRACE_INFO with a CoreSight header of version 3, and with nine words of Intel PT. */
const LAYOUTS = [
  ["cs_etm", auxtraceInfo(3, [3n, 7n << 32n | 1n, 0n, 0x6060606060606060n, 0n, 1n, 9n])],
  ["intel_pt", auxtraceInfo(1, [8n, 0n, 1n, 0n, 1n, 0x400n, 0x800n, 2n, 0n])],
] as const;

Deno.test("commands keep the type of an AUXTRACE_INFO whose layout is unknown", async () => {
  for (const [type, info] of LAYOUTS) {
    for (const byteOrder of ["little", "big"] as const) {
      for (const pipe of [false, true]) {
        const bytes = new AuxRecording({ info, byteOrder, pipe }).both(0, { offset: 0n, size: 64 })
          .round().bytes();
        assertEquals(await typesOf(bytes), [type, "unknown", type, type, "warnings", 1]);
        const { code, stderr } = await callCliOn(bytes, "packets");
        if (type === "intel_pt") {
          assertMatch(stderr, /^auxtail: \S+ no PSB was found in the 64 bytes/);
        } else assertMatch(stderr, /not decoded, because the trace units are not known: .* got 3;/);
        assertEquals(code, type === "cs_etm" ? 2 : 0);
      }
    }
  }
});

oracleTest("commands keep the types of recordings with other layouts", ["corpus"], async () => {
  for (const [name, type] of [["etm_future", "cs_etm"], ["info9", "intel_pt"]] as const) {
    const bytes = Deno.readFileSync(corpusPath(`edge/${name}.data`));
    assertEquals(await typesOf(bytes), [type, "unknown", type, type, "warnings", 1]);
  }
});

oracleTest("dump writes null for an hw_idx that is unknown", ["corpus"], async () => {
  const bytes = Deno.readFileSync(corpusPath("edge/br_nr0_hw.data"));
  const lines = await callCliOn(bytes, "dump", "--format", "ndjson");
  assertEquals(JSON.parse(lines.stdout).branchStack, { hwIdx: null, entries: [], counters: null });
  const { stdout } = await callCliOn(bytes, "dump");
  assertMatch(stdout, / branch_stack=\{entries=\[\]\} /);
});

oracleTest("replay invents no AUX data in a pipe of Google's perf 3.3", ["corpus"], async () => {
  const path = corpusPath("edge/old_pipe_headers_be_powerpc.perf.data");
  for (
    const run of [
      callCli(["replay", "--format", "json", path]),
      callCli(["replay", "--format", "json", "-"], { stdin: Deno.readFileSync(path) }),
    ]
  ) {
    const { code, stdout, stderr } = await run;
    const { verdict, losses, recording, totals } = JSON.parse(stdout);
    assertEquals([code, stderr, verdict, losses], [0, "", "no-aux", []]);
    assertEquals([recording.arch, recording.auxtraceType, totals.missingBytes], ["ppc64", null, 0]);
  }
});

/** A pipe stream of one chunk in each of two rounds, with bytes between the rounds. */
function streamAround(between: Uint8Array, byteOrder: "little" | "big"): Uint8Array {
  const recording = new AuxRecording({ pipe: true, byteOrder });
  recording.both(0, { offset: 0n, size: 64, timeNs: step(0) }).round();
  recording.file.raw(between);
  return recording.both(0, { offset: 64n, size: 64, timeNs: step(1) }).round().bytes();
}

Deno.test("commands read on after text in a stream, and say where it is", async () => {
  const text = new TextEncoder().encode("\x1b[31m\u202emade by the program\n");
  for (const byteOrder of ["little", "big"] as const) {
    const bytes = streamAround(text, byteOrder);
    const checked = await callCliOn(bytes, "check");
    assertEquals(checked.code, 1);
    assertMatch(checked.stdout, /error: 28 bytes of text between two records: "\\u001b\[31m/);
    for (const input of [{}, { stdin: bytes }]) {
      const json = ["--format", "json"];
      const run = "stdin" in input
        ? await callCli(["replay", "-", ...json], input)
        : await callCliOn(bytes, "replay", ...json);
      const { totals, verdict, input: { strayTexts, cut }, notes } = JSON.parse(run.stdout);
      assertEquals([run.code, run.stderr, totals.chunks, verdict], [0, "", 2, "fits"]);
      assertEquals([strayTexts.length, strayTexts[0].size, cut], [1, 28, null]);
      assertMatch(notes[0], /^A program wrote text into this stream: 28 bytes at 0x/);
    }
    for (const command of ["replay", "info"]) {
      const { stdout } = await callCliOn(bytes, command);
      assertMatch(stdout, /made by the/);
      assertEquals(["\x1b", "\u202e"].filter((c) => stdout.includes(c)), []);
    }
  }
});

Deno.test("commands answer for the first of two recordings in a file, and end with exit code 2", async () => {
  const pipe = (byteOrder: "little" | "big") => streamAround(new Uint8Array(), byteOrder);
  const file = (byteOrder: "little" | "big") =>
    new AuxRecording({ byteOrder }).both(0, { offset: 2n ** 32n, size: 64 }).round().bytes();
  for (const [first, second] of [["little", "big"], ["big", "little"]] as const) {
    for (const [one, flagged] of [[pipe(first), 0], [file(first), 1]] as const) {
      for (const other of [pipe(second), file(second)]) {
        const bytes = concat([one, other]);
        const end = `0x${one.length.toString(16)}`;
        const run = await callCliOn(bytes, "replay", "--format", "json");
        const { totals, verdict, input: { secondRecording } } = JSON.parse(run.stdout);
        assertEquals([run.code, verdict], [2, flagged ? "exceeds" : "fits"]);
        assertEquals([totals.flaggedTails, secondRecording.fileOffset], [flagged, end]);
        for (const command of ["replay", "info", "dump", "packets"]) {
          const { code, stderr } = await callCliOn(bytes, command);
          assertEquals([command, code], [command, 2]);
          assertMatch(stderr, /: not complete: a second recording starts at 0x/);
          assertMatch(
            stderr,
            new RegExp(`split them: head -c ${one.length} FILE > FIRST, tail -c`),
          );
        }
        const checked = await callCliOn(bytes, "check", "--format", "json");
        assertEquals([checked.code, JSON.parse(checked.stdout).counts["second-recording"]], [1, 1]);
      }
    }
  }
});

Deno.test("replay of many counts files with a second recording as not proven", async () => {
  const bytes = streamAround(new Uint8Array(), "little");
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, concat([bytes, bytes]));
    const { code, stderr } = await callCli(["replay", "testdata/aux_demo_fits.perf.data", path]);
    assertEquals(code, 2);
    assertMatch(stderr, /not proven for 1 of 2 .* 1 with another recording after the first\n$/);
  } finally {
    Deno.removeSync(path);
  }
});

oracleTest(
  "commands name the second recording and the text of the corpus",
  ["corpus"],
  async () => {
    const json = async (name: string) => {
      const { code, stdout } = await callCli(["replay", "--format", "json", corpusPath(name)]);
      const { totals, input } = JSON.parse(stdout);
      return [code, totals.chunks, input.secondRecording?.fileOffset, input.strayTexts.length];
    };
    assertEquals(await json("edge/concat.pipe"), [2, 2, "0x243c", 0]);
    assertEquals(await json("edge/pipe_text_mid.pipe"), [0, 2, undefined, 1]);
  },
);

oracleTest("no command takes a position beyond 2^64 for one that fits", ["corpus"], async () => {
  const path = corpusPath("edge/parquet-2pow64.data");
  const replayed = await callCli(["replay", "--format", "json", path]);
  assertEquals([replayed.code, JSON.parse(replayed.stdout).verdict], [2, "incomplete"]);
  const checked = await callCli(["check", path]);
  assertEquals(checked.code, 1);
  assertMatch(checked.stdout, /position below 2\^64, got an end beyond it/);
  const converted = await callCli(["convert", "--to", "csv", "--table", "tails", path]);
  assertEquals(converted.code, 2);
  assertMatch(converted.stderr, /position below 2\^64/);
  const input = { stdin: Deno.readFileSync(path) };
  for (
    const args of [
      ["packets"],
      ["packets", "--summary"],
      ["packets", "--jobs", "2"],
    ]
  ) {
    for (const run of [await callCli([...args, path]), await callCli([...args, "-"], input)]) {
      assertEquals(run.code, 2, args.join(" "));
      assertMatch(run.stderr, /AUXTRACE at 0x170: expected a position below 2\^64/);
    }
  }
});

oracleTest("a record that is shorter than its trailer has no cpu and tid", ["corpus"], async () => {
  const path = corpusPath("edge/short-record-first.data");
  const dumped = await callCli(["dump", "--format", "ndjson", path]);
  const { type, cpu, pid, tid, timeNs } = JSON.parse(dumped.stdout);
  assertEquals([dumped.code, type], [0, "PERF_RECORD_COMM"]);
  assertEquals([cpu, pid, tid, timeNs], [null, null, null, null]);
  const codes = { check: 1, dump: 0, info: 0, packets: 0, replay: 0 };
  for (const [command, expected] of Object.entries(codes)) {
    const { code, stderr } = await callCli([command, path]);
    assertEquals([command, code, stderr], [command, expected, ""]);
  }
  const csv = await callCli(["convert", "--to", "csv", "--table", "recordings", path]);
  assertEquals([csv.code, csv.stderr], [0, ""]);
});
