import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { AuxRecording } from "../testing/aux_recording.ts";
import { btsBytes } from "../testing/bts_records.ts";
import {
  eteInstrumentation,
  eteTransactionStart,
  etmAsync,
  etmAtoms,
  etmCycleCount1,
  etmQ,
  etmTraceInfo,
} from "../testing/etm_packets.ts";
import { auxEvent, auxtraceInfo, AuxtraceType, timeConv } from "../testing/perf_builder.ts";
import {
  speAddress,
  speCounter,
  speEnd,
  speInstruction,
  spePad,
  speTimestamp,
} from "../testing/spe_packets.ts";
import { callCli, callCliOn, cliLinesOn } from "../testing/call_cli.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import type { CliRun } from "../testing/run_cli.ts";

function packets(bytes: Uint8Array, ...args: readonly string[]): Promise<CliRun> {
  return callCliOn(bytes, "packets", ...args);
}

function linesOf(bytes: Uint8Array, ...args: readonly string[]): Promise<string[]> {
  return cliLinesOn(bytes, "packets", ...args);
}

Deno.test("auxtail packets prints the packets, or the records, of Arm SPE", async () => {
  const payload = Uint8Array.from([
    ...speAddress(0, speInstruction(0x8000_1234n, { el: 1, nonSecure: true })),
    ...speCounter(0, 34),
    ...spePad,
    ...speTimestamp(1000n),
    ...speAddress(2, 0x7ffe_0000_1000n),
    ...speEnd,
  ]);
  const file = new AuxRecording({
    info: auxtraceInfo(AuxtraceType.arm_spe, [8n, 1n]),
    events: [auxEvent("arm_spe//", 1)],
  });
  file.file.add(timeConv({ shift: 0n, mult: 2n, zero: 5n }));
  file.chunk(0, { offset: 0n, payload });
  file.aux(0, { offset: 0n, size: payload.length });
  const bytes = file.bytes();
  const packetTexts = (await linesOf(bytes)).slice(1).map((line) => line.slice(39));
  assertEquals(packetTexts, [
    "PC 0x80001234 el1 ns=1",
    "LAT 34 TOT",
    "PAD",
    "TS 1000 time=0.000002005",
    "VA 0x7ffe00001000",
    "END",
  ]);
  assertEquals((await linesOf(bytes, "--records")).slice(1).map((line) => line.trim()), [
    "00000000:" + " ".repeat(30) +
    "pc=0xff00000080001234 el=1 totalLatency=34 timestamp=1000 time=0.000002005",
    "00000016:" + " ".repeat(30) + "va=0x7ffe00001000",
  ]);
  const [record] = (await linesOf(bytes, "--records", "--format", "ndjson"))
    .map((line) => JSON.parse(line));
  assertEquals(
    [record.auxOffset, record.size, record.kind, record.pc.address, record.totalLatency],
    ["0x0", 22, "RECORD", "0xff00000080001234", 34],
  );
  assertEquals([record.timestamp, record.timeNs, record.va], ["1000", "2005", null]);
});

Deno.test("auxtail packets prints the other formats", async () => {
  const branches = btsBytes([{ from: 0x401000n, to: 0x402000n, misc: 0x10n }]);
  assertEquals(await linesOf(branches, "--raw", "intel_bts", "--format", "ndjson"), [
    '{"queue":null,"cpu":null,"tid":null,"auxOffset":"0x0","size":24,"kind":"BRANCH","from":"0x401000",' +
    '"to":"0x402000","misc":"0x10","predicted":true}',
  ]);
  // A frame whose id 0x10 holds an I_ASYNC, cut by the frame's end.
  const frame = Uint8Array.from([0x21, ...Array.from({ length: 11 }, () => 0), 0x80, 0xf7, 0, 0]);
  const [line] = (await linesOf(frame, "--raw", "coresight")).slice(1);
  assertStringIncludes(line!, "ID 10 I_ASYNC");
  const kinds = async (raw: string, size: number) => {
    const { stdout } = await packets(
      new Uint8Array(size),
      "--raw",
      raw,
      "--summary",
      "--format",
      "json",
    );
    return JSON.parse(stdout).queues[0].byKind;
  };
  assertEquals(await kinds("hisi_ptt", 32), { "4DW": 2 });
  assertEquals(await kinds("vpa_dtl", 96), { "BOOT": 2 });
  assertEquals(Object.values(await kinds("s390_cpumsf", 8192)), [2]);
});

