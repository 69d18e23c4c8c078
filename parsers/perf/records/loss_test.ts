import { lost, lostSamples, throttle } from "../../../testing/perf_builder.ts";
import { assertRecord } from "../../../testing/record_assertions.ts";

Deno.test("decodeLost() keeps id and number exact", () => {
  assertRecord(lost(106n, 1n << 60n), { type: "lost", id: 106n, lost: 1n << 60n });
});

Deno.test("decodeLostSamples() tells whether a BPF filter dropped them", () => {
  assertRecord(lostSamples(5n), { type: "lost_samples", lost: 5n, byBpf: false });
  const byBpf = { ...lostSamples(5n), misc: 0x8000 };
  assertRecord(byBpf, { type: "lost_samples", lost: 5n, byBpf: true });
});

Deno.test("decodeThrottle() and decodeUnthrottle() tell time and event", () => {
  const fields = { timeNs: 104n, id: 106n, streamId: 107n };
  assertRecord(throttle("throttle", fields), { type: "throttle", ...fields });
  assertRecord(throttle("unthrottle", fields), { type: "unthrottle", ...fields });
});
