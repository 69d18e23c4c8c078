import type { Cursor } from "../../internal.ts";
import { decodeString, decodeStrings } from "../_fields.ts";
import type { Feature, FeatureKey } from "../abi.ts";
import { type AuxtraceIndex, decodeAuxtraceIndex } from "./auxtrace_index.ts";
import { type BpfProgram, type BpfTypes, decodeBpfPrograms, decodeBpfTypes } from "./bpf.ts";
import { type BuildId, decodeBuildIds } from "./build_ids.ts";
import {
  type ClockData,
  type ClockResolution,
  decodeClockData,
  decodeClockResolution,
  decodeSampleTime,
  type SampleTime,
} from "./clock.ts";
import { decodeEventDesc, decodeGroups, type EventDesc, type EventGroup } from "./event_desc.ts";
import { featureKey, featureName } from "./feature.ts";
import { decodeMemoryTopology, type MemoryTopology } from "./memory.ts";
import {
  decodeCaps,
  decodePmuCaps,
  decodePmuMappings,
  type PmuCap,
  type PmuCaps,
  type PmuMapping,
} from "./pmu.ts";
import {
  type Compression,
  type CpuCounts,
  decodeCompression,
  decodeCpuCounts,
  decodeDirectoryFormat,
  decodeElfMachine,
  type DirectoryFormat,
  type ElfMachine,
} from "./recording.ts";
import {
  type CpuCache,
  type CpuDomains,
  type CpuTopology,
  decodeCaches,
  decodeCpuDomains,
  decodeCpuTopology,
  decodeHybridTopology,
  decodeNumaTopology,
  type FeatureContext,
  type HybridCpus,
  type NumaNode,
} from "./topology.ts";
import { decodeTracingData, type TracingData } from "./tracing_data.ts";

/** The values of the feature sections that a recording has. Source: perf's `util/header.c`. */
export interface Features {
  /** Formats and ids of the tracepoints. */
  tracingData?: TracingData;
  /** Build ids of the binaries with samples. */
  buildId?: readonly BuildId[];
  /** Name of the recording machine. */
  hostname?: string;
  /** Its kernel release. */
  osrelease?: string;
  /** Version of perf. */
  version?: string;
  /** Machine, as `uname -m` prints it. */
  arch?: string;
  /** Numbers of CPUs. */
  nrcpus?: CpuCounts;
  /** Model of the CPU in words. */
  cpudesc?: string;
  /** Vendor, family, model and stepping, separated by commas. */
  cpuid?: string;
  /** Memory of the machine in kB. */
  totalMem?: bigint;
  /** The command: the path of perf and its arguments. */
  cmdline?: readonly string[];
  /** Attributes, names and ids of the events. */
  eventDesc?: readonly EventDesc[];
  /** Packages, dies and cores. */
  cpuTopology?: CpuTopology;
  /** Memory and CPUs of the nodes. */
  numaTopology?: readonly NumaNode[];
  /** Samples have branch stacks. */
  branchStack?: true;
  /** The PMUs and the numbers that events name them by. */
  pmuMappings?: readonly PmuMapping[];
  /** Groups of events. */
  groupDesc?: readonly EventGroup[];
  /** Index of the `PERF_RECORD_AUXTRACE` records. */
  auxtrace?: AuxtraceIndex;
  /** The recording is from `perf stat record`. */
  stat?: true;
  /** Caches of the CPUs. */
  cache?: readonly CpuCache[];
  /** Times of the first and the last sample. */
  sampleTime?: SampleTime;
  /** Memory blocks of the nodes. */
  memTopology?: MemoryTopology;
  /** Resolution of the clock that times the records. */
  clockid?: ClockResolution;
  /** Layout of the directory. */
  dirFormat?: DirectoryFormat;
  /** BPF programs that were loaded. */
  bpfProgInfo?: readonly BpfProgram[];
  /** Types of the BPF programs. */
  bpfBtf?: readonly BpfTypes[];
  /** How the records are compressed. */
  compressed?: Compression;
  /** Capabilities of the PMU `cpu`. */
  cpuPmuCaps?: readonly PmuCap[];
  /** One moment on the recording's clock and the wall clock. */
  clockData?: ClockData;
  /** Kinds of cores. */
  hybridTopology?: readonly HybridCpus[];
  /** Capabilities of each core PMU. */
  pmuCaps?: readonly PmuCaps[];
  /** Scheduling domains of the CPUs. */
  cpuDomainInfo?: CpuDomains;
  /** Machine of the recorded programs. */
  eMachine?: ElfMachine;
  /** Size of a cache line in bytes. */
  clnSize?: number;
}

