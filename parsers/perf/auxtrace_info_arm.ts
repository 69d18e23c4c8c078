import type { Cursor } from "../internal.ts";
import type { AuxtraceInfoBase } from "./auxtrace_info_base.ts";
import { decodeItems, restWords } from "./_fields.ts";

/** Arm SPE. Source: perf's `util/arm-spe.h`. */
export interface ArmSpeInfo extends AuxtraceInfoBase {
  /** Names the variant. */
  readonly type: "arm_spe";
  /** 1, which is not stored, or 2 from perf 6.14 on. */
  readonly headerVersion: number;
  /** What the SPE event has in `attr.type`. */
  readonly pmuType: number;
  /** Whether each CPU has a ring, rather than each thread; `null` in version 2. */
  readonly perCpuMmaps: boolean | null;
  /** What version 2 tells of each CPU; empty in version 1. */
  readonly cpus: readonly ArmSpeCpu[];
}

/** One CPU of {@linkcode ArmSpeInfo}. What an older perf did not write is `null`. */
export interface ArmSpeCpu {
  /** Number of the CPU. */
  readonly cpu: number;
  /** `MIDR_EL1`: the model. */
  readonly midr: bigint | null;
  /** PMU type of the CPU's SPE; all ones if it has none. */
  readonly pmuType: bigint | null;
  /** Least sampling interval, in operations. */
  readonly minInterval: bigint | null;
  /** Events that can be filtered, as a bit mask. */
  readonly eventFilter: bigint | null;
  /** Parameters after those. */
  readonly moreParams: readonly bigint[];
}

/** CoreSight ETM and ETE. Source: perf's `util/cs-etm.h`. */
export interface CoresightInfo extends AuxtraceInfoBase {
  /** Names the variant. */
  readonly type: "cs_etm";
  /** 0, 1 or 2. In version 2 records may override the trace ids: `PERF_RECORD_AUX_OUTPUT_HW_ID`. */
  readonly headerVersion: number;
  /** What the `cs_etm` event has in `attr.type`. */
  readonly pmuType: number;
  /** The trace units, one for each CPU. */
  readonly cpus: readonly CoresightCpu[];
}

/** One trace unit of {@linkcode CoresightInfo}. */
export interface CoresightCpu {
  /** Number of the CPU. */
  readonly cpu: number;
  /** Architecture of the unit, from the magic number, which ETMv3 and PTM share, and ETMIDR. */
  readonly kind: "etmv3" | "ptm" | "etmv4" | "ete" | "unknown";
  /** The magic number. */
  readonly magic: bigint;
  /** Low seven bits of the trace id register; `null` if there is no such parameter. */
  readonly traceId: number | null;
  /** Registers by their architectural names; `param8` and so on for those that are not known. */
  readonly params: readonly { readonly name: string; readonly value: bigint }[];
}

const SPE_V1_SIZE = 16;
const SPE_V2_HEADER_WORDS = 4;
const SPE_LEAST_CPU_SIZE = 24;

const TRACE_ID_PARAM = 1;
const ETM_REGISTERS = "TRCCONFIGR TRCTRACEIDR TRCIDR0 TRCIDR1 TRCIDR2 TRCIDR8 TRCAUTHSTATUS".split(
  " ",
);

/** Major version of a PTM in ETMIDR, bits 11:8. */
const PTM_VERSION = 0x300n;

/** Magic numbers and parameters of the trace units; `v0Params` is their number in version 0. */
const TRACE_UNITS = [
  {
    magic: 0x3030303030303030n,
    kind: "etmv3",
    names: ["ETMCR", "ETMTRACEIDR", "ETMCCER", "ETMIDR"],
    v0Params: 4,
  },
  {
    magic: 0x4040404040404040n,
    kind: "etmv4",
    names: [...ETM_REGISTERS, "TS_SOURCE"],
    v0Params: 7,
  },
  {
    magic: 0x5050505050505050n,
    kind: "ete",
    names: [...ETM_REGISTERS, "TRCDEVARCH", "TS_SOURCE"],
    v0Params: null,
  },
] as const;

