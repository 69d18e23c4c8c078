import { NO_LOSSES } from "../auxtrace/internal.ts";
import type { LabRecording } from "./guest/recordings.ts";
import type { AuxLine, AuxtraceLine, PerfView } from "./perf_view.ts";

const LIMIT = 0xffff_ffffn;
/** How far the tail after the last chunk can be before its end: perf rounds sizes up to 8 bytes. */
const WINDOW_BELOW = -7n;
/** How far after it: of Intel BTS perf leaves out what is no whole record. */
const BTS_WINDOW_ABOVE = 23n;
/**
 * What a released 32-bit perf does where the kernel calls itself so, as the real ones did in this
 * lab: those of x86 end, those of Arm and those under linux32 pass 4 GiB.
 */
const RELEASED = {
  x86_64: { accessor: "compat", refuses: true, tornReads: false },
  aarch64: { accessor: "arm", refuses: false, tornReads: false },
  i686: { accessor: "plain", refuses: false, tornReads: true },
  armv8l: { accessor: "plain", refuses: false, tornReads: true },
} as const;
/** Rates that were seen for less time are not extrapolated. */
const LEAST_SECONDS = 0.01;

/** What the recorder says of itself; nothing in a recording that it did not finish. */
export interface RecorderFacts {
  readonly arch: keyof typeof RELEASED;
  readonly perfVersion: string;
  readonly hostname: string;
  /** Some perfs keep the first word only. */
  readonly commandLine: readonly string[];
}

/**
 * Derives what `auxtail replay --format json` has to say about a recording of one ring in full mode.
 *
 * From perf's own dump, the parameters of the module and the rules of the ring protocol: each chunk
 * is read up to where the next one starts, the last one up to the end of an AUX record. What the
 * fixtures of `testdata/` leave out is left out.
 *
 * @param recorder Null if the recording is unfinished.
 */
