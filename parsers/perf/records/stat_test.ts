import { stat, statConfig, statRound } from "../../../testing/perf_builder.ts";
import { assertRecord } from "../../../testing/record_assertions.ts";

Deno.test("decodeStatConfig() lists tags and values", () => {
  const settings = [{ tag: 0n, value: 2n }, { tag: 1n, value: 1000n }, { tag: 2n, value: 1n }];
  assertRecord(statConfig(settings), {
    type: "stat_config",
    settings: [{ tag: 0, value: 2n }, { tag: 1, value: 1000n }, { tag: 2, value: 1n }],
  });
});

Deno.test("decodeStat() tells the count and its times", () => {
  assertRecord(stat({ id: 3n, cpu: 1, thread: 2, value: 100n, ena: 200n, run: 300n }), {
    type: "stat",
    id: 3n,
    cpuIndex: 1,
    threadIndex: 2,
    value: 100n,
    timeEnabled: 200n,
    timeRunning: 300n,
  });
});

Deno.test("decodeStatRound() tells intervals from the last round", () => {
  for (const kind of ["interval", "final"] as const) {
    const fields = { type: "stat_round", final: kind === "final", timeNs: 0xdeadbeefn };
    assertRecord(statRound(kind, 0xdeadbeefn), fields);
  }
});
