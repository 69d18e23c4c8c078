import { AttrFlag } from "../parsers/perf/abi.ts";
import { bitField, ByteWriter } from "./byte_writer.ts";

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
  /** {@linkcode SampleType} bits. */
  readonly sampleType?: bigint | number;
  /** {@linkcode ReadFormat} bits. */
  readonly readFormat?: bigint | number;
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
  readonly branchSampleType?: bigint | number;
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
  attr.u64(BigInt(event.sampleType ?? 0));
  attr.u64(BigInt(event.readFormat ?? 0));
  attr.u64(flagWord(out.little, event));
  attr.u32(event.wakeup ?? 0);
  attr.u32(event.bpType ?? 0);
  attr.u64(event.config1 ?? 0n);
  attr.u64(event.config2 ?? 0n);
  attr.u64(BigInt(event.branchSampleType ?? 0));
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
