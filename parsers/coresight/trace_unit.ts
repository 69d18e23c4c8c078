import type { HardwareId } from "../internal.ts";
import type { CoresightCpu } from "../perf/mod.ts";

/** One trace unit: where its bytes are found, and what the lengths of its packets depend on. */
export interface TraceUnit {
  /** Number of the CPU. */
  readonly cpu: number;
  /** Id that the unit has in formatted streams; `null` if it has none in this recording. */
  readonly traceId: number | null;
  /** Number of the sink that collects its trace; `null` if the recording does not tell. */
  readonly sinkId: number | null;
  /** Name of its trace protocol: `ETMv4`, `ETE`, `ETMv3`, `PTM`, or that it is unknown. */
  readonly protocol: string;
  /** What decodes it; `null` for ETMv3, PTM and unknown units. */
  readonly etm: EtmConfig | null;
}

/** The properties of an ETMv4 or ETE that change its packets. */
export interface EtmConfig {
  /** Major version in bits 7:4, minor in bits 3:0: 0x42 is ETMv4.2, 0x50 is ETE 1.0. */
  readonly version: number;
  /** Bytes of a context id. */
  readonly contextIdSize: number;
  /** Bytes of a virtual machine id. */
  readonly vmidSize: number;
  /** Whether cycle count packets tell no commits (TRCIDR0.COMMOPT). */
  readonly omitsCommits: boolean;
  /** Most elements that can be speculative (TRCIDR8.MAXSPEC); null if that is not known. */
  readonly maxSpeculation: number | null;
  /** Bits of a cycle count (TRCIDR2.CCSIZE). */
  readonly cycleCountBits: number;
  /** Whether conditional instructions are traced. */
  readonly hasConditionals: boolean;
  /** Whether there are Q elements. */
  readonly hasQ: boolean;
  /** Whether data trace is on, so that its synchronisation markers occur. */
  readonly hasDataTrace: boolean;
}

/** First version that is an ETE. */
export const ETE_VERSION = 0x50;

/** Names of the protocols; the kind `unknown` has none. */
const PROTOCOLS: Readonly<Partial<Record<CoresightCpu["kind"], string>>> = {
  etmv3: "ETMv3",
  ptm: "PTM",
  etmv4: "ETMv4",
  ete: "ETE",
};

/** Registers of bare bytes that are not given: ETMv4.2 with ids of 4 bytes and COMMOPT 1. */
const ASSUMED_REGISTERS = {
  TRCIDR0: 0x2000_0080,
  TRCIDR2: 0x1080,
  TRCCONFIGR: 0,
  TRCDEVARCH: 0x4772_4a13,
};

/** Trace ids that are not reserved, and above 0. */
export const TRACE_IDS = 0x6f;

/** Stands for the properties of a unit that is not decoded. */
export const UNKNOWN_UNIT: EtmConfig = {
  version: 0,
  contextIdSize: 0,
  vmidSize: 0,
  omitsCommits: false,
  maxSpeculation: null,
  cycleCountBits: 0,
  hasConditionals: false,
  hasQ: false,
  hasDataTrace: false,
};

/**
 * Lists the trace units of a recording with the trace ids that hold in it.
 *
 * In recordings with HW_ID records, here by CPU, these say which id a CPU has, and CPUs without one
 * have none.
 * The versions are told by the registers, as in OpenCSD: what perf calls an ETE and whose
 * TRCDEVARCH has major version 4 is decoded as ETMv4.
 */
export function traceUnits(
  { cpus }: { readonly cpus: readonly CoresightCpu[] },
  hwIds: ReadonlyMap<number, HardwareId> = new Map(),
): TraceUnit[] {
  return cpus.map((block) => {
    const { cpu } = block;
    const hwId = hwIds.get(cpu);
    const legacyId = hwIds.size === 0 ? block.traceId : null;
    return {
      cpu,
      traceId: hwId?.traceId ?? legacyId,
      sinkId: hwId?.sinkId ?? null,
      protocol: PROTOCOLS[block.kind] ?? `a trace unit of magic 0x${block.magic.toString(16)}`,
      etm: etmConfig(block),
    };
  });
}

