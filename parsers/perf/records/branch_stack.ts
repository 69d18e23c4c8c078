import type { Cursor } from "../../internal.ts";
import { decodeItems, decodeWords } from "../_fields.ts";
import { SampleType } from "../abi.ts";
import type { SampleLayout } from "../sample_layout.ts";

/** Branches that were taken before a sample. */
export interface BranchStack {
  /** Index of the newest entry in the hardware's own stack; null if not recorded, or unknown. */
  readonly hwIdx: bigint | null;
  /** The branches, the newest first. */
  readonly entries: readonly BranchEntry[];
  /** Counters of each branch in packed fields; null if the PMU gave none. */
  readonly counters: BigUint64Array | null;
}

/** A branch: `struct perf_branch_entry`. */
export interface BranchEntry {
  /** Address of the branch. */
  readonly from: bigint;
  /** Address it led to. */
  readonly to: bigint;
  /** Whether the prediction of its target was wrong. */
  readonly mispred: boolean;
  /** Whether the prediction of its target was right; if neither, it is not known. */
  readonly predicted: boolean;
  /** Whether it was in a transaction. */
  readonly inTx: boolean;
  /** Whether it aborted a transaction. */
  readonly abort: boolean;
  /** Cycles since the branch before it, or 0. */
  readonly cycles: number;
  /** Kind of branch: `PERF_BR_*`. */
  readonly type: number;
  /** Outcome of speculation: `PERF_BR_SPEC_*`. */
  readonly spec: number;
  /** Kind of branch if `type` is 15: `PERF_BR_NEW_*`. */
  readonly newType: number;
  /** Privilege level: 1 user, 2 kernel, 3 hypervisor, 0 unknown. */
  readonly priv: number;
}

const ENTRY_SIZE = 24;
/** `hw_idx` where the PMU does not tell: -1ULL. Source: `struct perf_branch_stack`. */
const UNKNOWN_INDEX = 0xffff_ffff_ffff_ffffn;
const WORDS_BEFORE_REGS_INTR = [SampleType.DataSrc, SampleType.Transaction];
const WORDS_AFTER_REGS_INTR = [
  SampleType.PhysAddr,
  SampleType.Cgroup,
  SampleType.DataPageSize,
  SampleType.CodePageSize,
];

/**
 * Decodes the branch stack of a sample.
 *
 * The kernel leaves out `hw_idx` if there was no branch data at all, and the counters if the PMU
 * gave none; no field says so. A part is there if the record's size does not fit without it.
 * Source: kernel/events/core.c `perf_output_sample()`.
 */
export function decodeBranchStack(body: Cursor, layout: SampleLayout): BranchStack {
  const count = body.count64(ENTRY_SIZE);
  const hasHwIdx = layout.branchHwIndex && (count > 0 || !isRestAt(body.at, body, layout));
  const index = hasHwIdx ? body.u64() : UNKNOWN_INDEX;
  const end = body.at + ENTRY_SIZE * count;
  const entries = decodeItems(count, () => decodeEntry(body));
  const hasCounters = count > 0 && !isRestAt(end, body, layout) &&
    isRestAt(end + 8 * count, body, layout);
  return {
    hwIdx: index === UNKNOWN_INDEX ? null : index,
    entries,
    counters: hasCounters ? decodeWords(body, count) : null,
  };
}

/** Decodes an entry, whose flags are C bit-fields: mirrored in big-endian recordings. */
function decodeEntry(body: Cursor): BranchEntry {
  const { little } = body;
  const from = body.u64();
  const to = body.u64();
  const flags = body.u32();
  const more = body.u32();
  const bits = (from: number, width: number) =>
    flags >>> (little ? from : 32 - from - width) & ((1 << width) - 1);
  return {
    from,
    to,
    mispred: bits(0, 1) === 1,
    predicted: bits(1, 1) === 1,
    inTx: bits(2, 1) === 1,
    abort: bits(3, 1) === 1,
    cycles: bits(4, 16),
    type: bits(20, 4),
    spec: bits(24, 2),
    newType: bits(26, 4),
    priv: little ? bits(30, 2) | (more & 1) << 2 : bits(30, 2) << 1 | more >>> 31,
  };
}

/** Whether the fields after the branch stack reach the record's end exactly from `start` on. */
function isRestAt(start: number, body: Cursor, layout: SampleLayout): boolean {
  const { view, little, end } = body;
  const { sampleType } = layout;
  const has = (bit: number) => (sampleType & bit) !== 0;
  const wordAt = (at: number) => at + 8 <= end ? Number(view.getBigUint64(at, little)) : NaN;
  const wordsOf = (bits: readonly number[]) => bits.filter(has).length;
  let at = start;
  if (has(SampleType.RegsUser)) at += wordAt(at) === 0 ? 8 : 8 + 8 * layout.regsUser;
  if (has(SampleType.StackUser)) at += wordAt(at) === 0 ? 8 : 16 + wordAt(at);
  if (has(SampleType.Weight | SampleType.WeightStruct)) at += 8;
  at += 8 * wordsOf(WORDS_BEFORE_REGS_INTR);
  if (has(SampleType.RegsIntr)) at += wordAt(at) === 0 ? 8 : 8 + 8 * layout.regsIntr;
  at += 8 * wordsOf(WORDS_AFTER_REGS_INTR);
  if (has(SampleType.Aux)) at += 8 + wordAt(at);
  return at === end;
}
