import type { Cursor } from "../../internal.ts";
import { decodeWords } from "../_fields.ts";
import { Misc, RECORD_HEADER_SIZE, SampleType } from "../abi.ts";
import type { KnownEvent, RecordEvent } from "../event_table.ts";
import type { SampleLayout } from "../sample_layout.ts";
import { type BranchStack, decodeBranchStack } from "./branch_stack.ts";
import { decodeCallchain } from "./callchain.ts";
import { decodeReadValues, type ReadValues } from "./read.ts";
import { cpuModeOf, type RecordBase, type RecordHeader } from "./record.ts";

/**
 * `PERF_RECORD_SAMPLE`: what was going on when an event overflowed.
 *
 * Fields that its event does not record are null down to `period`, and absent from `read` on.
 */
export interface SampleRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "sample";
  /** The event that overflowed. */
  readonly event: RecordEvent;
  /** `CpuMode`. */
  readonly cpuMode: number;
  /** Whether `ip` is exactly that of the instruction that caused the sample. */
  readonly exactIp: boolean;
  /** Address of the instruction. */
  readonly ip: bigint | null;
  /** Process; -1 if it was exiting. */
  readonly pid: number | null;
  /** Thread; -1 if it was exiting. */
  readonly tid: number | null;
  /** Time in ns of the recording's clock. */
  readonly timeNs: bigint | null;
  /** Address that was accessed, or what else the event gives. */
  readonly addr: bigint | null;
  /** Id of the event, of the parent's for inherited events. */
  readonly id: bigint | null;
  /** Id of the event itself. */
  readonly streamId: bigint | null;
  /** CPU. */
  readonly cpu: number | null;
  /** Events that the sample stands for. */
  readonly period: bigint | null;
  /** Counts of the event or its group. */
  readonly read?: ReadValues;
  /** Return addresses, innermost first; from 2^64 - 4095 on they mark a change of context. */
  readonly callchain?: BigUint64Array;
  /** Data of the event itself, such as a tracepoint's fields, with its padding. */
  readonly raw?: Uint8Array;
  /** Branches that were taken before. */
  readonly branchStack?: BranchStack;
  /** Registers of user space. */
  readonly regsUser?: Registers;
  /** Top of the user stack. */
  readonly stackUser?: UserStack;
  /** Cost of the event in a unit of the hardware. */
  readonly weight?: bigint;
  /** Costs of the event, where there are several. */
  readonly weightStruct?: WeightStruct;
  /** Where data came from: bits of `union perf_mem_data_src`. */
  readonly dataSrc?: bigint;
  /** Why a transaction aborted: `PERF_TXN_*` bits, and in the upper half its code. */
  readonly transaction?: bigint;
  /** Registers at the interrupt. */
  readonly regsIntr?: Registers;
  /** Physical address of `addr`. */
  readonly physAddr?: bigint;
  /** Id of the thread's cgroup. */
  readonly cgroup?: bigint;
  /** Size of the page of `addr`, in bytes. */
  readonly dataPageSize?: bigint;
  /** Size of the page of `ip`, in bytes. */
  readonly codePageSize?: bigint;
  /** The end of the AUX area's trace; up to 7 zero bytes of padding included. */
  readonly aux?: Uint8Array;
}

/** A set of registers. */
export interface Registers {
  /** 0 none, 1 those of a 32-bit task, 2 those of a 64-bit one. */
  readonly abi: number;
  /** One value for each bit of the event's mask, in ascending order; empty if `abi` is 0. */
  readonly values: BigUint64Array;
}

/** A part of the user stack, from the stack pointer up. */
export interface UserStack {
  /** All bytes that were set aside. */
  readonly bytes: Uint8Array;
  /** How many of them are valid, from the start on. */
  readonly dynSize: number;
}

/** Costs of an event. Source: perf_event.h `union perf_sample_weight`. */
export interface WeightStruct {
  /** Cost of the event in a unit of the hardware, usually cycles. */
  readonly weight: number;
  /** On x86 and PowerPC, cycles of the whole instruction. */
  readonly insLatency: number;
  /** On x86, cycles until it retired. */
  readonly retireLatency: number;
}

type Draft = { -readonly [Key in keyof SampleRecord]: SampleRecord[Key] };

