/**
 * Numbers that the kernel and perf agree on: types, bits, sizes and positions.
 *
 * Constants only, for decoders and encoders alike, which share no logic. Members of an enumeration
 * are PascalCase; where a decoded value carries the name itself, the key is that name. Sources:
 * perf_event.h (UAPI), perf's `util/header.h`, `util/auxtrace.h`, tools/lib/perf `event.h`.
 *
 * @module
 */

/** Size of `struct perf_event_header`, in bytes. */
export const RECORD_HEADER_SIZE = 8;

/**
 * Types of records: below 64 the kernel's, from 64 on those of perf itself.
 *
 * Source: perf_event.h `enum perf_event_type`, tools/lib/perf event.h `enum perf_user_event_type`.
 */
export const RecordType = {
  Mmap: 1,
  Lost: 2,
  Comm: 3,
  Exit: 4,
  Throttle: 5,
  Unthrottle: 6,
  Fork: 7,
  Read: 8,
  Sample: 9,
  Mmap2: 10,
  Aux: 11,
  ItraceStart: 12,
  LostSamples: 13,
  Switch: 14,
  SwitchCpuWide: 15,
  Namespaces: 16,
  Ksymbol: 17,
  BpfEvent: 18,
  Cgroup: 19,
  TextPoke: 20,
  AuxOutputHwId: 21,
  CallchainDeferred: 22,
  HeaderAttr: 64,
  HeaderEventType: 65,
  HeaderTracingData: 66,
  HeaderBuildId: 67,
  FinishedRound: 68,
  IdIndex: 69,
  AuxtraceInfo: 70,
  Auxtrace: 71,
  AuxtraceError: 72,
  ThreadMap: 73,
  CpuMap: 74,
  StatConfig: 75,
  Stat: 76,
  StatRound: 77,
  EventUpdate: 78,
  TimeConv: 79,
  HeaderFeature: 80,
  Compressed: 81,
  FinishedInit: 82,
  Compressed2: 83,
  BpfMetadata: 84,
  SchedstatCpu: 85,
  SchedstatDomain: 86,
} as const;

/** One of the known types of records. */
export type RecordType = typeof RecordType[keyof typeof RecordType];

/** Bits of `perf_event_header.misc`; the type of the record tells which of them count. */
export const Misc = {
  /** The bits that hold a {@linkcode CpuMode}. */
  CpuModeMask: 7,
  ProcMapParseTimeout: 1 << 12,
  MmapData: 1 << 13,
  CommExec: 1 << 13,
  SwitchOut: 1 << 13,
  ExactIp: 1 << 14,
  SwitchOutPreempt: 1 << 14,
  MmapBuildId: 1 << 14,
  LostSamplesBpf: 1 << 15,
  BuildIdSize: 1 << 15,
} as const;

/** Where the CPU was: `PERF_RECORD_MISC_CPUMODE_MASK`. Source: perf_event.h. */
export const CpuMode = {
  Unknown: 0,
  Kernel: 1,
  User: 2,
  Hypervisor: 3,
  GuestKernel: 4,
  GuestUser: 5,
} as const;
/** One of the known modes. */
export type CpuMode = typeof CpuMode[keyof typeof CpuMode];

/** Bits of `perf_event_attr.sample_type`. Source: perf_event.h, `enum perf_event_sample_format`. */
export const SampleType = {
  Ip: 1 << 0,
  Tid: 1 << 1,
  Time: 1 << 2,
  Addr: 1 << 3,
  Read: 1 << 4,
  Callchain: 1 << 5,
  Id: 1 << 6,
  Cpu: 1 << 7,
  Period: 1 << 8,
  StreamId: 1 << 9,
  Raw: 1 << 10,
  BranchStack: 1 << 11,
  RegsUser: 1 << 12,
  StackUser: 1 << 13,
  Weight: 1 << 14,
  DataSrc: 1 << 15,
  Identifier: 1 << 16,
  Transaction: 1 << 17,
  RegsIntr: 1 << 18,
  PhysAddr: 1 << 19,
  Aux: 1 << 20,
  Cgroup: 1 << 21,
  DataPageSize: 1 << 22,
  CodePageSize: 1 << 23,
  WeightStruct: 1 << 24,
} as const;
/** One bit of `sample_type`. */
export type SampleType = typeof SampleType[keyof typeof SampleType];

/** Bits of `perf_event_attr.read_format`. Source: perf_event.h, `enum perf_event_read_format`. */
export const ReadFormat = {
  TotalTimeEnabled: 1 << 0,
  TotalTimeRunning: 1 << 1,
  Id: 1 << 2,
  Group: 1 << 3,
  Lost: 1 << 4,
} as const;
/** One bit of `read_format`. */
export type ReadFormat = typeof ReadFormat[keyof typeof ReadFormat];

/** Bits of `branch_sample_type` that change what a sample holds. */
export const BranchSampleType = { HwIndex: 1 << 17, Counters: 1 << 19 } as const;

/** Size of the first version of `struct perf_event_attr`, which a size of 0 stands for. */
export const ATTR_SIZE_VER0 = 64;

