import { assertEquals } from "@std/assert";
import { openPerfFile, type PerfFile, type PerfRecord } from "../mod.ts";
import { queuePackets } from "../packets/mod.ts";
import { finalise } from "../testing/perf_repair.ts";
import { runCli } from "../testing/run_cli.ts";
import { expectedReplay, expectedSummary, type RecorderFacts } from "./expected_replay.ts";
import { type Check, need } from "./guest/check.ts";
import type { GuestTarget } from "./guest/_target.ts";
import { type LabRecording, recordingsOf, whyNot } from "./guest/recordings.ts";
import { type AuxLine, type AuxtraceLine, type PerfView, perfView } from "./perf_view.ts";
import { run } from "../testing/run_program.ts";

const AUX_RING_BYTES = 8192n;
/** Size of a record of Intel BTS; perf cuts the data at the end of the ring to whole ones. */
const BTS_BYTES = 24n;
/** What perf says of CoreSight where the module jumped: an AUX record claims what was never there. */
const JUMPED = /^CS ETM: Couldn't find auxtrace buffer for aux_offset: 0 /;
/** Size of a unit of packets. */
const PACKETS_BYTES = 64n;

/** What a guest left, and who reads it. */
export interface Left {
  /** Folder with the recordings. */
  readonly folder: string;
  /** A perf of the version of the guest's. */
  readonly perf: string;
}

/** A recording of the guest and what perf says about it. */
interface Compared {
  readonly recording: LabRecording;
  readonly path: string;
  readonly view: PerfView;
  readonly recorder: RecorderFacts | null;
}

/** Where a recording is in the folder of what the guest left. */
function pathOf(folder: string, { name }: LabRecording): string {
  return `${folder}/${name}.perf.data`;
}

/** Looks at a recording with perf: at a finished copy of one that perf refuses as unfinished. */
async function look(
  { folder, perf }: Left,
  recording: LabRecording,
): Promise<Compared> {
  const path = pathOf(folder, recording);
  const view = await perfView(path, perf);
  if (view.failure === null || JUMPED.test(view.failure)) {
    const { stdout } = await run(perf, ["report", "--header-only", "-I", "-i", path]);
    return { recording, path, view, recorder: factsOf(stdout, recording) };
  }
  const finished = `${path}.finished`;
  await Deno.writeFile(finished, finalise(await Deno.readFile(path)));
  const repaired = await perfView(finished, perf);
  if (repaired.failure !== null) throw new Error(repaired.failure);
  return { recording, path, view: { ...repaired, failure: view.failure }, recorder: null };
}

/** Reads what perf prints of the header. */
function factsOf(header: string, { commandLine }: LabRecording): RecorderFacts {
  const fact = (key: string) => new RegExp(`^# ${key} : (.*)$`, "m").exec(header)?.[1] ?? "";
  const command = fact("cmdline").trim();
  const arch = fact("arch") as RecorderFacts["arch"];
  return {
    arch,
    perfVersion: fact("perf version"),
    hostname: fact("hostname"),
    commandLine: command === commandLine[0] ? [command] : commandLine,
  };
}

/** What `auxtail replay --format json` has to print, and its exit code. */
export async function expectation(left: Left, recording: LabRecording): Promise<unknown> {
  const { view, recorder } = await look(left, recording);
  return expectedReplay(recording, view, recorder);
}

type Fields = Record<string, unknown>;

interface ReplayAnswer extends Fields {
  readonly input: Fields;
  readonly recording: Fields;
  readonly totals: Fields;
  readonly judgement: { readonly generic: Fields; readonly released: Fields };
  readonly losses: readonly Fields[];
}

/** What replay prints, without what the fixtures leave out. */
function withoutProse(json: string): unknown {
  const { input, totals, judgement, losses, ...rest }: ReplayAnswer = JSON.parse(json);
  const { conclusion: _c, notes: _n, advice: _a, ...answer } = rest;
  const { path: _p, packed: _k, ...inputFacts } = input;
  const { lostEvents: _l, ...counts } = totals;
  const { why: _g, ...generic } = judgement.generic;
  const { why: _r, ...released } = judgement.released;
  return {
    ...answer,
    input: inputFacts,
    totals: counts,
    judgement: { generic, released },
    losses: losses.map(({ remedy: _r, error: _e, ...loss }) => loss),
  };
}

/** Whether the whole answer of replay is derived, not only what it says in short. */
function isDerived({ mode, piped, rings, commandLine }: LabRecording): boolean {
  return mode === "full" && !piped && rings === 1 && !commandLine.includes("-z");
}

/** Compares the records, one by one, what was recorded, and the answer of replay. */
async function comparesWithPerf(left: Left, recording: LabRecording): Promise<string> {
  const { path, view, recorder } = await look(left, recording);
  need(view.auxtrace.length > 0, "perf sees no AUX data");
  using file = openPerfFile(path);
  comparesRecords(file, view, isDerived(recording));
  if (recording.mode === "full") needEnds(view, recording);
  const units = verifyPayload(file, recording);
  const { code, stdout } = await runCli(["replay", "--format", "json", path], {
    permissions: [`--allow-read=${path}`],
  });
  const answer = withoutProse(stdout) as ReplayAnswer & { queues: { recorder: string }[] };
  if (isDerived(recording)) {
    assertEquals({ ...answer, exitCode: code }, expectedReplay(recording, view, recorder));
  } else {
    need(recorder !== null, `perf refuses it: ${view.failure}`);
    assertEquals(summaryOf(answer), expectedSummary(recording, view, recorder));
  }
  const sayings = new Set(answer.queues.map(({ recorder }) => `"${recorder}"`));
  return `${view.aux.length} AUX and ${view.auxtrace.length} AUXTRACE records, ${units} units of the ` +
    `module, replay says ${[...sayings].join(", ")}${
      recorder === null ? "; unfinished: read as a repaired copy" : ""
    }`;
}