/** Decodes `PERF_RECORD_SAMPLE`, for which the event has to be known. */
export function decodeSample(
  body: Cursor,
  header: RecordHeader,
  event: KnownEvent | null,
): SampleRecord {
  if (event === null) {
    const cure =
      "without its event the sample cannot be decoded: the attributes that name its id " +
      "are missing or damaged";
    body.refuse("unsupported", "a known event with the sample's id", "none", body.at, cure);
  }
  const { layout } = event;
  const start = body.take(layout.wordsSize) - RECORD_HEADER_SIZE;
  const sample = sampleWords(body.view, start, body.little, event, header);
  if (layout.hasMore) decodeMore(body, layout, sample);
  return sample;
}

/**
 * Decodes the fields of one word each, up to `period`, of a sample that starts at `at`.
 *
 * The caller has compared the layout's `wordsSize` with what is there. Many recordings have millions
 * of samples with nothing more, which are decoded by this alone; all samples of a recording get
 * one shape. Source: kernel/events/core.c `perf_output_sample()`.
 */
export function sampleWords(
  view: DataView,
  at: number,
  little: boolean,
  { ofRecords, layout: { sample } }: KnownEvent,
  { fileOffset, misc, size }: RecordHeader,
): SampleRecord {
  const hasTid = sample.tid >= 0;
  return {
    fileOffset,
    misc,
    size,
    type: "sample",
    event: ofRecords,
    cpuMode: cpuModeOf(misc),
    exactIp: (misc & Misc.ExactIp) !== 0,
    ip: wordAt(view, at, sample.ip, little),
    pid: hasTid ? view.getInt32(at + sample.tid, little) : null,
    tid: hasTid ? view.getInt32(at + sample.tid + 4, little) : null,
    timeNs: wordAt(view, at, sample.time, little),
    addr: wordAt(view, at, sample.addr, little),
    id: wordAt(view, at, sample.id, little),
    streamId: wordAt(view, at, sample.streamId, little),
    cpu: sample.cpu >= 0 ? view.getInt32(at + sample.cpu, little) : null,
    period: wordAt(view, at, sample.period, little),
  };
}

function wordAt(view: DataView, at: number, position: number, little: boolean): bigint | null {
  return position < 0 ? null : view.getBigUint64(at + position, little);
}

/** Decodes what follows `period`. */
function decodeMore(body: Cursor, layout: SampleLayout, sample: Draft): void {
  const { sampleType } = layout;
  if (sampleType & SampleType.Read) sample.read = decodeReadValues(body, layout.readFormat);
  if (sampleType & SampleType.Callchain) sample.callchain = decodeCallchain(body);
  if (sampleType & SampleType.Raw) sample.raw = body.copy(body.count32(1));
  if (sampleType & SampleType.BranchStack) sample.branchStack = decodeBranchStack(body, layout);
  if (sampleType & SampleType.RegsUser) sample.regsUser = decodeRegisters(body, layout.regsUser);
  if (sampleType & SampleType.StackUser) sample.stackUser = decodeStack(body);
  if (sampleType & SampleType.WeightStruct) sample.weightStruct = decodeWeights(body);
  else if (sampleType & SampleType.Weight) sample.weight = body.u64();
  if (sampleType & SampleType.DataSrc) sample.dataSrc = body.u64();
  if (sampleType & SampleType.Transaction) sample.transaction = body.u64();
  if (sampleType & SampleType.RegsIntr) sample.regsIntr = decodeRegisters(body, layout.regsIntr);
  if (sampleType & SampleType.PhysAddr) sample.physAddr = body.u64();
  if (sampleType & SampleType.Cgroup) sample.cgroup = body.u64();
  if (sampleType & SampleType.DataPageSize) sample.dataPageSize = body.u64();
  if (sampleType & SampleType.CodePageSize) sample.codePageSize = body.u64();
  if (sampleType & SampleType.Aux) sample.aux = body.copy(body.count64(1));
}

function decodeRegisters(body: Cursor, count: number): Registers {
  const abi = Number(body.u64());
  return { abi, values: decodeWords(body, abi === 0 ? 0 : count) };
}

function decodeStack(body: Cursor): UserStack {
  const size = body.count64(1);
  const bytes = body.copy(size);
  if (size === 0) return { bytes, dynSize: 0 };
  const dynSize = body.u64();
  if (dynSize > BigInt(size)) {
    body.refuse("corrupt", `at most ${size} valid bytes of stack`, `${dynSize}`);
  }
  return { bytes, dynSize: Number(dynSize) };
}

function decodeWeights(body: Cursor): WeightStruct {
  const word = body.u64();
  return {
    weight: Number(word & 0xffffffffn),
    insLatency: Number(word >> 32n & 0xffffn),
    retireLatency: Number(word >> 48n),
  };
}
