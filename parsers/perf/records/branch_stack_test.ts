import { assertEquals } from "@std/assert";
import {
  type BranchSpec,
  encodeRecord,
  type EventSpec,
  sample,
  type SampleSpec,
  SampleType,
} from "../../../testing/perf_builder.ts";
import { decodeWhole } from "../../../testing/record_assertions.ts";
import type { SampleRecord } from "./mod.ts";

const HW_INDEX = 1n << 17n;
const COUNTERS = 1n << 19n;

/** Fields behind the branch stack whose sizes vary. */
const AFTER = SampleType.RegsUser | SampleType.StackUser | SampleType.Weight | SampleType.DataSrc |
  SampleType.Transaction | SampleType.RegsIntr | SampleType.PhysAddr | SampleType.Cgroup |
  SampleType.DataPageSize | SampleType.CodePageSize | SampleType.Aux;

const behind: SampleSpec = {
  regsUser: { abi: 2n, regs: [301n, 302n] },
  stackUser: { data: new Uint8Array(24), dynSize: 16n },
  regsIntr: { abi: 2n, regs: [401n] },
  codePageSize: 116n,
  aux: new Uint8Array(32),
};

/** Branches as they are encoded, with one field set each. */
const branches: readonly BranchSpec[] = [
  { from: 211n, to: 212n },
  { from: 1n, to: 0xffff_ffff_ffff_ffffn, mispred: true },
  { from: 2n, to: 3n, predicted: true },
  { from: 2n, to: 3n, inTx: true },
  { from: 2n, to: 3n, abort: true },
  { from: 2n, to: 3n, cycles: 0x8001 },
  { from: 2n, to: 3n, type: 9 },
  { from: 2n, to: 3n, spec: 2 },
  { from: 2n, to: 3n, newType: 9 },
  { from: 2n, to: 3n, priv: 1 },
  { from: 2n, to: 3n, priv: 2 },
  { from: 2n, to: 3n, priv: 4 },
];

const unset = {
  mispred: false,
  predicted: false,
  inTx: false,
  abort: false,
  cycles: 0,
  type: 0,
  spec: 0,
  newType: 0,
  priv: 0,
};

/** Decodes a sample in both byte orders, and gives both. */
function decodeBoth(event: EventSpec, written: EventSpec, values: SampleSpec): SampleRecord[] {
  return [true, false].map((little) => {
    const record = decodeWhole(encodeRecord(little, sample(written, values)), little, event);
    if (record.type !== "sample") throw new TypeError(record.type);
    return record;
  });
}

function eventOf(sampleType: number, branchSampleType: bigint): EventSpec {
  return { sampleType, branchSampleType, sampleRegsUser: 0b11n, sampleRegsIntr: 0b1n };
}

Deno.test("decodeBranchStack() finds each flag", () => {
  const event = eventOf(SampleType.BranchStack, 0n);
  const entries = branches.map((branch) => ({ ...unset, ...branch }));
  for (const { branchStack } of decodeBoth(event, event, { branches })) {
    assertEquals(branchStack, { hwIdx: null, entries, counters: null });
  }
});

Deno.test("decodeBranchStack() tells whether hw_idx and counters are there", () => {
  for (const sampleType of [SampleType.BranchStack, SampleType.BranchStack | AFTER]) {
    for (const count of [0, 1, 3]) {
      const values: SampleSpec = {
        ...behind,
        hwIdx: 7n,
        branches: branches.slice(0, count),
        branchCounters: [1n, 2n, 3n].slice(0, count),
      };
      for (const flags of [HW_INDEX, COUNTERS, HW_INDEX | COUNTERS, 0n]) {
        const event = eventOf(sampleType, flags);
        const counters = flags & COUNTERS && count > 0
          ? new BigUint64Array([1n, 2n, 3n].slice(0, count))
          : null;
        for (const record of decodeBoth(event, event, values)) {
          assertEquals(record.branchStack?.hwIdx, flags & HW_INDEX ? 7n : null);
          assertEquals(record.branchStack?.entries.length, count);
          assertEquals(record.branchStack?.counters, counters);
          assertEquals(record.aux?.length, sampleType & AFTER ? 32 : undefined);
        }
      }
    }
  }
});

Deno.test("decodeBranchStack() accepts hw_idx to be left out where there is no branch", () => {
  for (const sampleType of [SampleType.BranchStack, SampleType.BranchStack | AFTER]) {
    const event = eventOf(sampleType, HW_INDEX);
    for (const record of decodeBoth(event, event, { ...behind, noBranchData: true })) {
      assertEquals(record.branchStack, { hwIdx: null, entries: [], counters: null });
      assertEquals(record.codePageSize, sampleType & AFTER ? 116n : undefined);
    }
  }
});

Deno.test("decodeBranchStack() accepts counters to be left out, or given to the whole group", () => {
  const with2 = { ...behind, branches: branches.slice(0, 2), branchCounters: [1n, 2n] };
  for (const sampleType of [SampleType.BranchStack, SampleType.BranchStack | AFTER]) {
    const flagged = eventOf(sampleType, COUNTERS);
    const plain = eventOf(sampleType, 0n);
    for (const record of decodeBoth(flagged, plain, with2)) {
      assertEquals(record.branchStack?.counters, null);
    }
    for (const record of decodeBoth(plain, flagged, with2)) {
      assertEquals(record.branchStack?.counters, new BigUint64Array([1n, 2n]));
    }
  }
});

Deno.test("decodeBranchStack() takes an hw_idx of -1 for unknown, with branches and without", () => {
  for (const branches of [[], [{ from: 1n, to: 2n }]]) {
    for (const hwIdx of [2n ** 64n - 2n, 2n ** 64n - 1n]) {
      const event = eventOf(SampleType.BranchStack | AFTER, HW_INDEX);
      const expected = hwIdx === 2n ** 64n - 1n ? null : hwIdx;
      for (const { branchStack } of decodeBoth(event, event, { ...behind, branches, hwIdx })) {
        assertEquals(branchStack?.hwIdx, expected);
        assertEquals(branchStack?.entries.length, branches.length);
      }
    }
  }
});
