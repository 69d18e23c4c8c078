import { assertEquals, assertStringIncludes } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { callCli, callCliOn } from "../testing/call_cli.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { mixedRecording, mixedUnits } from "../testing/mixed_coresight.ts";

const LINES = [
  "no decoder for ETMv3 (CPU 1, trace ID 0x11), 40 bytes",
  "no decoder for PTM (CPU 2, trace ID 0x12), 23 bytes",
  "no decoder for STM or ITM: trace ID 0x20 is of no unit in AUXTRACE_INFO, 109 bytes",
];

for (const byteOrder of ["little", "big"] as const) {
  Deno.test(`auxtail packets names what it does not decode, and decodes the rest, ${byteOrder} endian`, async () => {
    const bytes = mixedRecording(byteOrder).bytes();
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
      assertEquals((await callCli(["packets", "-n", "100", path])).code, 2);
    } finally {
      Deno.removeSync(path);
    }
  });
}

Deno.test("auxtail check warns of what is not decoded", async () => {
  const bytes = mixedRecording().bytes();
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
  assertEquals(messages(piped.stdout), messages(stdout));
});

/** Two frames without an id, one that changes to an id by its first byte, and a part of a frame. */
function framesWith(id: number): Uint8Array {
  const frames = [0, 2, 4, 6].flatMap((byte) => new Array(16).fill(byte));
  frames.splice(32, 1, id << 1 | 1);
  return Uint8Array.from(frames.slice(0, 52));
}

Deno.test("auxtail packets says why bytes of frames are of no trace unit", async () => {
  const idle = "30 bytes skipped, before the first trace ID";
  const rest = "4 bytes skipped, less than a frame";
  const known = "14 bytes skipped, looking for I_ASYNC";
  const skips = async (bytes: Uint8Array, ...args: readonly string[]) => {
    const { stdout } = await callCliOn(bytes, "packets", ...args);
    return [...stdout.matchAll(/-- (.*)/g)].map(([, text]) => text);
  };
  for (const byteOrder of ["little", "big"] as const) {
    const recorded = (id: number) => {
      const payload = framesWith(id);
      const recording = new AuxRecording({ info: mixedUnits, byteOrder });
      recording.chunk(0, { offset: 0n, payload }).aux(0, { offset: 0n, size: payload.length });
      return recording.bytes();
    };
    const ptm = `14 bytes skipped, ${LINES[1]!.replace(/, \d+ bytes$/, "")}`;
    const reserved = "14 bytes skipped, trace ID 0x7d is of no trace unit";
    assertEquals(await skips(recorded(0x12)), [idle, ptm, rest]);
    assertEquals(await skips(recorded(0x7d)), [idle, reserved, rest]);
    assertEquals(await skips(recorded(0x10)), [idle, known, rest]);
  }
  const bare = ["--raw", "coresight"];
  assertEquals(await skips(framesWith(0x10), ...bare), [idle, known, rest]);
  assertEquals((await callCliOn(framesWith(0x7d), "packets", ...bare)).stderr, "");
});

oracleTest("all commands name the PTMs of ptm_snowball", ["corpus"], async () => {
  const path = corpusPath("edge/ptm_snowball.perf.data");
  const { code, stdout, stderr } = await callCli(["packets", path]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "no decoder for PTM (CPU 0, trace ID 0x10)");
  assertStringIncludes(stdout, "-- 106 bytes skipped, before the first trace ID\n");
  assertEquals(stdout.includes("I_ASYNC") || stderr.includes("I_ASYNC"), false);
  assertStringIncludes(stdout, "bytes skipped, no decoder for PTM (CPU 1, trace ID 0x11)");
  assertStringIncludes((await callCli(["check", path])).stdout, "no decoder for PTM (CPU 0");
  assertStringIncludes((await callCli(["info", path])).stdout, "kind ptm");
});
