import { bitField, ByteWriter } from "./byte_writer.ts";

/** Bits of `sample_type`. Source: perf_event.h `enum perf_event_sample_format`. */
export const SampleBit = {
  ip: 1n << 0n,
  tid: 1n << 1n,
  time: 1n << 2n,
  addr: 1n << 3n,
  read: 1n << 4n,
  callchain: 1n << 5n,
  id: 1n << 6n,
  cpu: 1n << 7n,
  period: 1n << 8n,
  streamId: 1n << 9n,
  raw: 1n << 10n,
  branchStack: 1n << 11n,
  regsUser: 1n << 12n,
  stackUser: 1n << 13n,
  weight: 1n << 14n,
  dataSrc: 1n << 15n,
  identifier: 1n << 16n,
  transaction: 1n << 17n,
  regsIntr: 1n << 18n,
  physAddr: 1n << 19n,
  aux: 1n << 20n,
  cgroup: 1n << 21n,
  dataPageSize: 1n << 22n,
  codePageSize: 1n << 23n,
  weightStruct: 1n << 24n,
} as const;

/** Bits of `read_format`. Source: perf_event.h `enum perf_event_read_format`. */
export const ReadBit = {
  totalTimeEnabled: 1n,
  totalTimeRunning: 2n,
  id: 4n,
  group: 8n,
  lost: 16n,
} as const;

/** Position of each one-bit flag in the flag word at offset 40 of `perf_event_attr`. */
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
/** Name of a one-bit attribute flag. */
export type AttrFlag = keyof typeof AttrFlag;

/**
 * A `perf_event_attr` to be written: how an event is opened. Absent fields are zero.
 *
 * Source: perf_event.h `struct perf_event_attr`.
 */
export interface AttrSpec {
  /** Size of the attribute as the writer knew it, 64 to 144; 128 unless given. */
  readonly size?: number;
  /** `type`: 1 is software, from 6 on a PMU. */
  readonly type?: number;
  /** `config`. */
  readonly config?: bigint;
  /** `sample_period`, or `sample_freq` with the flag `freq`. */
  readonly samplePeriod?: bigint;
  /** Sum of `SampleBit`s. */
  readonly sampleType?: bigint;
  /** Sum of `ReadBit`s. */
  readonly readFormat?: bigint;
  /** The one-bit flags that are set. */
  readonly flags?: readonly AttrFlag[];
  /** `precise_ip`, 0 to 3. */
  readonly preciseIp?: number;
  /** `wakeup_events` or `wakeup_watermark`. */
  readonly wakeup?: number;
  /** `bp_type`. */
  readonly bpType?: number;
  /** `config1`, `bp_addr`. */
  readonly config1?: bigint;
  /** `config2`, `bp_len`. */
  readonly config2?: bigint;
  /** `branch_sample_type`. */
  readonly branchSampleType?: bigint;
  /** `sample_regs_user`: mask. */
  readonly sampleRegsUser?: bigint;
  /** `sample_stack_user`, in bytes. */
  readonly sampleStackUser?: number;
  /** `clockid`. */
  readonly clockid?: number;
  /** `sample_regs_intr`: mask. */
  readonly sampleRegsIntr?: bigint;
  /** `aux_watermark`, in bytes. */
  readonly auxWatermark?: number;
  /** `sample_max_stack`. */
  readonly sampleMaxStack?: number;
  /** `aux_sample_size`, in bytes. */
  readonly auxSampleSize?: number;
  /** What the event does to AUX tracing: start paused, pause, resume. */
  readonly auxAction?: "startPaused" | "pause" | "resume";
  /** `sig_data`. */
  readonly sigData?: bigint;
  /** `config3`. */
  readonly config3?: bigint;
  /** `config4`. */
  readonly config4?: bigint;
}

/** One event of a recording: its attribute, ids and name. */
export interface EventSpec extends AttrSpec {
  /** Event ids, one per ring buffer. */
  readonly ids?: readonly bigint[];
  /** Name in EVENT_DESC. */
  readonly name?: string;
}

/** Size in bytes that the attribute of `event` is written with. */
export function attrSize(event: AttrSpec): number {
  return event.size ?? 128;
}

/** Writes a `perf_event_attr`, cut to its size. */
export function writeAttr(out: ByteWriter, event: AttrSpec): void {
  const attr = new ByteWriter(out.little);
  attr.u32(event.type ?? 0);
  attr.u32(attrSize(event));
  attr.u64(event.config ?? 0n);
  attr.u64(event.samplePeriod ?? 0n);
  attr.u64(event.sampleType ?? 0n);
  attr.u64(event.readFormat ?? 0n);
  attr.u64(flagWord(out.little, event));
  attr.u32(event.wakeup ?? 0);
  attr.u32(event.bpType ?? 0);
  attr.u64(event.config1 ?? 0n);
  attr.u64(event.config2 ?? 0n);
  attr.u64(event.branchSampleType ?? 0n);
  attr.u64(event.sampleRegsUser ?? 0n);
  attr.u32(event.sampleStackUser ?? 0);
  attr.u32(event.clockid ?? 0);
  attr.u64(event.sampleRegsIntr ?? 0n);
  attr.u32(event.auxWatermark ?? 0);
  attr.u16(event.sampleMaxStack ?? 0);
  attr.u16(0);
  attr.u32(event.auxSampleSize ?? 0);
  attr.u32(auxAction(out.little, event.auxAction));
  attr.u64(event.sigData ?? 0n);
  attr.u64(event.config3 ?? 0n);
  attr.u64(event.config4 ?? 0n);
  out.bytes(attr.toBytes().subarray(0, attrSize(event)));
}

function flagWord(little: boolean, event: AttrSpec): bigint {
  let word = bitField(little, 15, 2, event.preciseIp ?? 0);
  for (const flag of event.flags ?? []) word |= bitField(little, AttrFlag[flag], 1, 1);
  return word;
}

function auxAction(little: boolean, action: AttrSpec["auxAction"]): number {
  if (action === undefined) return 0;
  const bit = { startPaused: 0, pause: 1, resume: 2 }[action];
  return (1 << (little ? bit : 31 - bit)) >>> 0;
}
