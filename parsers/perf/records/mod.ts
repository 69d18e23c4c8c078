export type { PerfRecord } from "./decode_record.ts";
export type { AuxOutputHwIdRecord, AuxRecord, ItraceStartRecord } from "./aux_records.ts";
export type { AuxtraceErrorRecord, AuxtraceInfoRecord, AuxtraceRecord } from "./auxtrace.ts";
export type { BranchEntry, BranchStack } from "./branch_stack.ts";
export type { CallchainDeferredRecord } from "./callchain.ts";
export type { BpfEventRecord, BpfMetadataRecord, KsymbolRecord, TextPokeRecord } from "./code.ts";
export type {
  EventUpdate,
  EventUpdateRecord,
  HeaderAttrRecord,
  HeaderBuildIdRecord,
  HeaderEventTypeRecord,
  HeaderFeatureRecord,
  HeaderTracingDataRecord,
} from "./header.ts";
export type { LostRecord, LostSamplesRecord, ThrottleRecord } from "./loss.ts";
export type { CpuMapRecord, IdIndexEntry, IdIndexRecord, ThreadMapRecord } from "./maps.ts";
export type { Inode, MemoryMapping, Mmap2Record, MmapRecord } from "./mmap.ts";
export type { ReadRecord, ReadValue, ReadValues } from "./read.ts";
export type { KernelRecord, RawRecord, RecordBase, SampleId } from "./record.ts";
export type { Registers, SampleRecord, UserStack, WeightStruct } from "./sample.ts";
export type { SchedstatCounter, SchedstatCpuRecord, SchedstatDomainRecord } from "./schedstat.ts";
export type { StatConfigRecord, StatRecord, StatRoundRecord } from "./stat.ts";
export type { CompressedRecord, FinishedRecord, TimeConvRecord } from "./stream.ts";
export type {
  CgroupRecord,
  CommRecord,
  NamespacesRecord,
  SwitchCpuWideRecord,
  SwitchRecord,
  TaskRecord,
} from "./task.ts";