/** In a stream, and of what was compressed, perf counts positions in its own way. */
function comparesRecords(file: PerfFile, view: PerfView, hasPlaces: boolean): void {
  const place = <T extends { fileOffset: bigint }>(line: T) =>
    hasPlaces ? line : { ...line, fileOffset: null };
  const records = [...file.records()];
  assertEquals(records.flatMap(auxLine).map(place), view.aux.map(place));
  assertEquals(records.flatMap(auxtraceLine).map(place), view.auxtrace.map(place));
}

/** Everything is there up to where the module ends, unless the recorder ends before it. */
function needEnds({ aux, auxtrace }: PerfView, { stop, limited, start }: LabRecording): void {
  const ends = new Map<number, bigint>();
  for (const { idx, auxOffset, auxSize } of auxtrace) ends.set(idx, auxOffset + auxSize);
  const last = aux.at(-1);
  need(last !== undefined, "there is no AUX record");
  const announced = aux.reduce((end, { auxOffset, auxSize }) => {
    return auxOffset + auxSize > end ? auxOffset + auxSize : end;
  }, 0n);
  need((announced === stop) !== limited, `the AUX records end at 0x${announced.toString(16)}`);
  if (limited) return;
  for (const [idx, end] of ends) {
    const lacks = stop - end;
    need(lacks >= 0n && lacks < BTS_BYTES, `ring ${idx} ends at 0x${end.toString(16)}`);
  }
  need(
    start === 0n || auxtrace.some(({ auxOffset }) => auxOffset >= 1n << 32n),
    "no chunk starts above 4 GiB",
  );
}

function summaryOf({ input, recording, judgement, totals, verdict }: ReplayAnswer) {
  const { arch, kernelIs64Bit, auxtraceType, mode } = recording as Fields;
  const { container, compressed } = input;
  const { queues, chunks, presentBytes, auxRecords } = totals;
  return {
    ...{ arch, kernelIs64Bit, auxtraceType, mode, container, compressed, verdict },
    generic: judgement.generic.refuses,
    released: judgement.released,
    ...{ queues, chunks, presentBytes, auxRecords },
  };
}

function auxLine(record: PerfRecord): AuxLine[] {
  if (record.type !== "aux") return [];
  const { fileOffset, sampleId, auxOffset, auxSize, flags } = record;
  const timeNs = sampleId?.timeNs ?? null;
  return [{ fileOffset: BigInt(fileOffset), auxOffset, auxSize, timeNs, flags }];
}

function auxtraceLine(record: PerfRecord): AuxtraceLine[] {
  if (record.type !== "auxtrace") return [];
  const { fileOffset, auxOffset, auxSize, reference, idx, tid, cpu } = record;
  const place = { fileOffset: BigInt(fileOffset), auxOffset, auxSize };
  return [{ ...place, reference, idx, tid: tid ?? -1, cpu: cpu ?? -1 }];
}

/**
 * Compares every unit that the module wrote with its offset, and returns how many there are.
 *
 * @throws {Error} At the first that differs, and if there is none.
 */
export function verifyPayload(file: PerfFile, recording: LabRecording): number {
  const { payload, start } = recording;
  const units = payload === "words" ? verifyWords(file, start) : verifyPackets(file, recording);
  need(units > 0, "nothing of the module's is there");
  return units;
}

function verifyWords(file: PerfFile, start: bigint): number {
  let units = 0;
  for (const chunk of file.auxChunks()) {
    if (chunk.auxOffset < start) continue;
    let expected = chunk.auxOffset;
    const words = new BigUint64Array(chunk.read().slice().buffer);
    for (const word of words) {
      const skipped = word - expected;
      const isCut = word % AUX_RING_BYTES === 0n && skipped > 0n && skipped < BTS_BYTES;
      need(word === expected || isCut, `the word at ${expected} of the trace is ${word}`);
      expected = word + 8n;
    }
    units += words.length;
  }
  return units;
}

/** Decodes with auxtail: the addresses are those of the units that the chunks hold, and no other. */
function verifyPackets(file: PerfFile, { payload, start }: LabRecording): number {
  const expected: bigint[] = [];
  for (const { auxOffset, size } of file.auxChunks()) {
    const end = auxOffset + BigInt(size);
    for (let at = auxOffset; at < end; at += PACKETS_BYTES) if (at >= start) expected.push(at);
  }
  const kinds = payload === "etm" ? ["I_ADDR_L_64IS0"] : ["VA"];
  const found = queuePackets(file, { kinds }).filter(({ type }) => type === "packet")
    .map(({ fields }) => fields.address as bigint).toArray();
  assertEquals(sorted(found), sorted(expected));
  return found.length;
}

function sorted(offsets: readonly bigint[]): bigint[] {
  return offsets.toSorted((a, b) => Number(a - b));
}

/** Checks of the recordings that a guest left. */
export function comparisons(left: Left, target: Pick<GuestTarget, "impostors">): Check[] {
  return recordingsOf(target).map((recording) => ({
    name:
      `${recording.name}: auxtail and perf agree record by record, every byte is the module's, ` +
      "replay says what happened",
    run: () => comparesWithPerf(left, recording),
    skip: (target) => whyNot(recording, target),
  }));
}
