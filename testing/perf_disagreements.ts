import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { openPerfFile } from "../mod.ts";
import { corpusNames, corpusPath, recordingNames } from "./corpus.ts";
import { perfDump } from "./perf_dump.ts";
import { isAtLeast, type PerfProgram } from "./perf_programs.ts";
import { finalise, type Repair, wrapRecords } from "./perf_repair.ts";

/** What some perfs make of a file of the corpus, if it is not what the format says. */
export interface Disagreement {
  /** Those that do. */
  readonly by: (perf: PerfProgram) => boolean;
  /** What they say of it, if anything. */
  readonly message?: RegExp;
  /** Who is right, and why. */
  readonly reason: string;
  /** Whether they list the records all the same. */
  readonly reads?: true;
  /** Whether they say nothing, and list less than there is. */
  readonly misses?: true;
  /** Types of records that they do not list. */
  readonly unlisted?: readonly number[];
}

/** A file that no perf reads whole, and how its records are counted all the same. */
export interface Unread {
  /** Makes a copy that the installed perf reads. */
  readonly repair: Repair;
  /** Records that the copy lacks: simpleperf's own types, found by following the sizes. */
  readonly foreign?: readonly [type: number, count: number];
}

const all = () => true;
const from = (version: string) => (perf: PerfProgram) => isAtLeast(perf, version);
const before = (version: string) => (perf: PerfProgram) => !isAtLeast(perf, version);

const incompatible = /^incompatible file format/;
const NO_DECODER_FOR_TYPE = /failed to process type: (?:83|327\d\d)/;

const wideAttr: Disagreement = {
  by: before("6.3"),
  message: incompatible,
  reason: "its attr has 136 bytes, which perf knows from 6.3 on; the format lets readers skip more",
};
const widerAttr: Disagreement = {
  by: before("7.0"),
  message: incompatible,
  reason: "its attr has 144 bytes, which 6.12 does not know; the format lets readers skip more",
};
const compressed2: Disagreement = {
  by: before("6.16"),
  message: NO_DECODER_FOR_TYPE,
  reason: "perf knows COMPRESSED2 from 6.16 on",
};
const oldEndMark: Disagreement = {
  by: from("7.0"),
  message: /^Invalid HEADER_CPU_DOMAIN_INFO: section too small \(0\)/,
  reason: "the last feature of a stream has the number that was free when its perf was made; " +
    "newer perfs take it for the section that has it now, complain, and go on",
  reads: true,
};
const shortEventType: Disagreement = {
  by: from("7.0"),
  reason: "it skips EVENT_TYPE records whose name is cut to its length; the records are whole",
  unlisted: [65],
};
const splitTrace: Disagreement = {
  by: all,
  message: /^CS ETM: Couldn't find auxtrace buffer/,
  reason: "perf misses AUX data of one queue in another; the records are there",
  reads: true,
};
const mixedEvents: Disagreement = {
  by: all,
  message: incompatible,
  reason: "its two events place the id of a sample differently; its records do not depend on that",
};
const noTracingData: Disagreement = {
  by: all,
  message: incompatible,
  reason: "it has tracepoints, but no TRACING_DATA; its records do not depend on that",
};
const foreignType: Disagreement = {
  by: before("7.0"),
  message: NO_DECODER_FOR_TYPE,
  reason: "perf stops at a record type of simpleperf's; the size says where the next record is",
};
const unlistedType = (type: number): Disagreement => ({
  by: from("7.0"),
  reason: "perf skips a record type of simpleperf's",
  unlisted: [type],
});
const unalignedType: readonly Disagreement[] = [foreignType, {
  by: from("7.0"),
  message: /event size 12 is not 8-byte aligned/,
  reason: "perf wants sizes that are multiples of 8, which simpleperf's own records have not",
}];
const foreignIndex: readonly Disagreement[] = [{
  by: before("7.0"),
  message: /^Failed to process auxtrace index/,
  reason: "simpleperf writes another AUXTRACE section, which perf passes over",
  reads: true,
}, {
  by: from("7.0"),
  message: /^Failed to process auxtrace index/,
  reason: "simpleperf writes another AUXTRACE section; the records do not depend on it",
}];
const stopped: Disagreement = {
  by: all,
  message: /^Error:/,
  reason: "its recorder was stopped by the 32-bit limit: data size 0; the records are whole",
};
const brokenCompressed2 = (message: RegExp): readonly Disagreement[] => [
  wideAttr,
  compressed2,
  { by: from("6.16"), message, reason: "perf cannot read what perf 6.16 to 7.1 wrote here" },
];
const otherLayout: readonly Disagreement[] = [
  wideAttr,
  {
    by: all,
    message: /(?:failed to process type: 70|processing failed for event of type: AUXTRACE_INFO)/,
    reason: "perf does not know the layout of its AUXTRACE_INFO; the records do not depend on it",
  },
];

