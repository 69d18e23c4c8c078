import { assertEquals, assertStringIncludes } from "@std/assert";
import { openPerfBytes } from "../system/mod.ts";
import { AuxRecording } from "../testing/aux_recording.ts";
import { callCli, callCliOn } from "../testing/call_cli.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { barrierFrame, etmAsync, etmAtoms, formatFrames } from "../testing/etm_packets.ts";
import { auxOutputHwId, auxtraceInfo, AuxtraceType } from "../testing/perf_builder.ts";
import { formatFacts, payloadFormat, payloadQueues, undecodedTrace } from "./mod.ts";

const ETM = [0x4040404040404040n, 0n, 7n, ...[0x1001n, 0x10n, 0x28000ea1n, 0x4100f403n, 0x488n]];
const RAW = 0x100n;

/** AUXTRACE_INFO of an ETMv4 on CPU 0, an ETMv3 on CPU 1 and a PTM on CPU 2: ids 0x10 to 0x12. */
const mixed = auxtraceInfo(AuxtraceType.cs_etm, [
  1n,
  8n << 32n | 3n,
  0n,
  ...[...ETM, 0n, 0xccn],
  ...[0x3030303030303030n, 1n, 4n, 0n, 0x11n, 0n, 0x410cf250n],
  ...[0x3030303030303030n, 2n, 4n, 0n, 0x12n, 0n, 0x411cf301n],
]);

/** Bytes of all sources; those of ids 0 and 0x7d are padding and triggers. */
const RUNS = [
  { id: 0x10, bytes: [...etmAsync, ...etmAtoms("E")] },
  { id: 0x11, bytes: new Array(40).fill(0x11) },
  { id: 0x12, bytes: new Array(7).fill(0x22) },
  { id: 0x20, bytes: new Array(100).fill(0x33) },
  { id: 0x7d, bytes: [1] },
  { id: 0x12, bytes: new Array(16).fill(0x44) },
  { id: 0x10, bytes: etmAtoms("EEE") },
];
const REST = [
  { id: 0x20, bytes: new Array(9).fill(0x33) },
  { id: 0x10, bytes: [...etmAsync, ...etmAtoms("N")] },
];

const LINES = [
  "no decoder for ETMv3 (CPU 1, trace ID 0x11), 40 bytes",
  "no decoder for PTM (CPU 2, trace ID 0x12), 23 bytes",
  "no decoder for STM or ITM: trace ID 0x20 is of no unit in AUXTRACE_INFO, 109 bytes",
];

function recordingOf(byteOrder: "little" | "big" = "little"): AuxRecording {
  const payload = new Uint8Array([
    ...formatFrames(RUNS),
    ...barrierFrame,
    ...formatFrames(REST),
  ]);
  const recording = new AuxRecording({ info: mixed, byteOrder });
  recording.chunk(0, { offset: 0n, payload });
  recording.aux(0, { offset: 0n, size: payload.length });
  return recording;
}

for (const byteOrder of ["little", "big"] as const) {
  Deno.test(`auxtail packets names what it does not decode, and decodes the rest, ${byteOrder} endian`, async () => {
    const bytes = recordingOf(byteOrder).bytes();
    const path = Deno.makeTempFileSync({ suffix: ".perf.data" });
    Deno.writeFileSync(path, bytes);
    try {
      const said = LINES.join("; ");
      for (const args of [[], ["--summary"], ["-f", "ndjson"], ["--kind", "I_ASYNC"]]) {
        const file = await callCli(["packets", ...args, path]);
        assertEquals(file.code, 2);
        assertStringIncludes(file.stderr, `${path}: not complete: ${said}; for OpenCSD`);
        const piped = await callCli(["packets", ...args, "-"], { stdin: bytes });
        assertEquals([piped.code, piped.stdout], [2, file.stdout]);
      }
      const { stdout: text } = await callCli(["packets", path]);
      assertEquals([...text.matchAll(/ID 10 (\w+)/g)].map(([, name]) => name), [
        ..."I_ASYNC I_ATOM_F1 I_ATOM_F3 I_ASYNC I_ATOM_F1".split(" "),
      ]);
      for (const [i, size] of [40, 23, 100].entries()) {
        assertStringIncludes(
          text,
          `-- ${size} bytes skipped, ${LINES[i]!.replace(/, \d+ bytes$/, "")}`,
        );
      }
      const { stdout: table } = await callCli(["packets", "--summary", path]);
      assertEquals(table.trimEnd().split("\n").slice(-3), LINES);
      const { stdout } = await callCli(["packets", "--summary", "-f", "json", path]);
      assertEquals(JSON.parse(stdout).undecoded, [
        { traceId: 0x11, cpu: 1, what: "ETMv3", bytes: 40 },
        { traceId: 0x12, cpu: 2, what: "PTM", bytes: 23 },
        { traceId: 0x20, cpu: null, what: "STM or ITM", bytes: 109 },
      ]);
      const limited = await callCli(["packets", "-n", "1", path]);
      assertEquals([limited.code, limited.stderr], [0, ""]);
    } finally {
      Deno.removeSync(path);
    }
  });
}

