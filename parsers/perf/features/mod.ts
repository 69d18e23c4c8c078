export { Feature, type FeatureKey } from "../abi.ts";
export type { FeatureOf, Features } from "./decode_feature.ts";
export { featureKey, featureName } from "./feature.ts";
export type { AuxtraceIndex } from "./auxtrace_index.ts";
export type { BpfProgram, BpfTypes } from "./bpf.ts";
export type { BuildId } from "./build_ids.ts";
export type { ClockData, ClockResolution, SampleTime } from "./clock.ts";
export type { EventDesc, EventGroup } from "./event_desc.ts";
export type { MemoryNode, MemoryTopology } from "./memory.ts";
export type { PmuCap, PmuCaps, PmuMapping } from "./pmu.ts";
export type { Compression, CpuCounts, DirectoryFormat, ElfMachine } from "./recording.ts";
export type {
  CpuCache,
  CpuDomain,
  CpuDomains,
  CpuPlace,
  CpuTopology,
  HybridCpus,
  NumaNode,
} from "./topology.ts";
export { type TextPlace, type TracepointFormat, type TracingData } from "./tracing_data.ts";
