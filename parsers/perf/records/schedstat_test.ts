import { assertEquals } from "@std/assert";
import { type ByteWriter, encodeRecord, schedstat } from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole, sizes } from "../../../testing/record_assertions.ts";

const place = { timestamp: 4_300_000_000n, cpu: 3 };

/** Writes the `u32`s 1 to `count`. */
const numbered = (count: number) => (out: ByteWriter) => {
  for (let i = 1; i <= count; i++) out.u32(i);
};

/** The counter with its number in {@linkcode numbered}, for a version. */
function domainCounter(version: number, number: number): string | undefined {
  const count = version === 17 ? 45 : 36;
  const spec = schedstat({ ...place, version, domain: 1, body: numbered(count) });
  const record = decodeWhole(encodeRecord(true, spec), true);
  if (record.type !== "schedstat_domain") throw new TypeError(record.type);
  assertEquals(record.counters.length, count);
  return record.counters.find(({ value }) => value === BigInt(number))?.name;
}

Deno.test("decodeSchedstatCpu() names the counters", () => {
  for (const version of [15, 16, 17]) {
    const body = (out: ByteWriter) => {
      numbered(6)(out);
      for (const value of [7n << 32n, 8n, 9n]) out.u64(value);
    };
    assertRecord(schedstat({ ...place, version, body }), {
      type: "schedstat_cpu",
      ...place,
      version,
      counters: [
        { name: "yld_count", value: 1n },
        { name: "array_exp", value: 2n },
        { name: "sched_count", value: 3n },
        { name: "sched_goidle", value: 4n },
        { name: "ttwu_count", value: 5n },
        { name: "ttwu_local", value: 6n },
        { name: "rq_cpu_time", value: 7n << 32n },
        { name: "run_delay", value: 8n },
        { name: "pcount", value: 9n },
      ],
    });
  }
});

Deno.test("decodeSchedstatDomain() names the counters of each version", () => {
  assertEquals(domainCounter(15, 1), "idle_lb_count");
  assertEquals(domainCounter(15, 9), "busy_lb_count");
  assertEquals(domainCounter(15, 12), "busy_lb_imbalance");
  assertEquals(domainCounter(15, 25), "alb_count");
  assertEquals(domainCounter(15, 36), "ttwu_move_balance");
  assertEquals(domainCounter(16, 1), "busy_lb_count");
  assertEquals(domainCounter(16, 16), "idle_lb_nobusyg");
  assertEquals(domainCounter(17, 7), "busy_lb_imbalance_misfit");
  assertEquals(domainCounter(17, 23), "newidle_lb_count");
  assertEquals(domainCounter(17, 45), "ttwu_move_balance");
});

Deno.test("decodeSchedstatDomain() refuses damage", () => {
  const spec = schedstat({ ...place, version: 15, domain: 2, body: (out) => out.zeros(4 * 36) });
  const names = sizes(1, 37).map((number) => ({ name: domainCounter(15, number), value: 0n }));
  assertRecord(spec, {
    type: "schedstat_domain",
    ...place,
    version: 15,
    domain: 2,
    counters: names,
  });
});

Deno.test("decodeSchedstatCpu() and decodeSchedstatDomain() number unknown versions' words", () => {
  const counters = [{ name: "word0", value: 1n }, { name: "word1", value: 2n }];
  const body = numbered(2);
  const version = 18;
  const shorter = sizes(16, 24);
  assertRecord(schedstat({ ...place, version, body }), {
    type: "schedstat_cpu",
    ...place,
    version,
    counters,
  }, { shorter });
  assertRecord(schedstat({ ...place, version, domain: 2, body }), {
    type: "schedstat_domain",
    ...place,
    version,
    domain: 2,
    counters,
  }, { shorter });
});
