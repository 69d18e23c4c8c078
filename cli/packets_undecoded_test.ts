import { assertEquals, assertStringIncludes } from "@std/assert";
import { callCli, callCliOn } from "../testing/call_cli.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { mixedRecording } from "../testing/mixed_coresight.ts";

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

oracleTest("all commands name the PTMs of ptm_snowball", ["corpus"], async () => {
  const path = corpusPath("edge/ptm_snowball.perf.data");
  const { code, stdout, stderr } = await callCli(["packets", path]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "no decoder for PTM (CPU 0, trace ID 0x10)");
  assertStringIncludes(stdout, "bytes skipped, no decoder for PTM (CPU 1, trace ID 0x11)");
  assertStringIncludes((await callCli(["check", path])).stdout, "no decoder for PTM (CPU 0");
  assertStringIncludes((await callCli(["info", path])).stdout, "kind ptm");
});
