import { assert, assertEquals, equal } from "@std/assert";
import { openPerfFile } from "../system/mod.ts";
import { expectedView, type KnownAnswer } from "./aux_expectation.ts";
import {
  auxRecordingNames,
  auxRecordingPath,
  isOfCorpus,
  perfFacts,
  readAuxFacts,
} from "./aux_facts.ts";
import { AUX_VIEWS, type AuxView } from "./aux_views.ts";
import { CORPUS_ANSWERS, type CorpusAnswer } from "./corpus_answers.ts";
import { fixturePath, oracleTest, twoAtATime } from "./corpus.ts";
import { newerPerfs } from "./perf_programs.ts";

const FACTS = readAuxFacts();
const FIXTURES = auxRecordingNames().filter((name) => !isOfCorpus(name));
const OF_CORPUS = auxRecordingNames().filter(isOfCorpus);

for (const view of Object.keys(AUX_VIEWS)) {
  const name = `${view} names the queues, chunks, bytes and losses that are in`;
  Deno.test(`${name} every AUX fixture`, () => compare(view, FIXTURES));
  oracleTest(`${name} the recordings of the corpus`, ["corpus"], () => compare(view, OF_CORPUS));
}

oracleTest("aux_facts.json holds what perf report -D says of the fixtures", ["perf"], () => {
  return compareWithPerf(FIXTURES);
});

oracleTest(
  "aux_facts.json holds what perf report -D says of the corpus",
  ["perf", "corpus"],
  () => compareWithPerf(OF_CORPUS),
);

async function compareWithPerf(names: readonly string[]): Promise<void> {
  const hasNewer = newerPerfs().length > 0;
  await twoAtATime(names, async (name) => {
    const known = FACTS[name];
    if (known?.from === "newer perf" && !hasNewer) return;
    const facts = await perfFacts(auxRecordingPath(name));
    if (facts === null) assertEquals([name, known?.from], [name, "reader"]);
    else assertEquals([name, facts], [name, known]);
  });
}

/** Compares a view of recordings with what it has to say; all that differ are named. */
function compare(view: string, names: readonly string[]): void {
  assert(names.length > 0);
  const seen: unknown[] = [];
  const wanted: unknown[] = [];
  for (const name of names) {
    const path = auxRecordingPath(name);
    using file = openPerfFile(path);
    const expected = expectedView(FACTS[name]!, answerOf(name, path));
    for (const [key, value] of Object.entries(AUX_VIEWS[view]!(file))) {
      const right = expected[key as keyof AuxView];
      if (equal(value, right)) continue;
      seen.push({ name, [key]: value });
      wanted.push({ name, [key]: right });
    }
  }
  assertEquals(seen, wanted);
}

/** What is known of a recording beside its records: worked out by hand, not by auxtail. */
function answerOf(name: string, path: string): KnownAnswer {
  const fileSize = Deno.statSync(path).size;
  return isOfCorpus(name)
    ? { fileSize, ...corpusAnswer(CORPUS_ANSWERS[name]!) }
    : { fileSize, ...fixtureAnswer(name) };
}

function corpusAnswer(
  { mode, basis, isBts, released: [arch], queues, losses }: CorpusAnswer,
): Omit<KnownAnswer, "fileSize"> {
  return {
    mode,
    basis,
    arch,
    isBts,
    lastTails: queues.map(([idx, cpu, tid, , , , , lastTail]) => ({ idx, cpu, tid, lastTail })),
    losses: losses.map(([idx, kind, fileOffset, from, to]) => {
      return { idx, cpu: null, tid: null, kind, fileOffset, from, to };
    }),
  };
}

function fixtureAnswer(name: string): Omit<KnownAnswer, "fileSize"> {
  const { recording, basis, queues, losses } = JSON.parse(
    Deno.readTextFileSync(fixturePath(`${name}.replay.json`)),
  );
  return {
    mode: recording.mode,
    basis,
    arch: recording.arch,
    isBts: recording.auxtraceType === "intel_bts",
    lastTails: queues.map((queue: JsonFields) => ({
      ...queue,
      lastTail: positionOf(queue.lastTail),
    })),
    losses: losses.map(({ queue, ...loss }: JsonFields) => ({
      ...loss,
      idx: queue,
      fileOffset: Number(loss.fileOffset),
      from: positionOf(loss.from),
      to: positionOf(loss.to),
    })),
  };
}

type JsonFields = Readonly<Record<string, string | null>>;

function positionOf(text: string | null | undefined): bigint | null {
  return text ? BigInt(text) : null;
}
