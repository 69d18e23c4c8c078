import { assertEquals, assertMatch } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { callCli, callCliOn } from "../testing/call_cli.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { auxtraceInfo } from "../testing/perf_builder.ts";

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
        assertEquals(await typesOf(bytes), [type, "unknown", type, type, "ok", 1]);
        const { code, stderr } = await callCliOn(bytes, "packets");
        if (type === "intel_pt") assertEquals([code, stderr], [0, ""]);
        else assertMatch(stderr, /not decoded, because the trace units are not known: .* got 3;/);
        if (type === "cs_etm") assertEquals(code, 2);
      }
    }
  }
});

oracleTest("commands keep the types of recordings with other layouts", ["corpus"], async () => {
  for (const [name, type] of [["etm_future", "cs_etm"], ["info9", "intel_pt"]] as const) {
    const bytes = Deno.readFileSync(corpusPath(`edge/${name}.data`));
    assertEquals(await typesOf(bytes), [type, "unknown", type, type, "ok", 1]);
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
