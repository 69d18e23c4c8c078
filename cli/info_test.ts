import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { fixtureNames, fixturePath, twoAtATime } from "../testing/corpus.ts";
import { Feature, PerfFileBuilder, textFeature } from "../testing/perf_builder.ts";
import { callCli, cliLinesOn } from "../testing/call_cli.ts";
import { runCli } from "../testing/run_cli.ts";

async function infoOf(path: string, exitCode = 0): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await callCli(["info", path, "--format", "json"]);
  assertEquals([code, stderr === ""], [exitCode, exitCode === 0], path);
  return JSON.parse(stdout);
}

async function infoOfBytes(bytes: Uint8Array, exitCode = 0): Promise<Record<string, unknown>> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return await infoOf(path, exitCode);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("auxtail info says of every recording what perf report --header-only says", async () => {
  const names = fixtureNames(".records.json").map((name) => name.replace(".records.json", ""));
  await twoAtATime(names, async (name) => {
    const { header: perf } = JSON.parse(
      await Deno.readTextFile(fixturePath(`${name}.records.json`)),
    );
    if (perf.arch === undefined) return; // perf does not read the whole file
    const suffix = name.includes("threads") ? "perf.dir" : "perf.data";
    const info = await infoOf(fixturePath(`${name}.${suffix}`));
    const { features, events, header, input } = info as {
      features: Record<string, unknown>;
      events: Record<string, unknown>[];
      header: { data: unknown };
      input: { container: string };
    };
    assertEquals(
      {
        hostname: features.hostname,
        osRelease: features.osrelease,
        perfVersion: features.version,
        arch: features.arch,
        cpus: features.nrcpus,
        cpuDescription: features.cpudesc,
        cpuId: features.cpuid,
        totalMemoryKib: features.total_mem,
        cmdline: (features.cmdline as string[]).join(" "),
        events: events.map(({ name, ids, sampleType }) => ({
          name,
          ids,
          sampleType: (sampleType as string[]).toSorted(),
        })),
      },
      {
        hostname: perf.hostname,
        osRelease: perf.osRelease,
        perfVersion: perf.perfVersion,
        arch: perf.arch,
        cpus: { available: perf.cpusAvailable, online: perf.cpusOnline },
        cpuDescription: perf.cpuDescription,
        cpuId: perf.cpuId,
        totalMemoryKib: perf.totalMemoryKib,
        cmdline: perf.cmdline,
        events: perf.events.map((event: { name: string; ids?: number[]; sampleType: string }) => ({
          name: event.name,
          ids: event.ids ?? [],
          sampleType: event.sampleType.split("|").toSorted(),
        })),
      },
      name,
    );
    if (input.container !== "pipe") {
      const fileOffset = `0x${perf.dataOffset.toString(16)}`;
      assertEquals(header.data, { fileOffset, size: perf.dataSize }, name);
    }
  });
});

Deno.test("auxtail info writes every word of AUXTRACE_INFO by name", async () => {
  const { auxtraceInfo, auxtraceIndex } = await infoOf("testdata/aux_demo_fits.perf.data");
  assertEquals(auxtraceInfo, {
    type: "intel_pt",
    typeId: 1,
    pmuType: 8,
    timeShift: 31,
    timeMult: 1431655765,
    timeZero: "0",
    capUserTimeZero: true,
    tscMask: "0x400",
    noretcompMask: "0x800",
    haveSchedSwitch: 3,
    snapshot: false,
    perCpuMmaps: true,
    mtcMask: "0x200",
    mtcPeriodMask: "0x3c000",
    tscCtcNumerator: 2,
    tscCtcDenominator: 84,
    cycMask: "0x2",
    maxNonTurboRatio: 30,
    filter: "",
    capEventTrace: null,
    moreWords: [],
  });
  assertEquals(typeof auxtraceIndex, "number");
});

Deno.test("auxtail info writes an unknown feature as its size, a damaged one as its error", async () => {
  const file = new PerfFileBuilder({
    features: [
      { bit: Feature.hostname, write: (out) => out.u32(100) },
      { bit: 60, write: (out) => out.zeros(24) },
    ],
  });
  file.finishedRound();
  const { features } = await infoOfBytes(file.bytes(), 2) as { features: Record<string, unknown> };
  assertEquals(features.feature_60, 24);
  assertMatch(String(features.hostname), /^Cannot decode HEADER_HOSTNAME at 0x[0-9a-f]+: expected/);
});

Deno.test("auxtail info names what an event does to the trace of its leader, which old attrs cannot say", async () => {
  for (const byteOrder of ["little", "big"] as const) {
    // aux_action, the word after aux_sample_size, has been there since size 120. Source: linux/perf_event.h.
    for (const [size, shown] of [[136, true], [120, true], [112, false]] as const) {
      const events = (["startPaused", "pause", "resume"] as const).map((auxAction) => (
        { type: 1, sampleType: 1, size, ...(shown && { auxAction }), flags: ["disabled" as const] }
      ));
      const bytes = new PerfFileBuilder({ byteOrder, events }).finishedRound().bytes();
      const lines = await cliLinesOn(bytes, "info");
      const flags = lines.filter((line) => /^ +flags /.test(line)).map((line) => line.trim());
      assertEquals(
        flags.map((line) => line.replace(/^flags +/, "")),
        ["aux_start_paused", "aux_pause", "aux_resume"].map((action) =>
          shown ? `disabled ${action}` : "disabled"
        ),
      );
    }
  }
});

