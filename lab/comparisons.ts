import { assertEquals } from "@std/assert";
import { openPerfFile, type PerfRecord } from "../mod.ts";
import { finalise } from "../testing/perf_repair.ts";
import { runCli } from "../testing/run_cli.ts";
import { expectedReplay, type RecorderFacts } from "./expected_replay.ts";
import { type Check, need } from "./guest/check.ts";
import { type LabRecording, RECORDINGS } from "./guest/recordings.ts";
import { type AuxLine, type AuxtraceLine, type PerfView, perfView } from "./perf_view.ts";
import { run } from "../testing/run_program.ts";

const AUX_RING_BYTES = 8192n;
/** Size of a record of Intel BTS; perf cuts the data at the end of the ring to whole ones. */
const BTS_BYTES = 24n;

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
  if (view.failure === null) {
    const { stdout } = await run(perf, ["report", "--header-only", "-I", "-i", path]);
    const fact = (key: string) => new RegExp(`^# ${key} : (.*)$`, "m").exec(stdout)?.[1] ?? "";
    const recorder = { perfVersion: fact("perf version"), hostname: fact("hostname") };
    return { recording, path, view, recorder };
  }
  const finished = `${path}.finished`;
  await Deno.writeFile(finished, finalise(await Deno.readFile(path)));
  const repaired = await perfView(finished, perf);
  if (repaired.failure !== null) throw new Error(repaired.failure);
  return { recording, path, view: { ...repaired, failure: view.failure }, recorder: null };
}

/** What `auxtail replay --format json` has to print, and its exit code. */
export async function expectation(left: Left, recording: LabRecording): Promise<unknown> {
  const { view, recorder } = await look(left, recording);
  return expectedReplay(recording, view, recorder);
}

type Fields = Record<string, unknown>;

interface ReplayAnswer extends Fields {
  readonly input: Fields;
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

/** Compares the records, one by one, and the whole answer of replay. */
async function comparesWithPerf(left: Left, recording: LabRecording): Promise<string> {
  const { path, view, recorder } = await look(left, recording);
  const last = view.aux.at(-1);
  const isWhole = last !== undefined && last.auxOffset + last.auxSize === recording.stop;
  need(isWhole !== recording.limited, `the last AUX record is at ${last?.auxOffset}`);
  using file = openPerfFile(path);
  const records = [...file.records()];
  assertEquals(records.flatMap(auxLine), view.aux);
  assertEquals(records.flatMap(auxtraceLine), view.auxtrace);
  const { code, stdout } = await runCli(["replay", "--format", "json", path], {
    permissions: [`--allow-read=${path}`],
  });
  const answer = withoutProse(stdout) as { queues: { recorder: string }[] };
  assertEquals({ ...answer, exitCode: code }, expectedReplay(recording, view, recorder));
  const bytes = verifyPayload(path, recording);
  const [queue] = answer.queues;
  return `${view.aux.length} AUX and ${view.auxtrace.length} AUXTRACE records, ${bytes} bytes, ` +
    `replay says "${queue?.recorder}"${
      recorder === null ? "; unfinished: read as a repaired copy" : ""
    }`;
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

/** Compares every recorded word that the module wrote with its offset, and returns their size. */
function verifyPayload(path: string, { start }: LabRecording): number {
  using file = openPerfFile(path);
  let bytes = 0;
  for (const chunk of file.auxChunks()) {
    if (chunk.auxOffset < start) continue;
    let expected = chunk.auxOffset;
    for (const word of new BigUint64Array(chunk.read().slice().buffer)) {
      const skipped = word - expected;
      const isCut = word % AUX_RING_BYTES === 0n && skipped > 0n && skipped < BTS_BYTES;
      need(word === expected || isCut, `the word at ${expected} of the trace is ${word}`);
      expected = word + 8n;
    }
    bytes += chunk.size;
  }
  return bytes;
}

/** Checks of the recordings that a guest left. */
export function comparisons(left: Left): Check[] {
  return RECORDINGS.map((recording) => ({
    name: `${recording.name}: replay and perf report -D agree on every AUX and AUXTRACE record`,
    run: () => comparesWithPerf(left, recording),
    skip: ({ impostors }) => impostors.includes("intel_bts") ? null : "there is no such recording",
  }));
}
