import type { EventSpec } from "../encoders/attr_bytes.ts";
import { bitField, type ByteWriter } from "../encoders/byte_writer.ts";
import type { RecordSpec } from "../encoders/record_bytes.ts";
import { BranchSampleType, ReadFormat, RecordType, SampleType } from "../parsers/perf/abi.ts";

/** Counter values as READ records and samples hold them. */
export interface ReadSpec {
  /** One entry, or with GROUP the leader and its siblings. */
  readonly values: readonly { value: bigint; id?: bigint; lost?: bigint }[];
  /** Time enabled, in ns. */
  readonly enabled?: bigint;
  /** Time running, in ns. */
  readonly running?: bigint;
}

/** One taken branch. Absent fields are 0. */
export interface BranchSpec {
  readonly from: bigint;
  readonly to: bigint;
  readonly mispred?: boolean;
  readonly predicted?: boolean;
  readonly inTx?: boolean;
  readonly abort?: boolean;
  readonly cycles?: number;
  readonly type?: number;
  readonly spec?: number;
  readonly newType?: number;
  readonly priv?: number;
}

/** A register set; `abi` 0 means that none was captured. */
export interface RegsSpec {
  /** 0 none, 1 32-bit, 2 64-bit. */
  readonly abi: bigint;
  /** One value per bit of the mask, in ascending order. */
  readonly regs: readonly bigint[];
}

/** Values of a sample. Those whose bit is not set in the event's `sample_type` are not written. */
export interface SampleSpec {
  readonly id?: bigint;
  readonly ip?: bigint;
  readonly pid?: number;
  readonly tid?: number;
  readonly timeNs?: bigint;
  readonly addr?: bigint;
  readonly streamId?: bigint;
  readonly cpu?: number;
  readonly period?: bigint;
  readonly read?: ReadSpec;
  readonly callchain?: readonly bigint[];
  /** Padded here so that 4 + size is a multiple of 8. */
  readonly raw?: Uint8Array;
  /** `hwIdx` is written with branch_sample_type HW_INDEX, unless `noBranchData` is set. */
  readonly branches?: readonly BranchSpec[];
  readonly hwIdx?: bigint;
  /** Whether the event had no branch data at all: the kernel then writes no hw_idx either. */
  readonly noBranchData?: boolean;
  /** Written with branch_sample_type COUNTERS, one per branch. */
  readonly branchCounters?: readonly bigint[];
  readonly regsUser?: RegsSpec;
  /** `data` has a multiple of 8 bytes; `dynSize` of them are valid. */
  readonly stackUser?: { data: Uint8Array; dynSize: bigint };
  /** WEIGHT, or WEIGHT_STRUCT as one word. */
  readonly weight?: bigint;
  readonly dataSrc?: bigint;
  readonly transaction?: bigint;
  readonly regsIntr?: RegsSpec;
  readonly physAddr?: bigint;
  readonly cgroup?: bigint;
  readonly dataPageSize?: bigint;
  readonly codePageSize?: bigint;
  /** AUX data, a multiple of 8 bytes. */
  readonly aux?: Uint8Array;
  /** `misc`: cpumode 2 (user) unless given. */
  readonly misc?: number;
}

/** SAMPLE, with the fields that `event` asks for. Source: `perf_output_sample`. */
export function sample(event: EventSpec, values: SampleSpec): RecordSpec {
  const type = Number(event.sampleType ?? 0);
  return {
    type: RecordType.Sample,
    misc: values.misc ?? 2,
    bare: true,
    body(out) {
      const when = (bit: number, write: () => void): void => {
        if ((type & bit) !== 0) write();
      };
      const word = (bit: number, value: bigint | undefined): void => {
        when(bit, () => out.u64(value ?? 0n));
      };
      word(SampleType.Identifier, values.id);
      word(SampleType.Ip, values.ip);
      when(SampleType.Tid, () => {
        out.u32(values.pid ?? values.tid ?? 0);
        out.u32(values.tid ?? 0);
      });
      word(SampleType.Time, values.timeNs);
      word(SampleType.Addr, values.addr);
      word(SampleType.Id, values.id);
      word(SampleType.StreamId, values.streamId ?? values.id);
      when(SampleType.Cpu, () => {
        out.u32(values.cpu ?? 0);
        out.u32(0);
      });
      word(SampleType.Period, values.period);
      when(
        SampleType.Read,
        () => writeRead(out, event, values.read ?? { values: [{ value: 0n }] }),
      );
      when(SampleType.Callchain, () => writeCounted(out, values.callchain ?? []));
      when(SampleType.Raw, () => writeRaw(out, values.raw ?? new Uint8Array()));
      when(SampleType.BranchStack, () => writeBranches(out, event, values));
      when(SampleType.RegsUser, () => writeRegs(out, values.regsUser));
      when(SampleType.StackUser, () => writeStack(out, values.stackUser));
      word(SampleType.Weight | SampleType.WeightStruct, values.weight);
      word(SampleType.DataSrc, values.dataSrc);
      word(SampleType.Transaction, values.transaction);
      when(SampleType.RegsIntr, () => writeRegs(out, values.regsIntr));
      word(SampleType.PhysAddr, values.physAddr);
      word(SampleType.Cgroup, values.cgroup);
      word(SampleType.DataPageSize, values.dataPageSize);
      word(SampleType.CodePageSize, values.codePageSize);
      when(SampleType.Aux, () => {
        const data = values.aux ?? new Uint8Array();
        out.u64(BigInt(data.length));
        out.bytes(data);
      });
    },
  };
}