/** Files of the corpus on which perfs and the format disagree; the first that fits a perf counts. */
export const DISAGREEMENTS: Readonly<Record<string, readonly Disagreement[]>> = {
  "lab/perf32.4g.data": [stopped],
  "lab2/cs32.data": [splitTrace],
  "lab2/cs32linux32.data": [splitTrace],
  "lab2/cs64.data": [splitTrace],
  "lab2/csauxtail.data": [splitTrace],
  "lab2/csauxtailcompat.data": [splitTrace],
  "lab2/ncs64z.data": [widerAttr],
  "lab2/nptt.data": [widerAttr],
  "lab2/p32.data": [stopped],
  "linux-perf-data/sleep.data": [wideAttr],
  "linux-perf-data/sleep.compressed.data": [wideAttr],
  "linux-perf-data/sleep.compressed.pipe.data": [oldEndMark],
  "linux-perf-data/sleep.compressed2.pipe.data": [compressed2, oldEndMark],
  "quipper/perf.data.armv7.perf_3.14-3.8": [{
    by: from("7.0"),
    message: incompatible,
    reason: "perf refuses the file for its empty CPUDESC section, at which older ones just stop",
  }],
  "quipper/perf.data.piped.header_features-4.16": [{
    by: from("7.0"),
    message: /CPU_MAP \(74\) event size 20 is not 8-byte aligned/,
    reason: "perf wants sizes that are multiples of 8, which 4.16 did not keep to",
  }],
  "quipper/perf.data.piped.header_feautres_group_desc-6.8": [oldEndMark],
  "quipper/perf.data.piped.target-3.4": [shortEventType],
  "quipper/perf.data.piped.target-3.8": [shortEventType],
  "quipper/perf.data.piped.target.throttled-3.4": [shortEventType],
  "simpleperf/debug_unwind_small_map_range.data": [noTracingData],
  "simpleperf/etm.perf_etm.data": foreignIndex,
  "simpleperf/etm.perf_kernel.data": foreignIndex,
  "simpleperf/lbr.perf_lbr.data": [wideAttr],
  "simpleperf/perf_for_build_id_check.data": unalignedType,
  "simpleperf/perf_test_max_stack_and_percent_limit.data": unalignedType,
  "simpleperf/perf_with_callchain_record.data": [foreignType, unlistedType(32775)],
  "simpleperf/perf_with_failed_unwinding_debug_info.data": [foreignType, unlistedType(32776)],
  "simpleperf/perf_with_trace_offcpu.data": [mixedEvents],
  "simpleperf/perf_with_trace_offcpu_v2.data": [mixedEvents],
  "simpleperf/perf_with_tracepoint_event_dynamic_field.data": [noTracingData],
  "simpleperf/script_testdata.perf_test_vmlinux.data": [wideAttr],
  "perf617/aio_small.data": brokenCompressed2(/event size 804 is not 8-byte aligned/),
  "perf617/overflow.pipe": brokenCompressed2(
    /^Invalid HEADER_CPU_DOMAIN_INFO|^Couldn't decompress/,
  ).slice(1),
  "perf617/plain_z.data": [wideAttr, compressed2],
  "edge/aio_0.data": brokenCompressed2(/event size 79 is not 8-byte aligned/),
  "edge/aio_5_be.data": brokenCompressed2(/^Couldn't decompress data/),
  "edge/as_aux_after.data": [wideAttr],
  "edge/as_complex.data": [wideAttr],
  "edge/bigpush_17.pipe": [compressed2],
  "edge/bomb-30.data": [{
    by: all,
    message: /^failed to decompress|processing failed for event of type: COMPRESSED/,
    reason: "it has no COMPRESSED section, from which perf takes the size of its buffer",
  }],
  "edge/br_nr0_hw.data": [wideAttr, {
    by: all,
    message: /^exit code 139/,
    reason: "perf does not survive to print its branch stack",
  }],
  "edge/comp2_size0.pipe": otherLayout.slice(1),
  "edge/concat.pipe": [{
    by: before("6.12"),
    message: /failed to process type: 101058054/,
    reason: "perf takes AUX data in a stream that it reads by its path for records",
  }],
  "edge/conseq_exceeds.data": brokenCompressed2(/event of type: COMPRESSED2/),
  "edge/etm_future.data": otherLayout,
  "edge/hostile-texts.data": [{
    by: all,
    message: /^1 instruction trace errors/,
    reason: "perf tells of its AUXTRACE_ERROR record",
    reads: true,
  }],
  "edge/info9.data": otherLayout,
  "edge/nopsb.data": [wideAttr],
  "edge/old_pipe_headers_be_powerpc.perf.data": [{
    by: all,
    message: /failed to process type: 69|event size 76 is not 8-byte aligned/,
    reason: "in streams of perf 3.2 and 3.3 of Google, types 69 to 80 were headers",
  }],
  "edge/pipe_text_mid.pipe": [{
    by: all,
    reason: "perf takes text in the stream for its end; the records go on behind it",
    misses: true,
  }],
  "edge/short-record-first.data": [{
    by: from("7.0"),
    message: /can't parse COMM \(3\) sample/,
    reason: "the record is shorter than its trailer; the next one follows all the same",
  }],
  "edge/snap_oldkernel.data": [wideAttr],
  "edge/time_back2.data": [wideAttr],
};

/** Files that hold records which no perf lists: counted in a copy, or by others (null). */
export const UNREAD: Readonly<Record<string, Unread | null>> = {
  "lab/perf32.4g.data": { repair: finalise },
  "lab2/p32.data": { repair: finalise },
  "simpleperf/debug_unwind_small_map_range.data": { repair: wrapRecords, foreign: [32776, 1] },
  "simpleperf/perf_for_build_id_check.data": { repair: wrapRecords, foreign: [32769, 1] },
  "simpleperf/perf_test_max_stack_and_percent_limit.data": {
    repair: wrapRecords,
    foreign: [32769, 1],
  },
  "simpleperf/perf_with_trace_offcpu.data": { repair: wrapRecords },
  "simpleperf/perf_with_trace_offcpu_v2.data": { repair: wrapRecords },
  "simpleperf/perf_with_tracepoint_event_dynamic_field.data": {
    repair: wrapRecords,
    foreign: [32777, 1],
  },
  "perf617/aio_small.data": null,
  "perf617/overflow.pipe": null,
  "edge/aio_0.data": null,
  "edge/aio_5_be.data": null,
  "edge/bomb-30.data": null,
  "edge/br_nr0_hw.data": null,
  "edge/comp2_size0.pipe": null,
  "edge/conseq_exceeds.data": null,
  "edge/etm_future.data": null,
  "edge/info9.data": null,
  "edge/old_pipe_headers_be_powerpc.perf.data": null,
  "edge/pipe_text_mid.pipe": null,
};

/** Files that hold no recording, and their first bytes. */
export const NOT_RECORDINGS: Readonly<Record<string, string>> = {
  "simpleperf/etm.perf_inject.data": "31 30 0a 31 30 30 30 2d",
  "simpleperf/etm.perf_inject_small.data": "31 34 0a 34 62 34 2d 34",
  "simpleperf/invalid_perf.data": "00 00 00 00 00 00 00 00",
  "simpleperf/lbr.inject_lbr.data": "32 0a 39 31 30 2d 39 31",
};

/** Which of the things that perfs make of a file is what this one makes of it. */
export function disagreementOf(name: string, perf: PerfProgram): Disagreement | undefined {
  return DISAGREEMENTS[name]?.find(({ by }) => by(perf));
}

/** Files of the corpus that hold a recording, and not bare bytes of a trace. */
export function perfCorpusNames(): string[] {
  const others = ["lab2", "perf617", "edge"].flatMap(corpusNames);
  return [...recordingNames().filter((name) => !(name in NOT_RECORDINGS)), ...others]
    .filter((name) => !/\.(?:md|bin|pt|gz)$/.test(name));
}

/**
 * Compares the records that a perf lists with those that auxtail finds, type by type.
 *
 * @returns Whether the perf read the file; where it did not, it was to be expected.
 */
export async function compareRecords(name: string, perf: PerfProgram): Promise<boolean> {
  const path = corpusPath(name);
  const { counts, failure } = await perfDump(path, { perf: perf.path });
  const disagreement = disagreementOf(name, perf);
  const where = `${name}, perf ${perf.version}`;
  if (disagreement?.message === undefined) assertEquals([where, failure], [where, null]);
  else assertMatch(failure ?? "", disagreement.message, `${where}: ${disagreement.reason}`);
  if (disagreement?.message !== undefined && !disagreement.reads) return false;
  const found = recordCounts(path).filter(([type]) => !disagreement?.unlisted?.includes(type));
  if (disagreement?.misses) {
    assertNotEquals([where, found], [where, sorted(counts)]);
    return false;
  }
  assertEquals([where, found], [where, sorted(counts)]);
  return true;
}

/** The records that auxtail finds in a file, by type. */
export function recordCounts(path: string): [type: number, count: number][] {
  using file = openPerfFile(path);
  const counts = new Map<number, number>();
  const cursor = file.recordCursor();
  while (cursor.next()) counts.set(cursor.type, (counts.get(cursor.type) ?? 0) + 1);
  assertEquals(cursor.cut, null);
  return sorted(counts);
}

/** Counts in the order of their types. */
export function sorted(counts: ReadonlyMap<number, number>): [type: number, count: number][] {
  return [...counts].sort(([a], [b]) => a - b);
}