Deno.test("auxtail packets reads the bytes of one trace unit without frames", async () => {
  const bytes = [...etmAsync, ...etmAtoms("E"), ...eteTransactionStart];
  const ete = Uint8Array.from([...bytes, ...eteInstrumentation(1, 0x1234n)]);
  const texts = async (raw: string, ...args: readonly string[]) =>
    (await linesOf(ete, "--raw", raw, ...args)).slice(1).map((line) => line.slice(11).trim());
  const known = ["I_ASYNC", "I_ATOM_F1"];
  const names = (lines: readonly string[]) =>
    lines.map((line) => /I_\w+|-- .*/.exec(line)?.[0].replace(/,.*/, ""));
  for (const jobs of ["1", "2"]) {
    const found = names(await texts("ete", "--jobs", jobs));
    assertEquals(found, [...known, "I_TRANS_ST", "I_ITE"]);
  }
  assertEquals(names(await texts("etmv4")), [...known, "-- bad byte 0a", "-- 10 bytes skipped"]);
  const [first] = await linesOf(ete, "--raw", "ete", "--format", "ndjson");
  const { queue, cpu, traceId, kind } = JSON.parse(first!);
  assertEquals([queue, cpu, traceId, kind], [null, null, null, "I_ASYNC"]);
});

Deno.test("auxtail packets --raw takes the registers of a trace unit", async () => {
  // With commits a count of format 1 has two fields, without one.
  const stream = [...etmAsync, ...etmTraceInfo({ info: 0 }), ...etmCycleCount1(0x10, 0x11)];
  const q = etmQ(3);
  const bytes = Uint8Array.from([...stream, ...etmAtoms("E"), ...q, ...etmAtoms("N")]);
  const texts = async (...args: readonly string[]) => {
    const lines = (await linesOf(bytes, "--raw", ...args)).slice(3).map((line) => line.slice(11));
    return lines.map((line) => line.replace(/^(?:[0-9a-f]{2} )+ *(?:ID 10 )?/, ""));
  };
  const assumed = "-- bad byte ac, registers that are assumed may be why: TRCIDR0, TRCIDR2, ";
  const [first] = await texts("etmv4");
  assertEquals(first, "I_CCNT_F1 : Cycle Count format 1.; Count=0x11");
  const known = [
    "I_CCNT_F1 : Cycle Count format 1.; Count=0x10; Commit(17)",
    "I_ATOM_F1 : Atom format 1.; E",
  ];
  for (const jobs of ["1", "2"]) {
    const args = ["etmv4", "--jobs", jobs];
    assertEquals(await texts(...args, "--trcidr0", "0x80"), [
      ...known,
      `${assumed.replace("TRCIDR0, ", "")}TRCCONFIGR, TRCDEVARCH`,
      "-- 2 bytes skipped, looking for I_ASYNC",
    ]);
    assertEquals(await texts(...args, "--trcidr0", "0x18080"), [
      ...known,
      "I_Q : Q Packet.; Count(3)",
      "I_ATOM_F1 : Atom format 1.; N",
    ]);
  }
  const all = ["--trcidr0", "128", "--trcidr2", "0x1088", "--trcconfigr", "0", "--trcdevarch"];
  const bad = await linesOf(bytes, "--raw", "ete", "-f", "ndjson", ...all, "0x47705a13");
  assertEquals(bad.map((line) => JSON.parse(line)).find(({ mark }) => mark === "bad"), {
    ...{ queue: null, cpu: null, tid: null, auxOffset: "0x13", size: 1, mark: "bad", bytes: "ac" },
  });
  const last = (await linesOf(bytes, "--raw", "etmv4", "--summary")).at(-1);
  assertEquals(
    last,
    "bad bytes: registers that are assumed may be why: TRCIDR0, TRCIDR2, TRCCONFIGR, TRCDEVARCH",
  );
});