export function expectedReplay(
  recording: LabRecording,
  view: PerfView,
  recorder: RecorderFacts | null,
): Record<string, unknown> {
  const { aux, auxtrace: chunks } = view;
  const [first] = chunks;
  const last = chunks.at(-1);
  if (first === undefined || last === undefined) throw new Error("Cannot expect: no chunk");
  const above = recording.pmu === "intel_bts" ? BTS_WINDOW_ABOVE : 0n;
  const lastTail = tailOfLast(last, view, above);
  const tails = chunks.map((_, i) => chunks[i + 1]?.auxOffset ?? lastTail.tail);
  const flagged = chunks.flatMap((chunk, i) => {
    const tail = tails[i]!;
    if (tail <= LIMIT) return [];
    return [{
      chunk: i,
      fileOffset: hex(chunk.fileOffset),
      auxOffset: hex(chunk.auxOffset),
      size: Number(chunk.auxSize),
      tail: hex(tail),
      tailExact: chunk !== last || lastTail.exact,
      timeNs: timeBefore(tail, view),
    }];
  });
  const [firstFlagged = null] = flagged;
  const bytesAfterLimit = firstFlagged === null ? 0 : sizes(chunks.slice(firstFlagged.chunk + 1));
  const tornReadWindows =
    chunks.filter((chunk, i) => chunk.auxOffset >> 32n !== tails[i]! >> 32n).length;
  const headroomBytes = lastTail.tail > LIMIT ? 0 : Number(LIMIT - lastTail.tail);
  const missing = missingRanges(first.auxOffset, lastTail, aux);
  const missingBytes = missing.reduce((bytes, { from, to }) => bytes + Number(to - from), 0);
  const gaps = missing.map(({ from, to, fileOffset, timeNs }) => ({
    from: hex(from),
    to: hex(to),
    kind: "missing",
    fileOffset: hex(fileOffset),
    timeNs: timeNs?.toString() ?? null,
  }));
  const owner = first.cpu < 0 ? { cpu: null, tid: first.tid } : { cpu: first.cpu, tid: null };
  const presentBytes = sizes(chunks);
  const sum = {
    chunks: chunks.length,
    auxBytes: presentBytes,
    announcedBytes: sizes(aux),
    presentBytes,
    missingBytes,
  };
  const limits = { flaggedTails: flagged.length, bytesAfterLimit, tornReadWindows };
  const end = recording.limited && !hasRoundAfter(firstFlagged, view)
    ? "stopped-by-limit"
    : "not-limited";
  return {
    schema: "auxtail.replay/2",
    input: {
      container: "file",
      byteOrder: "little",
      finalised: recorder !== null,
      compressed: false,
      trailingBytes: 0,
      strayTexts: [],
      secondRecording: null,
      cut: null,
      damage: null,
    },
    recording: {
      arch: recorder && recorder.arch,
      kernelIs64Bit: recorder && is64Bit(recorder.arch),
      perfVersion: recorder && recorder.perfVersion,
      hostname: recorder && recorder.hostname,
      cmdline: recorder && recorder.commandLine,
      auxtraceType: traceOf(recording.pmu),
      mode: "full",
    },
    basis: "chunks",
    limit: { bits: 32, maxTail: hex(LIMIT) },
    judgement: {
      generic: { refuses: flagged.length > 0 },
      released: released(recorder, flagged.length > 0, end),
    },
    perf: "generic",
    totals: {
      queues: 1,
      ...sum,
      auxRecords: aux.length,
      ...limits,
      gaps: gaps.length,
      truncatedRecords: 0,
      partialRecords: 0,
      collisionRecords: 0,
      lostRecords: 0,
      errorRecords: 0,
    },
    queues: [{
      idx: first.idx,
      ...owner,
      ...sum,
      firstOffset: hex(first.auxOffset),
      lastTail: hex(lastTail.tail),
      lastTailExact: lastTail.exact,
      lastTailWindow: lastTail.exact ? null : lastTail.window.map(hex),
      headroomBytes,
      ...limits,
      firstFlagged,
      gaps,
      ...rates(view, headroomBytes),
      dataBytes: view.dataBytes,
      recorder: flagged.length === 0 ? "unknown" : end,
    }],
    flagged: flagged.map((tail) => ({ queue: first.idx, ...tail })),
    losses: gaps.map((gap) => ({ queue: first.idx, ...owner, ...gap })),
    lossCounts: { ...NO_LOSSES, missing: gaps.length },
    dataRings: [{ ...owner, bytes: view.dataBytes, over32Bits: false }],
    verdict: flagged.length > 0 ? "exceeds" : "fits",
    exitCode: flagged.length > 0 ? 1 : 0,
  };
}

/** What the first chunk does not hold of what came before it, and the last of what came after. */
function missingRanges(
  start: bigint,
  { tail, exact, window: [, highest] }: ReturnType<typeof tailOfLast>,
  aux: readonly AuxLine[],
) {
  const end = aux.reduce((end, record) => max(end, record.auxOffset + record.auxSize), 0n);
  const from = aux.reduce((from, { auxOffset }) => from < auxOffset ? from : auxOffset, start);
  return [{ from, to: start }, { from: exact ? tail : highest, to: end }]
    .filter(({ from, to }) => from < to)
    .map((range) => {
      const { fileOffset, timeNs } = aux.find(({ auxOffset, auxSize }) =>
        auxOffset <= range.from && auxOffset + auxSize > range.from
      )!;
      return { ...range, fileOffset, timeNs };
    });
}

/** What the released perf does; where the machine has no name, its recorder's end tells it of x86. */
function released(recorder: RecorderFacts | null, isFlagged: boolean, end: string) {
  const arch = recorder && recorder.arch;
  if (recorder !== null || end === "stopped-by-limit") {
    const { accessor, refuses, tornReads } = RELEASED[arch ?? "x86_64"];
    return {
      arch,
      accessor,
      refuses: refuses && isFlagged,
      tornReads: tornReads && isFlagged,
    };
  }
  const ifFlagged = isFlagged ? null : false;
  return { arch, accessor: "unknown", refuses: ifFlagged, tornReads: ifFlagged };
}