/** READ, with the values that the `read_format` of `event` asks for. */
export function read(
  event: EventSpec,
  fields: { pid: number; tid: number; values: ReadSpec },
): RecordSpec {
  return {
    type: RecordType.Read,
    body(out) {
      out.u32(fields.pid);
      out.u32(fields.tid);
      writeRead(out, event, fields.values);
    },
  };
}

function writeRead(out: ByteWriter, event: EventSpec, read: ReadSpec): void {
  const format = Number(event.readFormat ?? 0);
  const word = (bit: number, value: bigint | undefined): void => {
    if ((format & bit) !== 0) out.u64(value ?? 0n);
  };
  const group = (format & ReadFormat.Group) !== 0;
  const first = read.values[0];
  if (!first || (!group && read.values.length > 1)) {
    throw new RangeError("Without GROUP exactly one value is read");
  }
  out.u64(group ? BigInt(read.values.length) : first.value);
  word(ReadFormat.TotalTimeEnabled, read.enabled);
  word(ReadFormat.TotalTimeRunning, read.running);
  for (const entry of read.values) {
    if (group) out.u64(entry.value);
    word(ReadFormat.Id, entry.id);
    word(ReadFormat.Lost, entry.lost);
  }
}

function writeCounted(out: ByteWriter, values: readonly bigint[]): void {
  out.u64(BigInt(values.length));
  for (const value of values) out.u64(value);
}

function writeRaw(out: ByteWriter, raw: Uint8Array): void {
  const size = Math.max(8, Math.ceil((4 + raw.length) / 8) * 8) - 4;
  out.u32(size);
  out.bytes(raw);
  out.zeros(size - raw.length);
}

function writeBranches(out: ByteWriter, event: EventSpec, values: SampleSpec): void {
  const branches = values.branches ?? [];
  const format = Number(event.branchSampleType ?? 0);
  out.u64(BigInt(branches.length));
  if ((format & BranchSampleType.HwIndex) !== 0 && !values.noBranchData) {
    out.u64(values.hwIdx ?? 0n);
  }
  for (const branch of branches) {
    out.u64(branch.from);
    out.u64(branch.to);
    out.u64(branchFlags(out.little, branch));
  }
  if ((format & BranchSampleType.Counters) === 0) return;
  for (const index of branches.keys()) out.u64(values.branchCounters?.[index] ?? 0n);
}

function branchFlags(little: boolean, branch: BranchSpec): bigint {
  return bitField(little, 0, 1, Number(branch.mispred ?? false)) |
    bitField(little, 1, 1, Number(branch.predicted ?? false)) |
    bitField(little, 2, 1, Number(branch.inTx ?? false)) |
    bitField(little, 3, 1, Number(branch.abort ?? false)) |
    bitField(little, 4, 16, branch.cycles ?? 0) |
    bitField(little, 20, 4, branch.type ?? 0) |
    bitField(little, 24, 2, branch.spec ?? 0) |
    bitField(little, 26, 4, branch.newType ?? 0) |
    bitField(little, 30, 3, branch.priv ?? 0);
}

function writeRegs(out: ByteWriter, regs: RegsSpec | undefined): void {
  out.u64(regs?.abi ?? 0n);
  for (const value of regs?.regs ?? []) out.u64(value);
}

function writeStack(out: ByteWriter, stack: SampleSpec["stackUser"]): void {
  out.u64(BigInt(stack?.data.length ?? 0));
  if (!stack || stack.data.length === 0) return;
  out.bytes(stack.data);
  out.u64(stack.dynSize);
}