/**
 * Picks the units whose trace can be in a formatted stream of `cpu`: those of the same sink.
 * Trace ids are unique only there.
 */
export function unitsOfSink(units: readonly TraceUnit[], cpu: number | null): TraceUnit[] {
  const sinkId = units.find((unit) => unit.cpu === cpu)?.sinkId ?? null;
  return units.filter((unit) => sinkId === null || unit.sinkId === sinkId);
}

/** The trace units that bare bytes can come from: one for each trace id, all alike. */
export function assumedUnits(registers: Readonly<Record<string, number>>): TraceUnit[] {
  const all = Object.entries({ ...ASSUMED_REGISTERS, ...registers });
  const params = all.map(([name, value]) => ({ name, value: BigInt(value) }));
  // The kind does not matter: TRCDEVARCH tells the version of an ETMv4, too.
  const cpus = Array.from({ length: TRACE_IDS }, (_, i): CoresightCpu => {
    return { cpu: i, kind: "ete", magic: 0n, traceId: i + 1, params };
  });
  const [{ etm }] = traceUnits({ cpus: cpus.slice(0, 1) }) as [TraceUnit];
  return traceUnits({ cpus }).map((unit) => ({ ...unit, etm }));
}

/** Names of the registers that bare bytes depend on and that are not given. */
export function assumedRegisters(registers: Readonly<Record<string, number>>): string[] {
  return Object.keys(ASSUMED_REGISTERS).filter((name) => registers[name] === undefined);
}

/** Decodes the identifiers of a CPU's trace unit. Source: coresight-pmu.h `CS_AUX_HW_ID_*`. */
export function decodeHwId(high: number, low: number): HardwareId | null {
  if (high >>> 28 !== 0) return null; // major version
  const minor = high >>> 24 & 0xf;
  const sinkId = minor === 0 ? null : (low >>> 8) + (high & 0xff) * 2 ** 24;
  return { traceId: low & 0xff, sinkId };
}

function etmConfig({ kind, params }: CoresightCpu): EtmConfig | null {
  if (kind !== "etmv4" && kind !== "ete") return null;
  const known = (name: string) => {
    const value = params.find((param) => param.name === name)?.value;
    return value === undefined ? null : Number(value & 0xffffffffn);
  };
  const register = (name: string) => known(name) ?? 0;
  const idr0 = register("TRCIDR0");
  const idr2 = register("TRCIDR2");
  const config = register("TRCCONFIGR");
  const version = kind === "ete"
    ? archVersion(register("TRCDEVARCH"))
    : (register("TRCIDR1") >> 4) & 0xff;
  return {
    version,
    contextIdSize: ((idr2 >> 5) & 0x1f) === 4 ? 4 : 0,
    vmidSize: vmidSize((idr2 >> 10) & 0x1f, version),
    omitsCommits: bit(idr0, 29),
    maxSpeculation: known("TRCIDR8"),
    cycleCountBits: 12 + ((idr2 >> 25) & 0xf),
    hasConditionals: bit(idr0, 6) && ((config >> 8) & 7) !== 0,
    hasQ: ((idr0 >> 15) & 3) !== 0,
    hasDataTrace: ((idr0 >> 3) & 3) === 3 && (config & 6) !== 0 && ((config >> 16) & 3) !== 0,
  };
}

/** Bytes of a virtual machine id by TRCIDR2.VMIDSIZE; ETMv4.0 knows none of more than one byte. */
function vmidSize(field: number, version: number): number {
  const isKnown = field === 1 || version !== 0x40 && (field === 2 || field === 4);
  return isKnown ? field : 0;
}

/** Fields ARCHVER and REVISION of TRCDEVARCH. */
function archVersion(devArch: number): number {
  return ((devArch >> 8) & 0xf0) | ((devArch >> 16) & 0xf);
}

function bit(register: number, number: number): boolean {
  return ((register >>> number) & 1) !== 0;
}
