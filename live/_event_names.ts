/** `type` of a `perf_event_attr`. Source: perf_event.h `enum perf_type_id`. */
export const EventType = {
  hardware: 0,
  software: 1,
  tracepoint: 2,
  cache: 3,
  raw: 4,
  breakpoint: 5,
} as const;

/** Bits of the config below the type of the PMU that is to count it. Source: `PERF_PMU_TYPE_SHIFT`. */
export const PMU_TYPE_SHIFT = 32n;

/** `config` of software events. Source: perf_event.h `enum perf_sw_ids`. */
export const SW_DUMMY = 9n;
/** `config` of the event whose samples are what BPF programs write. */
export const SW_BPF_OUTPUT = 10n;

/** Names by config. Source: perf_event.h `enum perf_hw_id`; aliases as in perf list. */
const HARDWARE = [
  ["cpu-cycles", "cycles"],
  ["instructions"],
  ["cache-references"],
  ["cache-misses"],
  ["branch-instructions", "branches"],
  ["branch-misses"],
  ["bus-cycles"],
  ["stalled-cycles-frontend", "idle-cycles-frontend"],
  ["stalled-cycles-backend", "idle-cycles-backend"],
  ["ref-cycles"],
];

/** Names by config. Source: perf_event.h `enum perf_sw_ids`. */
const SOFTWARE = [
  ["cpu-clock"],
  ["task-clock"],
  ["page-faults", "faults"],
  ["context-switches", "cs"],
  ["cpu-migrations", "migrations"],
  ["minor-faults"],
  ["major-faults"],
  ["alignment-faults"],
  ["emulation-faults"],
  ["dummy"],
  ["bpf-output"],
  ["cgroup-switches"],
];

/** Source: perf_event.h `enum perf_hw_cache_id`. */
const CACHES = [
  ["L1-dcache", "l1-d", "l1d", "L1-data"],
  ["L1-icache", "l1-i", "l1i", "L1-instruction"],
  ["LLC", "L2"],
  ["dTLB", "d-tlb", "Data-TLB"],
  ["iTLB", "i-tlb", "Instruction-TLB"],
  ["branch", "branches", "bpu", "btb", "bpc"],
  ["node"],
];

/** Source: perf_event.h `enum perf_hw_cache_op_id`. */
const CACHE_OPS = [
  ["load", "loads", "read"],
  ["store", "stores", "write"],
  ["prefetch", "prefetches", "speculative-read", "speculative-load"],
];

/** Source: perf_event.h `enum perf_hw_cache_op_result_id`. */
const CACHE_RESULTS = [
  ["refs", "Reference", "ops", "access"],
  ["misses", "miss"],
];

/** Operations that a cache has, by cache, as bits; perf refuses the others. */
const VALID_OPS = [0b111, 0b101, 0b111, 0b111, 0b001, 0b001, 0b111];

interface GenericEvent {
  readonly type: number;
  readonly config: bigint;
}

const GENERIC: ReadonlyMap<string, GenericEvent> = new Map([
  ...cacheEvents(),
  ...named(EventType.software, SOFTWARE),
  ...named(EventType.hardware, HARDWARE),
]);

/** Names of all events that need no PMU of their own, the spellings of cache events left out. */
export const COMMON_NAMES: readonly string[] = [...HARDWARE, ...SOFTWARE].flat();

/** Finds a hardware, software or cache event by name, or a raw one: `r` and hexadecimal digits. */
export function genericEvent(name: string): GenericEvent | null {
  const [, raw] = name.match(/^r([\da-f]{1,16})$/i) ?? [];
  if (raw !== undefined) return { type: EventType.raw, config: BigInt(`0x${raw}`) };
  return GENERIC.get(name) ?? null;
}

/** Whether events of this type may say which PMU is to count them, and count on any CPU's else. */
export function isOfAnyCore(type: number): boolean {
  return type === EventType.hardware || type === EventType.cache;
}

function named(type: number, names: readonly (readonly string[])[]): [string, GenericEvent][] {
  return names.flatMap((aliases, config) =>
    aliases.map((name): [string, GenericEvent] => [name, { type, config: BigInt(config) }])
  );
}

/** `CACHE`, `CACHE-OP`, `CACHE-RESULT`, and both in either order; reads and accesses by default. */
function* cacheEvents(): Generator<[string, GenericEvent]> {
  for (const [cache, aliases] of CACHES.entries()) {
    for (const [op, ops] of CACHE_OPS.entries()) {
      if ((VALID_OPS[cache]! >> op & 1) === 0) continue;
      for (const [result, results] of CACHE_RESULTS.entries()) {
        const event = { type: EventType.cache, config: BigInt(cache | op << 8 | result << 16) };
        for (const name of aliases) {
          for (const o of op === 0 ? [...ops, ""] : ops) {
            for (const r of result === 0 ? [...results, ""] : results) {
              yield [[name, o, r].filter((part) => part !== "").join("-"), event];
              yield [[name, r, o].filter((part) => part !== "").join("-"), event];
            }
          }
        }
      }
    }
  }
}