/** Value of the feature section with the id `I`. */
export type FeatureOf<I extends Feature> = {
  [K in FeatureKey]: typeof Feature[K] extends I ? Required<Features>[K] : never;
}[FeatureKey];

/** A feature section that is not known. */
export interface UnknownFeature {
  /** Size in bytes. */
  readonly size: number;
}

/** Value of any feature section. */
export type FeatureValue = FeatureOf<Feature> | UnknownFeature;

type Decoders = {
  readonly [K in FeatureKey]: (body: Cursor, context: FeatureContext) => Required<Features>[K];
};

const decoders: Decoders = {
  tracingData: decodeTracingData,
  buildId: decodeBuildIds,
  hostname: decodeText,
  osrelease: decodeText,
  version: decodeText,
  arch: decodeText,
  nrcpus: decodeCpuCounts,
  cpudesc: decodeText,
  cpuid: decodeText,
  totalMem: (body) => body.u64(),
  cmdline: decodeStrings,
  eventDesc: decodeEventDesc,
  cpuTopology: decodeCpuTopology,
  numaTopology: decodeNumaTopology,
  branchStack: () => true,
  pmuMappings: decodePmuMappings,
  groupDesc: decodeGroups,
  auxtrace: decodeAuxtraceIndex,
  stat: () => true,
  cache: decodeCaches,
  sampleTime: decodeSampleTime,
  memTopology: decodeMemoryTopology,
  clockid: decodeClockResolution,
  dirFormat: decodeDirectoryFormat,
  bpfProgInfo: decodeBpfPrograms,
  bpfBtf: decodeBpfTypes,
  compressed: decodeCompression,
  cpuPmuCaps: decodeCaps,
  clockData: decodeClockData,
  hybridTopology: decodeHybridTopology,
  pmuCaps: decodePmuCaps,
  cpuDomainInfo: decodeCpuDomains,
  eMachine: decodeElfMachine,
  clnSize: (body) => body.u32(),
};

/** perf on Arm has written the section of a text that it did not know as an empty section. */
function decodeText(body: Cursor): string {
  return body.remaining === 0 ? "" : decodeString(body);
}

/**
 * Decodes one feature section. Bytes after the value are padding and are not looked at.
 *
 * The value is a copy, except that the AUXTRACE index, the tracing data and BPF give only the
 * positions of their bulk. `body` is given the name of the section, for errors.
 *
 * @param id Bit number of the section in the header's bitmap, or `feat_id` of a record.
 * @param body The section: from its first byte to its end.
 * @param context Numbers of CPUs, from the section `Feature.nrcpus`.
 * @throws {FormatError} If the section is damaged or of a version that is not known.
 */
export function decodeFeature<I extends Feature>(
  id: I,
  body: Cursor,
  context: FeatureContext,
): FeatureOf<I>;
/** Decodes one feature section whose id may be unknown. */
export function decodeFeature(id: number, body: Cursor, context: FeatureContext): FeatureValue;
export function decodeFeature(id: number, body: Cursor, context: FeatureContext): FeatureValue {
  const key = featureKey(id);
  if (key === undefined) return { size: body.remaining };
  body.structure = `HEADER_${featureName(id).toUpperCase()}`;
  return decoders[key](body, context);
}