/** Positions of the one-bit flags in the flag word of `struct perf_event_attr`, by name. */
export const AttrFlag = {
  disabled: 0,
  inherit: 1,
  pinned: 2,
  exclusive: 3,
  excludeUser: 4,
  excludeKernel: 5,
  excludeHv: 6,
  excludeIdle: 7,
  mmap: 8,
  comm: 9,
  freq: 10,
  inheritStat: 11,
  enableOnExec: 12,
  task: 13,
  watermark: 14,
  mmapData: 17,
  sampleIdAll: 18,
  excludeHost: 19,
  excludeGuest: 20,
  excludeCallchainKernel: 21,
  excludeCallchainUser: 22,
  mmap2: 23,
  commExec: 24,
  useClockid: 25,
  contextSwitch: 26,
  writeBackward: 27,
  namespaces: 28,
  ksymbol: 29,
  bpfEvent: 30,
  auxOutput: 31,
  cgroup: 32,
  textPoke: 33,
  buildId: 34,
  inheritThread: 35,
  removeOnExec: 36,
  sigtrap: 37,
  deferCallchain: 38,
  deferOutput: 39,
} as const;
/** Name of a one-bit flag of `struct perf_event_attr`. */
export type AttrFlag = keyof typeof AttrFlag;

/** Size of PERF_RECORD_AUX without a trailer, in bytes. */
export const AUX_SIZE = 32;
/** Positions of the fields in PERF_RECORD_AUX, all of them `u64`. */
export const AuxAt = { Offset: 8, Size: 16, Flags: 24 } as const;

/** Flags of PERF_RECORD_AUX. Source: perf_event.h `PERF_AUX_FLAG_*`. */
export const AuxFlag = {
  /** Bytes were lost because the AUX buffer was full. */
  Truncated: 0x01,
  /** The kernel overwrites the AUX buffer in a circle. */
  Overwrite: 0x02,
  /** The trace has gaps. */
  Partial: 0x04,
  /** Samples collided, or a trace buffer wrapped. */
  Collision: 0x08,
  /** CoreSight: the bytes are the stream of one source, not formatted frames. */
  Raw: 0x0100,
  /** The bits that hold the PMU's format. */
  FormatMask: 0xff00,
} as const;

/** The flags by which the kernel says that trace data was lost or is incomplete. */
export const AUX_LOSS_FLAGS: number = AuxFlag.Truncated | AuxFlag.Partial | AuxFlag.Collision;

/** Size of `struct perf_record_auxtrace`, in bytes. */
export const AUXTRACE_SIZE = 48;
/** Positions of the fields in PERF_RECORD_AUXTRACE: three `u64`, then three `u32`. */
export const AuxtraceAt = {
  Size: 8,
  Offset: 16,
  Reference: 24,
  Idx: 32,
  Tid: 36,
  Cpu: 40,
} as const;
/** Position of the count in PERF_RECORD_LOST. */
export const LOST_AT = 16;
/** Kinds of traces in PERF_RECORD_AUXTRACE_INFO, by name. Source: `PERF_AUXTRACE_*`. */
export const AuxtraceType = {
  "unknown": 0,
  "intel_pt": 1,
  "intel_bts": 2,
  "cs_etm": 3,
  "arm_spe": 4,
  "s390_cpumsf": 5,
  "hisi_ptt": 6,
  "vpa_dtl": 7,
} as const;
/** Name of a kind of trace. */
export type AuxtraceType = keyof typeof AuxtraceType;

/** Encodings of `struct perf_record_cpu_map_data`. */
export const CpuMapType = { Cpus: 0, Mask: 1, Range: 2 } as const;

/** What PERF_RECORD_EVENT_UPDATE changes. */
export const EventUpdateType = { Unit: 0, Scale: 1, Name: 2, Cpus: 3 } as const;

/** Size of the field of a build id, in bytes; the id itself may be shorter. */
export const BUILD_ID_SIZE = 20;

/** First bytes of a recording, in both byte orders; those of old perfs tell none. */
export const FileMagic = { Little: "PERFILE2", Big: "2ELIFREP", Old: "PERFFILE" } as const;

/** Sizes of `struct perf_file_header`: in a pipe, without the feature bitmap, and whole. */
export const FileHeaderSize = { Pipe: 16, Old: 72, Full: 104 } as const;

/**
 * The ids of the feature sections: bit numbers in the header's bitmap, and the ids in
 * `PERF_RECORD_HEADER_FEATURE`. Source: perf's `util/header.h`, `HEADER_*`.
 */
export const Feature = {
  tracingData: 1,
  buildId: 2,
  hostname: 3,
  osrelease: 4,
  version: 5,
  arch: 6,
  nrcpus: 7,
  cpudesc: 8,
  cpuid: 9,
  totalMem: 10,
  cmdline: 11,
  eventDesc: 12,
  cpuTopology: 13,
  numaTopology: 14,
  branchStack: 15,
  pmuMappings: 16,
  groupDesc: 17,
  auxtrace: 18,
  stat: 19,
  cache: 20,
  sampleTime: 21,
  memTopology: 22,
  clockid: 23,
  dirFormat: 24,
  bpfProgInfo: 25,
  bpfBtf: 26,
  compressed: 27,
  cpuPmuCaps: 28,
  clockData: 29,
  hybridTopology: 30,
  pmuCaps: 31,
  cpuDomainInfo: 32,
  eMachine: 33,
  clnSize: 34,
} as const;

/** Name of a feature section in TypeScript: the key of its value in `Features`. */
export type FeatureKey = keyof typeof Feature;

/** Id of a known feature section. */
export type Feature = typeof Feature[FeatureKey];

/** -1 in a field of 32 bits: no CPU, process or thread; as both halves of a time, no time. */
export const MINUS_ONE = 0xffffffff;