/** What perf calls the trace of a PMU: the name without the PMU's number. */
function traceOf(pmu: string): string {
  return pmu.replace(/_?\d+(?:_\d+)?$/, "");
}

function is64Bit(arch: RecorderFacts["arch"]): boolean {
  return arch.endsWith("64");
}

/**
 * What a replay has to say in short of a recording of any shape: from the module's parameters, from
 * how it was recorded and from perf's dump.
 */
export function expectedSummary(
  recording: LabRecording,
  { aux, auxtrace }: PerfView,
  { arch }: RecorderFacts,
): Record<string, unknown> {
  const isFull = recording.mode === "full";
  const exceeds = isFull && recording.stop > LIMIT;
  const { accessor, refuses, tornReads } = RELEASED[arch];
  return {
    arch,
    kernelIs64Bit: is64Bit(arch),
    auxtraceType: traceOf(recording.pmu),
    mode: recording.mode,
    container: recording.piped ? "pipe" : "file",
    compressed: recording.commandLine.includes("-z"),
    verdict: isFull ? exceeds ? "exceeds" : "fits" : "not-applicable",
    generic: isFull ? exceeds : null,
    released: isFull
      ? {
        arch,
        accessor,
        refuses: refuses && exceeds,
        tornReads: tornReads && exceeds,
      }
      : { arch, accessor, refuses: null, tornReads: false },
    queues: recording.rings,
    chunks: auxtrace.length,
    presentBytes: sizes(auxtrace),
    auxRecords: aux.length,
  };
}

/**
 * Whether a round ends after the first flagged chunk, which replay takes as the sign of a recorder
 * that went on. A 32-bit perf reads once more after it was refused a tail: mostly this fails, too,
 * but where no trace came meanwhile it does not, and a FINISHED_ROUND is written.
 */
function hasRoundAfter(flagged: { fileOffset: string } | null, { lastRound }: PerfView): boolean {
  return flagged !== null && lastRound !== null && lastRound > BigInt(flagged.fileOffset);
}

/** Time of the newest AUX record that ends at a tail or before it, where the records have times. */
function timeBefore(tail: bigint, { aux }: PerfView): string | null {
  const newest = aux.findLast(({ auxOffset, auxSize }) => auxOffset + auxSize <= tail);
  return newest?.timeNs?.toString() ?? null;
}

/** Exact if one AUX record, and no other, ends where the tail can be. */
function tailOfLast({ auxOffset, auxSize }: AuxtraceLine, { aux }: PerfView, above: bigint) {
  const end = auxOffset + auxSize;
  const window = [end + WINDOW_BELOW, end + above] as const;
  const ends = aux.map((record) => record.auxOffset + record.auxSize)
    .filter((end) => end >= window[0] && end <= window[1]);
  const exact = ends.length === 1;
  return { tail: exact ? ends[0]! : end, exact, window };
}

/** Bytes per second after the first AUX record, where the records have times. */
function rates({ aux }: PerfView, headroomBytes: number) {
  const times = aux.flatMap(({ timeNs }) => timeNs === null ? [] : [timeNs]);
  if (times.length < 2) {
    return { observedSeconds: null, bytesPerSecond: null, secondsToLimit: null, secondsLeft: null };
  }
  const observedSeconds = Number(times.at(-1)! - times[0]!) / 1e9;
  const rate = sizes(aux.slice(1)) / observedSeconds;
  const isLong = observedSeconds >= LEAST_SECONDS;
  return {
    observedSeconds,
    bytesPerSecond: rate,
    secondsToLimit: isLong ? Number(LIMIT + 1n) / rate : null,
    secondsLeft: isLong ? headroomBytes / rate : null,
  };
}

function sizes(records: readonly { readonly auxSize: bigint }[]): number {
  return records.reduce((sum, { auxSize }) => sum + Number(auxSize), 0);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
