import { assertEquals } from "@std/assert";
import { COMMON_NAMES, genericEvent } from "./_event_names.ts";

/** Names of perf list by config. Source: perf_event.h `enum perf_hw_id`, `enum perf_sw_ids`. */
const HARDWARE = "cpu-cycles|cycles instructions cache-references cache-misses " +
  "branch-instructions|branches branch-misses bus-cycles " +
  "stalled-cycles-frontend|idle-cycles-frontend stalled-cycles-backend|idle-cycles-backend " +
  "ref-cycles";
const SOFTWARE = "cpu-clock task-clock page-faults|faults context-switches|cs " +
  "cpu-migrations|migrations minor-faults major-faults alignment-faults emulation-faults dummy " +
  "bpf-output cgroup-switches";

Deno.test("genericEvent() knows hardware and software events by their numbers", () => {
  for (const [type, names] of [HARDWARE, SOFTWARE].entries()) {
    for (const [config, aliases] of names.split(" ").entries()) {
      for (const name of aliases.split("|")) {
        assertEquals([name, genericEvent(name)], [name, { type, config: BigInt(config) }]);
      }
    }
  }
  assertEquals(COMMON_NAMES, `${HARDWARE} ${SOFTWARE}`.split(/[ |]/));
});

/** Names as in perf's `evsel__hw_cache`, `evsel__hw_cache_op`, `evsel__hw_cache_result`. */
const CACHES = ["L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node"];
const ALIASES = [
  ["l1-d", "l1d", "L1-data"],
  ["l1-i", "l1i", "L1-instruction"],
  ["L2"],
  [
    "d-tlb",
    "Data-TLB",
  ],
  ["i-tlb", "Instruction-TLB"],
  ["branches", "bpu", "btb", "bpc"],
  [],
];
const OPS = [["load", "loads", "read"], ["store", "stores", "write"], [
  "prefetch",
  "prefetches",
  "speculative-read",
  "speculative-load",
]];
const RESULTS = [["refs", "Reference", "ops", "access"], ["misses", "miss"]];
/** perf's `evsel__hw_cache_stat`: what can be counted of a cache. */
const COUNTED = ["RWP", "RP", "RWP", "RWP", "R", "R", "RWP"];

Deno.test("genericEvent() knows the cache events that perf knows, in each spelling", () => {
  for (const [cache, name] of CACHES.entries()) {
    for (const [op, ops] of OPS.entries()) {
      const isCounted = COUNTED[cache]!.includes("RWP"[op]!);
      for (const [result, results] of RESULTS.entries()) {
        // perf_event_open(2): cache | op << 8 | result << 16
        const event = { type: 3, config: BigInt(cache + op * 0x100 + result * 0x10000) };
        for (const alias of [name, ...ALIASES[cache]!]) {
          for (const o of ops) {
            for (const r of results) {
              for (const text of [`${alias}-${o}-${r}`, `${alias}-${r}-${o}`]) {
                assertEquals([text, genericEvent(text)], [text, isCounted ? event : null]);
              }
            }
          }
        }
      }
      const accesses = { type: 3, config: BigInt(cache + op * 0x100) };
      assertEquals(genericEvent(`${name}-${ops[0]}`), isCounted ? accesses : null);
    }
    // branch-misses is a hardware event, too, and that counts.
    const misses = { type: 3, config: BigInt(cache + 0x10000) };
    assertEquals(
      genericEvent(`${name}-misses`),
      name === "branch" ? { type: 0, config: 5n } : misses,
    );
    assertEquals(genericEvent(name), { type: 3, config: BigInt(cache) });
  }
  assertEquals(genericEvent("L1-dcache-"), null);
  assertEquals(genericEvent("L1-dcache-load-misses-"), null);
});

Deno.test("genericEvent() reads raw events of 1 to 16 digits", () => {
  assertEquals(genericEvent("r0"), { type: 4, config: 0n });
  assertEquals(genericEvent("rFfFfFfFfFfFfFfFf"), { type: 4, config: 2n ** 64n - 1n });
  for (const text of ["r", "r12345678901234567", "r1g", "ar1"]) {
    assertEquals(genericEvent(text), null);
  }
});