Deno.test("decoderCheck() warns of what is not decoded, of streams by their units", async () => {
  const bytes = recordingOf().bytes();
  const { code, stdout } = await callCliOn(bytes, "check", "--format", "json");
  const messages = (text: string) =>
    JSON.parse(text).findings.filter(({ check }: { check: string }) => check === "payload-decoded")
      .map(({ severity, message }: Record<string, string>) => `${severity}: ${message}`);
  assertEquals(code, 0);
  assertEquals(
    messages(stdout),
    LINES.map((line) => `warning: ${line.replace(/, (\d+ b)/, ": $1")}`),
  );
  const piped = await callCli(["check", "--format", "json", "-"], { stdin: bytes });
  assertEquals(messages(piped.stdout), [
    "warning: no decoder for ETMv3 (CPU 1, trace ID 0x11)",
    "warning: no decoder for PTM (CPU 2, trace ID 0x12)",
  ]);
});

function undecodedOf(bytes: Uint8Array): unknown[] {
  using file = openPerfBytes(bytes);
  const recording = payloadQueues(file);
  return undecodedTrace(recording, payloadFormat(formatFacts(file, recording)));
}

Deno.test("undecodedTrace() reads ids in frames wherever a payload is cut", () => {
  const payload = formatFrames(RUNS);
  const sums = (size: number) => {
    const recording = new AuxRecording({ info: mixed });
    for (let at = 0; at < payload.length; at += size) {
      const part = payload.subarray(at, at + size);
      recording.chunk(0, { offset: BigInt(at), payload: part });
    }
    recording.aux(0, { offset: 0n, size: payload.length });
    return undecodedOf(recording.bytes());
  };
  const whole = sums(payload.length);
  assertEquals(whole.length, 3);
  for (const size of [8, 24, 40, 104]) assertEquals(sums(size), whole, `chunks of ${size}`);
});

Deno.test("undecodedTrace() does not call a CPU an STM whose HW_ID record is missing", () => {
  const recording = new AuxRecording({ info: mixed });
  recording.file.add(auxOutputHwId(0x10n), { id: 1n, cpu: 0 });
  const payload = formatFrames(RUNS);
  recording.chunk(0, { offset: 0n, payload });
  recording.aux(0, { offset: 0n, size: payload.length });
  const what = "STM, ITM or a CPU without its AUX_OUTPUT_HW_ID record";
  assertEquals(
    undecodedOf(recording.bytes()),
    [[0x11, 40], [0x12, 23], [0x20, 100]].map(
      ([traceId, bytes]) => ({ traceId, cpu: null, what, bytes }),
    ),
  );
});

Deno.test("undecodedTrace() names bytes without frames by the unit of their CPU", () => {
  const rings = [{ cpu: 0, tid: 1 }, { cpu: 2, tid: 2 }, { cpu: 7, tid: 3 }];
  const recording = new AuxRecording({ info: mixed, rings });
  for (const idx of rings.keys()) {
    recording.chunk(idx, { offset: 0n, size: 16 * (idx + 1) });
    recording.aux(idx, { offset: 0n, size: 16 * (idx + 1), flags: RAW });
  }
  assertEquals(undecodedOf(recording.bytes()), [
    { traceId: null, cpu: 2, what: "PTM", bytes: 32 },
    {
      traceId: null,
      cpu: null,
      what: "bytes without frames of a CPU that is not in AUXTRACE_INFO",
      bytes: 48,
    },
  ]);
});

oracleTest("all commands name the PTMs of ptm_snowball", ["corpus"], async () => {
  const path = corpusPath("edge/ptm_snowball.perf.data");
  const { code, stdout, stderr } = await callCli(["packets", path]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "no decoder for PTM (CPU 0, trace ID 0x10)");
  assertStringIncludes(stdout, "bytes skipped, no decoder for PTM (CPU 1, trace ID 0x11)");
  assertStringIncludes((await callCli(["check", path])).stdout, "no decoder for PTM (CPU 0");
  assertStringIncludes((await callCli(["info", path])).stdout, "kind ptm");
});
