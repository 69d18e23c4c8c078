import { type EventSpec, ReadBit, SampleBit } from "../encoders/attr_bytes.ts";
import { bitField, type ByteWriter } from "../encoders/byte_writer.ts";
import type { RecordSpec } from "../encoders/record_bytes.ts";

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

/** Type 9: SAMPLE, with the fields that `event` asks for. Source: `perf_output_sample`. */
export function sample(event: EventSpec, values: SampleSpec): RecordSpec {
  const type = event.sampleType ?? 0n;
  return {
    type: 9,
    misc: values.misc ?? 2,
    bare: true,
    body(out) {
      const when = (bit: bigint, write: () => void): void => {
        if ((type & bit) !== 0n) write();
      };
      const word = (bit: bigint, value: bigint | undefined): void => {
        when(bit, () => out.u64(value ?? 0n));
      };
      word(SampleBit.identifier, values.id);
      word(SampleBit.ip, values.ip);
      when(SampleBit.tid, () => {
        out.u32(values.pid ?? values.tid ?? 0);
        out.u32(values.tid ?? 0);
      });
      word(SampleBit.time, values.timeNs);
      word(SampleBit.addr, values.addr);
      word(SampleBit.id, values.id);
      word(SampleBit.streamId, values.streamId ?? values.id);
      when(SampleBit.cpu, () => {
        out.u32(values.cpu ?? 0);
        out.u32(0);
      });
      word(SampleBit.period, values.period);
      when(SampleBit.read, () => writeRead(out, event, values.read ?? { values: [{ value: 0n }] }));
      when(SampleBit.callchain, () => writeCounted(out, values.callchain ?? []));
      when(SampleBit.raw, () => writeRaw(out, values.raw ?? new Uint8Array()));
      when(SampleBit.branchStack, () => writeBranches(out, event, values));
      when(SampleBit.regsUser, () => writeRegs(out, values.regsUser));
      when(SampleBit.stackUser, () => writeStack(out, values.stackUser));
      word(SampleBit.weight | SampleBit.weightStruct, values.weight);
      word(SampleBit.dataSrc, values.dataSrc);
      word(SampleBit.transaction, values.transaction);
      when(SampleBit.regsIntr, () => writeRegs(out, values.regsIntr));
      word(SampleBit.physAddr, values.physAddr);
      word(SampleBit.cgroup, values.cgroup);
      word(SampleBit.dataPageSize, values.dataPageSize);
      word(SampleBit.codePageSize, values.codePageSize);
      when(SampleBit.aux, () => {
        const data = values.aux ?? new Uint8Array();
        out.u64(BigInt(data.length));
        out.bytes(data);
      });
    },
  };
}

/** Type 8: READ, with the values that the `read_format` of `event` asks for. */
export function read(
  event: EventSpec,
  fields: { pid: number; tid: number; values: ReadSpec },
): RecordSpec {
  return {
    type: 8,
    body(out) {
      out.u32(fields.pid);
      out.u32(fields.tid);
      writeRead(out, event, fields.values);
    },
  };
}

function writeRead(out: ByteWriter, event: EventSpec, read: ReadSpec): void {
  const format = event.readFormat ?? 0n;
  const word = (bit: bigint, value: bigint | undefined): void => {
    if ((format & bit) !== 0n) out.u64(value ?? 0n);
  };
  const group = (format & ReadBit.group) !== 0n;
  const first = read.values[0];
  if (!first || (!group && read.values.length > 1)) {
    throw new RangeError("Without GROUP exactly one value is read");
  }
  out.u64(group ? BigInt(read.values.length) : first.value);
  word(ReadBit.totalTimeEnabled, read.enabled);
  word(ReadBit.totalTimeRunning, read.running);
  for (const entry of read.values) {
    if (group) out.u64(entry.value);
    word(ReadBit.id, entry.id);
    word(ReadBit.lost, entry.lost);
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
  const format = event.branchSampleType ?? 0n;
  out.u64(BigInt(branches.length));
  if ((format & 1n << 17n) !== 0n && !values.noBranchData) out.u64(values.hwIdx ?? 0n);
  for (const branch of branches) {
    out.u64(branch.from);
    out.u64(branch.to);
    out.u64(branchFlags(out.little, branch));
  }
  if ((format & 1n << 19n) === 0n) return;
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