/** Decodes the words of Arm SPE. Version 1 has exactly two. */
export function decodeArmSpe(body: Cursor, typeId: number): ArmSpeInfo {
  if (body.remaining <= SPE_V1_SIZE) {
    return {
      type: "arm_spe",
      typeId,
      snapshot: null,
      headerVersion: 1,
      pmuType: Number(body.u64()),
      perCpuMmaps: body.u64() !== 0n,
      cpus: [],
      moreWords: [],
    };
  }
  const headerVersion = Number(body.u64());
  const headerWords = body.count64(8);
  const pmuType = Number(body.u64());
  const cpuCount = body.count64(SPE_LEAST_CPU_SIZE);
  if (headerWords > SPE_V2_HEADER_WORDS) body.take(8 * (headerWords - SPE_V2_HEADER_WORDS));
  const cpus = decodeItems(cpuCount, () => decodeSpeCpu(body));
  return {
    type: "arm_spe",
    typeId,
    snapshot: null,
    headerVersion,
    pmuType,
    perCpuMmaps: null,
    cpus,
    moreWords: [...restWords(body)],
  };
}

function decodeSpeCpu(body: Cursor): ArmSpeCpu {
  body.take(8); // the magic number, the same for all
  const cpu = Number(body.u64());
  const count = body.count64(8);
  const params = decodeItems(count, () => body.u64());
  const [midr = null, pmuType = null, minInterval = null, eventFilter = null, ...moreParams] =
    params;
  return { cpu, midr, pmuType, minInterval, eventFilter, moreParams };
}

/** Decodes the words of CoreSight. */
export function decodeCoresight(body: Cursor, typeId: number): CoresightInfo {
  const version = body.u64();
  if (version > 2n) body.refuse("unsupported", "CoreSight header version 0, 1 or 2", `${version}`);
  const counts = body.u64();
  const cpuCount = Number(counts & 0xffffffffn);
  const snapshot = body.u64() !== 0n;
  const leastSize = version === 0n ? 48 : 24;
  if (cpuCount * leastSize > body.remaining) body.fail(cpuCount * leastSize);
  const headerVersion = Number(version);
  const cpus = decodeItems(cpuCount, () => decodeTraceUnit(body, headerVersion));
  return {
    type: "cs_etm",
    typeId,
    snapshot,
    headerVersion,
    pmuType: Number(counts >> 32n),
    cpus,
    moreWords: [...restWords(body)],
  };
}

function decodeTraceUnit(body: Cursor, headerVersion: number): CoresightCpu {
  const magic = body.u64();
  const cpu = Number(body.u64());
  const unit = TRACE_UNITS.find((unit) => unit.magic === magic);
  const count = headerVersion === 0 ? unit?.v0Params : body.count64(8);
  if (count === undefined || count === null) {
    return body.refuse(
      "unsupported",
      "an ETMv3 or ETMv4 in header version 0",
      `0x${magic.toString(16)}`,
    );
  }
  const params = Array.from({ length: count }, (_, i) => {
    return { name: unit?.names[i] ?? `param${i}`, value: body.u64() };
  });
  const traceIdRegister = params[TRACE_ID_PARAM];
  return {
    cpu,
    kind: unit?.kind === "etmv3" && isPtm(params) ? "ptm" : unit?.kind ?? "unknown",
    magic,
    traceId: traceIdRegister ? Number(traceIdRegister.value & 0x7fn) : null,
    params,
  };
}

/** Whether the major version in ETMIDR is that of a PTM. Source: perf's `util/cs-etm.c`. */
function isPtm(params: CoresightCpu["params"]): boolean {
  const id = params.find(({ name }) => name === "ETMIDR")?.value ?? 0n;
  return (id & PTM_VERSION) === PTM_VERSION;
}
