import type { Cursor } from "../../internal.ts";
import type { RecordBase } from "./record.ts";

/** `PERF_RECORD_SCHEDSTAT_CPU`: the scheduler's counters of a CPU. */
export interface SchedstatCpuRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "schedstat_cpu";
  /** When the kernel told them, in its own ticks. */
  readonly timestamp: bigint;
  /** The CPU. */
  readonly cpu: number;
  /** Version of `/proc/schedstat`. */
  readonly version: number;
  /** The counters in the order of the record. */
  readonly counters: readonly SchedstatCounter[];
}

/** `PERF_RECORD_SCHEDSTAT_DOMAIN`: the scheduler's counters of a CPU in one of its domains. */
export interface SchedstatDomainRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "schedstat_domain";
  /** When the kernel told them, in its own ticks. */
  readonly timestamp: bigint;
  /** The CPU. */
  readonly cpu: number;
  /** Version of `/proc/schedstat`. */
  readonly version: number;
  /** Number of the domain. */
  readonly domain: number;
  /** The counters in the order of the record. */
  readonly counters: readonly SchedstatCounter[];
}

/** One counter. */
export interface SchedstatCounter {
  /** The kernel's name; `word0` and so on in unknown versions, whose words have 32 bits. */
  readonly name: string;
  /** Its value. */
  readonly value: bigint;
}

const split = (names: string) => names.split(" ");

const CPU_WORDS = split("yld_count array_exp sched_count sched_goidle ttwu_count ttwu_local");
const CPU_LONG_WORDS = split("rq_cpu_time run_delay pcount");
const BALANCE_V15 = split("count balanced failed imbalance gained hot_gained nobusyq nobusyg");
const BALANCE_V17 = split(
  "count balanced failed imbalance_load imbalance_util imbalance_task imbalance_misfit gained " +
    "hot_gained nobusyq nobusyg",
);
const DOMAIN_WORDS = split(
  "alb_count alb_failed alb_pushed sbe_count sbe_balanced sbe_pushed sbf_count sbf_balanced " +
    "sbf_pushed ttwu_wake_remote ttwu_move_affine ttwu_move_balance",
);

const domainNames = new Map<number, readonly string[]>([
  [15, balanceNames(["idle", "busy", "newidle"], BALANCE_V15)],
  [16, balanceNames(["busy", "idle", "newidle"], BALANCE_V15)],
  [17, balanceNames(["busy", "idle", "newidle"], BALANCE_V17)],
]);

function balanceNames(groups: readonly string[], names: readonly string[]): string[] {
  return [
    ...groups.flatMap((group) => names.map((name) => `${group}_lb_${name}`)),
    ...DOMAIN_WORDS,
  ];
}

/** Decodes `PERF_RECORD_SCHEDSTAT_CPU`; names the counters of versions 15 to 17. */
export function decodeSchedstatCpu(body: Cursor, base: RecordBase): SchedstatCpuRecord {
  const timestamp = body.u64();
  const cpu = body.u32();
  const version = body.u16();
  body.take(2);
  const counters = domainNames.has(version)
    ? [
      ...CPU_WORDS.map((name) => ({ name, value: BigInt(body.u32()) })),
      ...CPU_LONG_WORDS.map((name) => ({ name, value: body.u64() })),
    ]
    : decodeUnknown(body);
  return { ...base, type: "schedstat_cpu", timestamp, cpu, version, counters };
}

/** Decodes `PERF_RECORD_SCHEDSTAT_DOMAIN`; names the counters of versions 15 to 17. */
export function decodeSchedstatDomain(body: Cursor, base: RecordBase): SchedstatDomainRecord {
  const timestamp = body.u64();
  const cpu = body.u32();
  const version = body.u16();
  const domain = body.u16();
  const counters = domainNames.get(version)?.map((name) => ({ name, value: BigInt(body.u32()) })) ??
    decodeUnknown(body);
  return { ...base, type: "schedstat_domain", timestamp, cpu, version, domain, counters };
}

function decodeUnknown(body: Cursor): SchedstatCounter[] {
  const count = Math.floor(body.remaining / 4);
  return Array.from({ length: count }, (_, i) => ({ name: `word${i}`, value: BigInt(body.u32()) }));
}