Deno.test("auxtail info cuts a value that would pass 80 columns, and no other", async () => {
  for (const [length, shown] of [[55, "h".repeat(55)], [56, `${"h".repeat(52)}...`]] as const) {
    const features = [textFeature("hostname", "h".repeat(length))];
    const file = new PerfFileBuilder({ features });
    file.finishedRound();
    const lines = await cliLinesOn(file.bytes(), "info");
    const line = lines.find((line) => line.startsWith("  hostname"));
    assertEquals(line, `  hostname               ${shown}`);
  }
});

Deno.test("auxtail info fits into 80 columns and has no control characters", async () => {
  const names = ["aux_demo_fits", "aux_snapshot_coresight", "perf_system_wide", "perf_tracepoint"];
  for (const name of names) {
    const { code, stdout } = await callCli(["info", `testdata/${name}.perf.data`]);
    assertEquals(code, 0);
    const bad = stdout.split("\n").filter((line) => line.length > 80 || /[^ -~]/.test(line));
    assertEquals(bad, [], name);
  }
});

Deno.test("auxtail info prints what there is of a cut recording, and exits with 2", async () => {
  const path = "testdata/perf_cut.perf.data";
  const { code, stdout, stderr } = await callCli(["info", path, "--format", "json"]);
  const { input } = JSON.parse(stdout);
  assertEquals(code, 2);
  assertEquals(input.cut.fileOffset, "0x498"); // wholeRecordsEnd in perf_cut.records.json is 1176
  assertMatch(stderr, /^auxtail: testdata\/perf_cut.perf.data: not complete: .*0x498.*\n$/);
});

for (const name of ["aux_demo_fits", "aux_big_endian"]) {
  for (const packed of [false, true]) {
    const title = `${name}${packed ? " in gzip" : ""}`;
    Deno.test(`auxtail info exits with 2 wherever ${title} is cut after its records`, async () => {
      const whole = Deno.readFileSync(`testdata/${name}.perf.data`);
      const view = new DataView(whole.buffer);
      const little = name === "aux_demo_fits";
      const tableAt = Number(view.getBigUint64(40, little) + view.getBigUint64(48, little));
      const path = await Deno.makeTempFile();
      try {
        for (
          const end of [tableAt, tableAt + 1, tableAt + 40, whole.length - 300, whole.length - 1]
        ) {
          const bytes = whole.subarray(0, end);
          await Deno.writeFile(path, packed ? gzipSync(bytes) : bytes);
          const { code, stdout, stderr } = await callCli(["info", path]);
          assertEquals([end, code], [end, 2]);
          assertMatch(stderr, /^auxtail: [^\n]*: not complete: .*: copy the whole file\n$/);
          const least = end < whole.length - 1
            ? /its last \d+ bytes or more/
            : /its last 1 byte or/;
          assertMatch(stderr, least);
          assertEquals(stdout.match(/^Damage: /gm)?.length, 1, stdout);
          assertEquals(stdout.match(/Cannot decode.*\.\.\.$/m), null);
        }
      } finally {
        await Deno.remove(path);
      }
    });
  }
}

Deno.test("auxtail info counts the feature sections that are cut off, and the bytes they lack", async () => {
  const whole = Deno.readFileSync("testdata/aux_demo_fits.perf.data");
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, whole.subarray(0, -300));
    const { stdout, stderr } = await callCli(["info", path]);
    const cut = "2 feature sections are cut off: event_desc, auxtrace; " +
      "the file lacks its last 300 bytes or more: copy the whole file";
    assertEquals(stderr, `auxtail: ${path}: not complete: ${cut}\n`);
    assertStringIncludes(stdout.replaceAll(/\s+/g, " "), `Damage: ${cut}`);
    assertMatch(stdout, /^ {2}event_desc {13}cut off$/m);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("auxtail info writes a new file with write permission for it alone", async () => {
  const folder = await Deno.makeTempDir();
  const output = `${folder}/out`;
  const info = (path: string, ...permissions: string[]) =>
    runCli(["info", path, "--format", "json", "-o", output], {
      permissions: [`--allow-read=${path}`, ...permissions],
    });
  const path = "testdata/aux_none.perf.data";
  const write = `--allow-write=${output}`;
  try {
    assertEquals((await info("testdata/README.aux.md", write)).code, 2);
    assertEquals([...Deno.readDirSync(folder)], []);
    const { code, stdout } = await info(path, write);
    assertEquals([code, stdout], [0, ""]);
    const text = await Deno.readTextFile(output);
    assertEquals(JSON.parse(text).schema, "auxtail.info/1");
    const said = (rest: string) =>
      `auxtail: "${output}" is there, and only a whole file replaces it; Deno may not make that file, ` +
      `"${output}.part": run with ${rest}; auxtail --help says where that goes\n`;
    const both = `${output},${output}.part`;
    const needed = [`--allow-write=${both}`, `--allow-read=${both}`];
    await Deno.writeTextFile(output, "old");
    for (const [permissions, lacks] of [[[write], needed], [[write, needed[1]!], [needed[0]!]]]) {
      const { code, stderr } = await info(path, ...permissions!);
      assertEquals([code, stderr], [2, said(lacks!.join(" "))]);
      assertEquals(await Deno.readTextFile(output), "old");
    }
    assertEquals((await info(path, ...needed)).code, 0);
    assertEquals(await Deno.readTextFile(output), text);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("auxtail info refuses what is not a recording", async () => {
  const { code, stdout, stderr } = await callCli(["info", "testdata/README.aux.md"]);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^auxtail: Cannot decode perf_file_header at 0x0: .*\n$/);
});
