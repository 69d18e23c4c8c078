import { assertEquals, assertStringIncludes } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { callCli, callCliOn, cliLinesOn } from "../testing/call_cli.ts";
import { etmAtoms, formatFrames } from "../testing/etm_packets.ts";
import { ptIp, ptPsb } from "../testing/pt_packets.ts";

/** A region of Intel PT without a sync point, and what is printed of it. */
const REGION = Uint8Array.from([0x06, ...ptIp("TIP", 3, 0x40_1000n), ...ptIp("FUP", 1, 0x2000n)]);
const PACKETS = [
  "00000000:  06                          TNT T (1)",
  "00000001:  6d 00 10 40 00 00 00        TIP 0x401000",
  "00000008:  3d 00 20                    FUP 0x2000 ip=0x402000",
];
const RAW = ["--raw", "intel_pt"];

/** Two rings, with the region in each. */
function recording(): Uint8Array<ArrayBuffer> {
  const file = new AuxRecording({ rings: [0, 1].map((cpu) => ({ cpu, tid: 100 })) });
  for (const idx of [0, 1]) {
    file.aux(idx, { offset: 0n, size: REGION.length }).chunk(idx, { offset: 0n, payload: REGION });
  }
  return file.bytes();
}

const HINT = "so that nothing was decoded there; --from-start decodes from the first byte\n";

async function linesOf(bytes: Uint8Array, ...args: readonly string[]): Promise<string[]> {
  const lines = await cliLinesOn(bytes, "packets", ...args);
  return lines.filter((line) => !line.startsWith("queue"));
}

Deno.test("auxtail packets --from-start decodes bytes without a sync point, in every form", async () => {
  const recorded = recording();
  for (const jobs of ["1", "2"]) {
    const how = ["--from-start", "--jobs", jobs];
    assertEquals(await linesOf(REGION, ...RAW, ...how), PACKETS);
    assertEquals(await linesOf(recorded, ...how), [...PACKETS, ...PACKETS]);
    assertEquals(await linesOf(recorded, ...how, "--kind", "fup", "--cpu", "1"), PACKETS.slice(2));
    const [line] = await linesOf(REGION, ...RAW, ...how, "--format", "ndjson", "--range", "8,");
    assertEquals(JSON.parse(line!), {
      ...{ queue: null, cpu: null, tid: null, auxOffset: "0x8", size: 3 },
      ...{ kind: "FUP", ip: "0x402000", ipBytes: 2, payload: "0x2000" },
    });
    for (const filter of [[], ["--range", "0,8"]]) {
      const json = await linesOf(recorded, ...how, "--summary", "--format", "json", ...filter);
      const { byKind, syncPoints, skippedBytes } = JSON.parse(json.join("\n")).totals;
      const fup = filter.length === 0 ? { FUP: 2 } : {};
      assertEquals({ byKind, syncPoints, skippedBytes }, {
        byKind: { TNT: 2, TIP: 2, ...fup },
        syncPoints: 0,
        skippedBytes: 0,
      });
    }
  }
});

Deno.test("auxtail packets names --from-start where nothing was decoded for want of a sync point", async () => {
  const recorded = recording();
  const skipped = "00000000:  -- 11 bytes skipped, looking for PSB";
  const run = async (bytes: Uint8Array, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await callCliOn(bytes, "packets", ...args);
    assertEquals(code, 0);
    const said = stderr.replace(/^auxtail: \S+: /, "");
    return [stdout.split("\n").filter((line) => line.includes("--")), said] as const;
  };
  const bare = `no PSB was found in the 11 bytes, ${HINT}`;
  const one = `no PSB was found in the 11 bytes of queue 1, ${HINT}`;
  const both = `no PSB was found in the 22 bytes of queues 0, 1, ${HINT}`;
  for (const jobs of ["1", "2"]) {
    const how = ["--jobs", jobs];
    assertEquals(await run(REGION, ...how, ...RAW), [[skipped], bare]);
    assertEquals(await run(recorded, ...how), [[skipped, skipped], both]);
    assertEquals(await run(recorded, ...how, "--queue", "1"), [[skipped], one]);
    assertEquals(await run(recorded, ...how, "--summary"), [[], both]);
    assertEquals(await run(recorded, ...how, "--kind", "tip"), [[], both]);
    assertEquals(await run(recorded, ...how, "--from-start"), [[], ""]);
  }
  const file = new AuxRecording({ rings: [0, 1].map((cpu) => ({ cpu, tid: 100 })) });
  for (const [idx, payload] of [REGION, Uint8Array.from([...REGION, ...ptPsb])].entries()) {
    file.aux(idx, { offset: 0n, size: payload.length }).chunk(idx, { offset: 0n, payload });
  }
  assertEquals((await run(file.bytes()))[1], one.replace("queue 1", "queue 0"));
  const { stderr } = await callCli(["packets", "-"], { stdin: recorded });
  assertEquals(stderr, `auxtail: -: ${both}`);
});

Deno.test("auxtail packets --from-start reads streams, and what extract wrote", async () => {
  for (const [stdin, args] of [[REGION, RAW], [recording(), ["--queue", "1"]]] as const) {
    const { code, stdout } = await callCli(["packets", "--from-start", ...args, "-"], { stdin });
    assertEquals([code, stdout.trimEnd().split("\n").slice(1)], [0, PACKETS]);
  }
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${folder}/perf.data`, recording());
    await callCli(["extract", "--output", `${folder}/trace`, `${folder}/perf.data`]);
    const path = `${folder}/trace/queue-1.bin`;
    const { stdout } = await callCli(["packets", "--from-start", ...RAW, path]);
    assertEquals(stdout.trimEnd().split("\n").slice(1), PACKETS);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("auxtail packets --from-start decodes a trace unit without an A-Sync, bare and in frames", async () => {
  const unit = Uint8Array.from([...etmAtoms("E"), ...etmAtoms("N")]);
  const frames = formatFrames([{ id: 0x10, bytes: [...unit] }]);
  for (const [type, bytes] of [["etmv4", unit], ["ete", unit], ["coresight", frames]] as const) {
    const args = ["--raw", type, "--kind", "I_ATOM_F1"];
    assertEquals((await linesOf(bytes, ...args, "--from-start")).length, 2, type);
    const { code, stderr } = await callCliOn(bytes, "packets", ...args);
    assertEquals(code, 0, type);
    assertStringIncludes(stderr, "no I_ASYNC was found in the ");
  }
});