Deno.test("auxtail packets refuses registers that are none, or go with nothing", async () => {
  for (
    const [args, message] of [
      [["--trcidr0", "1"], "--trcidr0 goes with --raw cs_etm, coresight, etmv4, ete"],
      [["--raw", "arm_spe", "--trcdevarch", "1"], "--trcdevarch goes with --raw cs_etm"],
      [["--raw", "ete", "--trcidr2", "x"], 'Cannot read "x" of --trcidr2: expected 32 bits'],
      [["--raw", "ete", "--trcidr2", "0x100000000"], "expected 32 bits, as 0x28000ea1"],
      [["--raw", "ete", "--trcdevarch", "0x47702a13"], "is not that of an ETMv4 or ETE"],
      [["--raw", "ete", "--trcdevarch", "0x47724a13"], "0x47724a13 is that of an ETMv4: use --raw"],
      [["--raw", "etmv4", "--trcdevarch", "0x47705a13"], "--raw etmv4 is an ETMv4, but --trcdev"],
      [["--raw", "etmv4", "--trcdevarch", "1198545427"], "is that of an ETE: use --raw ete"],
    ] as const
  ) {
    const { code, stderr } = await packets(new Uint8Array(16), ...args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  }
});

oracleTest("the ETE with Q elements has 363 packets with its registers", ["corpus"], async () => {
  const args = ["--trcidr0", "0x2801cea1", "--trcidr2", "0xd0001088", "--trcconfigr", "0xa001"];
  const path = corpusPath("edge/ete_q_elem_session2.bin");
  const count = async (...args: readonly string[]) => {
    const { code, stdout } = await callCli(["packets", "--summary", "-f", "json", ...args]);
    assertEquals(code, 0);
    return JSON.parse(stdout).totals;
  };
  const bare = await count("--raw", "ete", ...args, "--trcdevarch", "0x47705a13", path);
  assertEquals([bare.packets, bare.marks], [363, {}]);
  const recorded = await count(corpusPath("edge/ete_q_elem_session2.perf.data"));
  assertEquals(recorded.byKind, bare.byKind);
});

oracleTest(
  "contexts of ete_rme_session1 are in the states Realm and Root",
  ["corpus"],
  async () => {
    // OpenCSD 1.8 prints Realm 10 times and Root once.
    const { stdout } = await callCli([
      "packets",
      "--raw",
      "ete",
      corpusPath("edge/ete_rme_session1.bin"),
    ]);
    const states = [...stdout.matchAll(/AArch64,EL\d, (\w+);/g)].map(([, state]) => state);
    const times = (state: string) => states.filter((other) => other === state).length;
    assertEquals([states.length, times("Realm"), times("Root")], [11, 10, 1]);
  },
);

Deno.test("auxtail packets --format ndjson says where a number is too large to be exact", async () => {
  const dataSource = Uint8Array.from([0x73, 1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(await linesOf(dataSource, "--raw", "arm_spe", "--format", "ndjson"), [
    '{"queue":null,"cpu":null,"tid":null,"auxOffset":"0x0","size":9,"kind":"DATA-SOURCE",' +
    '"dataSource":9007199254740991,"saturated":true}',
  ]);
});

Deno.test("auxtail packets reads compressed recordings from standard input", async () => {
  for (const name of ["aux_compressed", "aux_compressed2"]) {
    const path = `testdata/${name}.perf.data`;
    const expected = await callCli(["packets", path]);
    const stdin = Deno.readFileSync(path);
    const { stderr, ...rest } = await callCli(["packets", "-"], { stdin });
    assertEquals({ ...rest, stderr: stderr.replace("-:", `${path}:`) }, expected);
    assertEquals(expected.code, 0);
    assertMatch(expected.stdout, /^queue 0: .*\n[0-9a-f]{8}: /);
  }
});

Deno.test("auxtail packets refuses a folder of bare payload", async () => {
  const { code, stdout, stderr } = await callCli(["packets", "--raw", "intel_pt", "testdata"]);
  assertEquals([code, stdout], [2, ""]);
  assertEquals(stderr, 'auxtail: cannot read the folder "testdata" as bare payload\n');
});

Deno.test("auxtail packets --raw unpacks gzip and zstd, by path and on standard input", async () => {
  const bytes = btsBytes(Array.from({ length: 40 }, (_, i) => ({ from: BigInt(i), to: 9n })));
  const args = ["packets", "--raw", "intel_bts"];
  const plain = (await packets(bytes, "--raw", "intel_bts")).stdout;
  for (const packed of [gzipSync(bytes), zstdCompressSync(bytes)].map((b) => new Uint8Array(b))) {
    for (const jobs of ["1", "2"]) {
      const file = await callCliOn(packed, ...args, "--jobs", jobs);
      const piped = await callCli([...args, "--jobs", jobs, "-"], { stdin: packed });
      for (const run of [file, piped]) {
        assertEquals([run.code, run.stdout, run.stderr], [0, plain, ""]);
      }
    }
  }
  const cut = await callCliOn(new Uint8Array(gzipSync(bytes)).subarray(0, -8), ...args);
  assertEquals([cut.code, cut.stdout], [2, plain]);
  assertStringIncludes(cut.stderr, "not complete: Cannot decode gzip data at 0x3c0");
});

Deno.test("auxtail packets --raw names files of other formats, and how to unpack them", async () => {
  const ustar = [...new Uint8Array(257), ...new TextEncoder().encode("ustar")];
  const starts: readonly [string, string, readonly number[]][] = [
    ["xz", "xz -d", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    ["bzip2", "bzip2 -d", [0x42, 0x5a, 0x68, 0x39]],
    ["tar", "tar -xf", ustar],
  ];
  for (const [name, command, start] of starts) {
    const bytes = Uint8Array.from([...start, ...new Uint8Array(96)]);
    for (const input of [bytes, new Uint8Array(gzipSync(bytes))]) {
      const run = await callCli(["packets", "--raw", "intel_pt", "-"], { stdin: input });
      assertEquals([run.code, run.stdout], [2, ""]);
      assertStringIncludes(
        run.stderr,
        `is ${name}, not bare payload: unpack it first: ${command} `,
      );
      assertEquals((await packets(input, "--raw", "intel_pt")).code, 2);
    }
  }
});

Deno.test("auxtail packets --raw refuses a recording, packed or not", async () => {
  const starts = ["PERFILE2", "2ELIFREP", "PERFFILE"].map((text) => new TextEncoder().encode(text));
  for (const start of starts) {
    const bytes = Uint8Array.from([...start, ...new Uint8Array(96)]);
    for (const input of [bytes, new Uint8Array(gzipSync(bytes))]) {
      for (const args of [[], ["--summary"], ["--jobs", "2"]]) {
        const run = await callCli(["packets", "--raw", "intel_pt", ...args, "-"], { stdin: input });
        assertEquals([run.code, run.stdout], [2, ""]);
        assertStringIncludes(run.stderr, "is a recording of perf, not bare payload");
        assertStringIncludes(run.stderr, "leave out --raw");
        assertEquals((await packets(input, "--raw", "intel_pt", ...args)).code, 2);
      }
    }
  }
});

Deno.test("auxtail packets holds at most 256 MiB of standard input", async () => {
  const said = "auxtail: standard input has more than 256 MiB: save it to a file first\n";
  for (const [bytes, code, stderr] of [[2 ** 28, 0, ""], [2 ** 28 + 1, 2, said]] as const) {
    const command =
      `head -c ${bytes} /dev/zero | "${Deno.execPath()}" run --no-prompt cli/main.ts ` +
      "packets --raw intel_pt --limit 0 -";
    const run = await new Deno.Command("sh", { args: ["-c", command] }).output();
    assertEquals([run.code, new TextDecoder().decode(run.stderr)], [code, stderr]);
  }
});
