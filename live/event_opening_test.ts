import { assert, assertEquals } from "@std/assert";
import type { SampleRecord } from "../parsers/perf/mod.ts";
import { oracleTest } from "../testing/corpus.ts";
import { type DataRing, openDataRing } from "./data_ring.ts";
import { EventSyntaxError } from "./event_syntax_error.ts";
import { parseEvents } from "./event_syntax.ts";
import { perfEventOpen } from "./perf_event.ts";
import { SyscallError } from "./syscall_error.ts";
import { kernelFiles } from "./system_files.ts";

const WANTED = 20;
/** Work is bounded, since no clock tells when it is enough. */
const MOST_TURNS = 2000;

/** Works until the ring has some samples, or the bound is reached. */
function samplesWhile(work: () => void, ring: DataRing): SampleRecord[] {
  const samples: SampleRecord[] = [];
  for (let turn = 0; turn < MOST_TURNS && samples.length < WANTED; turn++) {
    work();
    for (const record of ring.records()) if (record.type === "sample") samples.push(record);
  }
  return samples;
}

function spin(): void {
  let sum = 0;
  for (let turn = 0; turn < 1e6; turn++) sum += turn;
  assert(sum > 0);
}

/** Touches memory that was never touched before. */
function fault(): void {
  new Uint8Array(1 << 24).fill(1);
}

/** Opens the one event of a text as it is, and takes samples of it. */
function sample(text: string, work: () => void): SampleRecord[] {
  const [event] = parseEvents(text, kernelFiles);
  using file = perfEventOpen(event!.attr);
  using ring = openDataRing(file);
  return samplesWhile(work, ring);
}

oracleTest(
  "perfEventOpen() samples with the attr of parseEvents() as it is",
  ["perf events"],
  () => {
    const texts = [
      "cpu-clock",
      "cpu-clock/freq=1000/",
      "task-clock:u",
      "cpu-clock/period=100000/u",
    ];
    for (const text of texts) {
      const samples = sample(text, spin);
      assert(samples.length >= WANTED, `${text}: ${samples.length} samples`);
      assertEquals([text, samples[0]!.pid], [text, Deno.pid]);
    }
    const faults = sample("page-faults/period=1/u", fault);
    assert(faults.length >= WANTED, `${faults.length} samples of page faults`);
  },
);

oracleTest(
  "perfEventOpen() takes one sample every N events of a term period=N",
  ["perf events"],
  () => {
    const open = (text: string) => perfEventOpen(parseEvents(text, kernelFiles)[0]!.attr);
    using each = open("page-faults/period=1/u");
    using some = open("page-faults/period=64/u");
    using ofEach = openDataRing(each, { size: 1 << 21 });
    using ofSome = openDataRing(some, { size: 1 << 21 });
    fault();
    const [all, few] = [ofSome, ofEach].map((ring) =>
      [...ring.records()].filter(({ type }) => type === "sample").length
    ).reverse() as [number, number];
    // Both see the same faults, but for those before the second was opened and after it was read.
    assert(few <= all / 64 + 1, `${all}, ${few}`);
  },
);

oracleTest("perfEventOpen() samples a group as {LEADER,MEMBER}:S says", ["perf events"], () => {
  const [leader, member] = parseEvents("{cpu-clock/period=100000/,page-faults}:Su", kernelFiles);
  using first = perfEventOpen(leader!.attr);
  using second = perfEventOpen(member!.attr, { group: first });
  using ring = openDataRing(first);
  ring.add(second);
  const samples = samplesWhile(spin, ring);
  assert(samples.length >= WANTED);
  for (const { id, read } of samples) {
    assertEquals([id, read?.values.map(({ id }) => id)], [first.id, [first.id, second.id]]);
  }
});

oracleTest("perfEventOpen() samples tracepoints with their fields", ["perf events"], () => {
  const samples = sampleOr("raw_syscalls:sys_enter", () => void kernelFiles.text("/proc/stat"));
  if (samples === null) return;
  assert(samples.length >= WANTED);
  assert(samples.every(({ raw, cpu }) => raw !== undefined && cpu !== null));
});

oracleTest("perfEventOpen() samples hardware events, where there are some", ["perf events"], () => {
  for (const text of ["cycles:u", "instructions/period=100000/u"]) {
    const samples = sampleOr(text, spin);
    if (samples !== null) assert(samples.length >= WANTED, `${text}: ${samples.length} samples`);
  }
});

/** Samples of an event; null, said aloud, where the kernel refuses it. */
function sampleOr(text: string, work: () => void): SampleRecord[] | null {
  try {
    return sample(text, work);
  } catch (error) {
    if (!(error instanceof SyscallError || error instanceof EventSyntaxError)) throw error;
    return skip(`${text}: ${error.message}`);
  }
}

function skip(reason: string): null {
  Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: ${reason}\n`));
  return null;
}

oracleTest("PerfEventFd.enabled tells what the flags ask for", ["perf events"], () => {
  const cases: [flags: ("disabled" | "enableOnExec")[], enabled: boolean][] = [
    [[], true],
    [["disabled"], false],
    [["disabled", "enableOnExec"], true],
  ];
  for (const [flags, enabled] of cases) {
    using event = perfEventOpen({ type: 1, config: 0n, samplePeriod: 1_000_000n, flags });
    assertEquals([flags, event.enabled], [flags, enabled]);
  }
});
