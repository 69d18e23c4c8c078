import type { Cursor } from "../../internal.ts";
import { decodeItems, decodeString, decodeStrings, needVersion1 } from "../_fields.ts";

/** How CPUs share packages, dies and cores: `HEADER_CPU_TOPOLOGY`. CPU lists read like `0-3,8`. */
export interface CpuTopology {
  /** CPU lists, one for each package. */
  readonly packageSiblings: readonly string[];
  /** CPU lists, one for each core. */
  readonly threadSiblings: readonly string[];
  /** CPU lists, one for each die; `null` if not recorded. */
  readonly dieSiblings: readonly string[] | null;
  /** Place of each CPU, indexed by CPU; `null` if not recorded or `HEADER_NRCPUS` is unknown. */
  readonly cpus: readonly CpuPlace[] | null;
}

/** Where a CPU is. -1 means that the recorder did not know. */
export interface CpuPlace {
  /** Core within its package. */
  readonly coreId: number;
  /** Package. */
  readonly socketId: number;
  /** Die within its package; `null` if not recorded. */
  readonly dieId: number | null;
}

/** One node of `HEADER_NUMA_TOPOLOGY`. */
export interface NumaNode {
  /** Number of the node. */
  readonly node: number;
  /** All memory, in kB. */
  readonly totalKb: bigint;
  /** Free memory, in kB. */
  readonly freeKb: bigint;
  /** Its CPUs, like `0-3,8`. */
  readonly cpus: string;
}

/** One cache of `HEADER_CACHE`. */
export interface CpuCache {
  /** 1 for L1, and so on. */
  readonly level: number;
  /** Size of a line in bytes. */
  readonly lineSize: number;
  /** Number of sets. */
  readonly sets: number;
  /** Associativity. */
  readonly ways: number;
  /** `Data`, `Instruction` or `Unified`. */
  readonly type: string;
  /** Size as the kernel prints it, like `32K`. */
  readonly size: string;
  /** CPUs that share it, like `0,4`. */
  readonly cpus: string;
}

/** One kind of core in a hybrid system: `HEADER_HYBRID_TOPOLOGY`. */
export interface HybridCpus {
  /** PMU of these cores, like `cpu_atom`. */
  readonly pmu: string;
  /** The CPUs, like `16-23`. */
  readonly cpus: string;
}

/** Scheduling domains: `HEADER_CPU_DOMAIN_INFO`. */
export interface CpuDomains {
  /** Version of `/proc/schedstat`. */
  readonly schedstatVersion: number;
  /** Most domains that any CPU has. */
  readonly maxDomains: number;
  /** The domains of each CPU that was online. */
  readonly cpus: readonly { readonly cpu: number; readonly domains: readonly CpuDomain[] }[];
}

/** One scheduling domain of a CPU. */
export interface CpuDomain {
  /** Number of the domain. */
  readonly domain: number;
  /** Name, like `MC`; `null` before schedstat version 17. */
  readonly name: string | null;
  /** Its CPUs as a hexadecimal mask. */
  readonly cpuMask: string;
  /** Its CPUs, like `0-3`. */
  readonly cpuList: string;
}

/** Numbers of CPUs from `HEADER_NRCPUS`, which two sections need; `null` where it is missing. */
export interface FeatureContext {
  /** CPUs that can be present. */
  readonly nrCpusAvailable: number | null;
  /** CPUs that were online. */
  readonly nrCpusOnline: number | null;
}

/** The parts that follow one another in some sections take 8 bytes or more; less is padding. */
const LEAST_PART = 8;
const NAMED_DOMAINS = 17;

/** Decodes `HEADER_CPU_TOPOLOGY`. */
export function decodeCpuTopology(body: Cursor, context: FeatureContext): CpuTopology {
  const packageSiblings = decodeStrings(body);
  const threadSiblings = decodeStrings(body);
  const siblings = { packageSiblings, threadSiblings };
  const count = context.nrCpusAvailable;
  if (count === null || body.remaining < LEAST_PART) {
    return { ...siblings, dieSiblings: null, cpus: null };
  }
  const places: { coreId: number; socketId: number }[] = [];
  for (let cpu = 0; cpu < count; cpu++) places.push({ coreId: body.i32(), socketId: body.i32() });
  if (body.remaining < LEAST_PART) {
    const cpus = places.map((place) => ({ ...place, dieId: null }));
    return { ...siblings, dieSiblings: null, cpus };
  }
  const dieSiblings = decodeStrings(body);
  const cpus = places.map((place) => ({ ...place, dieId: body.i32() }));
  return { ...siblings, dieSiblings, cpus };
}

/** Decodes `HEADER_NUMA_TOPOLOGY`. */
export function decodeNumaTopology(body: Cursor): NumaNode[] {
  return decodeItems(body.count32(24), () => ({
    node: body.u32(),
    totalKb: body.u64(),
    freeKb: body.u64(),
    cpus: decodeString(body),
  }));
}

/** Decodes `HEADER_CACHE`. */
export function decodeCaches(body: Cursor): CpuCache[] {
  needVersion1(body, 4);
  return decodeItems(body.count32(28), () => ({
    level: body.u32(),
    lineSize: body.u32(),
    sets: body.u32(),
    ways: body.u32(),
    type: decodeString(body),
    size: decodeString(body),
    cpus: decodeString(body),
  }));
}

/** Decodes `HEADER_HYBRID_TOPOLOGY`. */
export function decodeHybridTopology(body: Cursor): HybridCpus[] {
  return decodeItems(
    body.count32(8),
    () => ({ pmu: decodeString(body), cpus: decodeString(body) }),
  );
}

/** Decodes `HEADER_CPU_DOMAIN_INFO`. Without the number of online CPUs it reads all there is. */
export function decodeCpuDomains(body: Cursor, context: FeatureContext): CpuDomains {
  const schedstatVersion = body.u32();
  const maxDomains = body.u32();
  const online = context.nrCpusOnline;
  const cpus: { cpu: number; domains: CpuDomain[] }[] = [];
  while (online === null ? body.remaining >= LEAST_PART : cpus.length < online) {
    const cpu = body.u32();
    const domains = decodeItems(body.count32(12), () => ({
      domain: body.u32(),
      name: schedstatVersion >= NAMED_DOMAINS ? decodeString(body) : null,
      cpuMask: decodeString(body),
      cpuList: decodeString(body),
    }));
    cpus.push({ cpu, domains });
  }
  return { schedstatVersion, maxDomains, cpus };
}
