import { callchainDeferred } from "../../../testing/perf_builder.ts";
import { assertRecord } from "../../../testing/record_assertions.ts";

Deno.test("decodeCallchainDeferred() tells cookie and frames", () => {
  for (const ips of [[], [0x401000n, 0xffff_ffff_ffff_fe00n]]) {
    assertRecord(callchainDeferred(1n << 63n, ips), {
      type: "callchain_deferred",
      cookie: 1n << 63n,
      ips: new BigUint64Array(ips),
      cpuMode: 0,
    });
  }
});
