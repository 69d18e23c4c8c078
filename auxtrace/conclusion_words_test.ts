import { assertEquals } from "@std/assert";
import { FormatError } from "../parsers/internal.ts";
import { QUEUE } from "../testing/report_data.ts";
import { conclude, type ConclusionFacts, mayFit } from "./conclusion.ts";
import { NO_LOSSES } from "./losses.ts";
import type { FlaggedTail, QueueReport, ReplayReport } from "./report.ts";

const GIB_4 = 0x1_0000_0000n;

type Findings = Parameters<typeof conclude>[0];
type Released = Findings["judgement"]["released"];

const NO_FACTS: ConclusionFacts = {
  highestHead: 0n,
  damage: [],
  lacksEvents: false,
  isMissingExact: true,
  hasWrapped: false,
};

const COMPAT: Released = {
  arch: "x86_64",
  accessor: "compat",
  refuses: true,
  tornReads: false,
  why: "Why.",
};

/** Queue 0 of CPU 0 with a tail at 1 MiB, and nothing else known of it. */
function queue(facts: Partial<QueueReport> = {}): QueueReport {
  return { ...QUEUE, lastTail: 1n << 20n, headroomBytes: 2 ** 32 - 1 - 2 ** 20, ...facts };
}

/** A first flagged tail, 64 bytes over 4 GiB unless given. */
function flagged(facts: Partial<FlaggedTail> = {}): Omit<FlaggedTail, "queue"> {
  return {
    chunk: 3,
    fileOffset: 0x1000,
    auxOffset: GIB_4,
    size: 64,
    tail: GIB_4 + 64n,
    tailExact: true,
    timeNs: null,
    ...facts,
  };
}

/** The queue whose first flagged tail that is. */
function over(facts: Partial<QueueReport> = {}, tail: Partial<FlaggedTail> = {}): QueueReport {
  const rest = { lastTail: GIB_4 + 64n, headroomBytes: 0, flaggedTails: 1 };
  return queue({ ...rest, firstFlagged: flagged(tail), ...facts });
}

/** Parts of findings that differ from those of a full trace in which every tail fits. */
interface Parts extends Partial<Omit<Findings, "totals" | "lossCounts" | "judgement" | "input">> {
  readonly totals?: Partial<Findings["totals"]>;
  readonly lossCounts?: Partial<Findings["lossCounts"]>;
  readonly input?: Partial<Findings["input"]>;
  readonly released?: Partial<Released>;
  readonly mode?: ReplayReport["recording"]["mode"];
}

function words(
  { totals, lossCounts, input, released, mode = "full", ...parts }: Parts,
  facts: Partial<ConclusionFacts> = {},
): ReturnType<typeof conclude> {
  const findings: Findings = {
    input: {
      container: "file",
      byteOrder: "little",
      finalised: true,
      compressed: false,
      trailingBytes: 0,
      strayTexts: [],
      secondRecording: null,
      cut: null,
      damage: null,
      packed: null,
      ...input,
    },
    recording: { auxtraceType: "intel_pt", mode } as Findings["recording"],
    basis: "chunks",
    limit: { bits: 32, maxTail: GIB_4 - 1n },
    judgement: { generic: { refuses: true, why: "" }, released: { ...COMPAT, ...released } },
    perf: "generic",
    totals: {
      queues: 1,
      chunks: 1,
      auxBytes: 64,
      announcedBytes: 64,
      presentBytes: 64,
      missingBytes: 0,
      truncatedRecords: 0,
      partialRecords: 0,
      collisionRecords: 0,
      lostRecords: 0,
      lostEvents: 0,
      errorRecords: 0,
      flaggedTails: 0,
      bytesAfterLimit: 0,
      tornReadWindows: 0,
      gaps: 0,
      ...totals,
    } as Findings["totals"],
    queues: [queue()],
    flagged: [],
    losses: [],
    lossCounts: { ...NO_LOSSES, ...lossCounts },
    dataRings: [],
    verdict: "fits",
    ...parts,
  };
  return conclude(findings, { ...NO_FACTS, ...facts });
}

const conclusion = (parts: Parts): string => words(parts).conclusion;

const FITS = "Every tail fits in 32 bits: a 32-bit perf can record this. " +
  "Queue 0 (CPU 0) has the least headroom: 4 GiB, 99 % of 4 GiB.";

Deno.test("conclude() answers what stores no tail", () => {
  const answers = [
    [
      { verdict: "no-aux", recording: { auxtraceType: null } as Findings["recording"] },
      "There is no AUX data in this recording, so there is no AUX tail to store.",
    ],
    [
      { verdict: "no-aux", mode: "none" },
      "There is no AUX data in this recording, so there is no AUX tail to store. It was to hold " +
      "intel_pt trace; none was recorded, or none was kept.",
    ],
    [
      { verdict: "not-applicable", mode: "sample" },
      "The AUX data is in samples: no tail is ever stored, so a 32-bit perf can record this.",
    ],
    [
      { verdict: "not-applicable", mode: "snapshot" },
      "These are snapshots: no tail is ever stored, so a 32-bit perf can record this.",
    ],
  ] as const;
  for (const [parts, answer] of answers) assertEquals(conclusion(parts), answer);
});

Deno.test("conclude() says where the input is cut, or damaged", () => {
  const place = { fileOffset: 0x1f0, reason: "why", cure: "what to do" };
  const cutBy = (fault: "truncated" | "corrupt") =>
    conclusion({ verdict: "incomplete", input: { cut: { ...place, fault } } });
  assertEquals(
    cutBy("truncated"),
    "No tail before the cut needs more than 32 bits, but the input is cut at 0x1f0: what came " +
      "after is not known.",
  );
  assertEquals(
    cutBy("corrupt"),
    "No tail before the damage needs more than 32 bits, but the input is damaged at 0x1f0: what " +
      "came after is not known.",
  );
  assertEquals(
    conclusion({ verdict: "incomplete", input: { damage: { ...place, fault: "corrupt" } } }),
    "Whether every tail fits in 32 bits is not known: at 0x1f0 a position lies beyond 2^64.",
  );
});

Deno.test("conclude() names the queue that has the least headroom, or would be first at the limit", () => {
  assertEquals(conclusion({}), FITS);
  const half = queue({ idx: 3, cpu: null, tid: 7, headroomBytes: 2 ** 31 });
  assertEquals(
    conclusion({ queues: [queue(), half, queue({ idx: 4, headroomBytes: 2 ** 31 })] }),
    "Every tail fits in 32 bits: a 32-bit perf can record this. " +
      "Queue 3 (thread 7) has the least headroom: 2 GiB, 50 % of 4 GiB.",
  );
  const timed = (idx: number, secondsLeft: number) =>
    queue({ idx, secondsLeft, observedSeconds: 4 });
  assertEquals(
    conclusion({ queues: [half, timed(1, 50), timed(2, 30), timed(5, 30)] }),
    "Every tail fits in 32 bits: a 32-bit perf can record this. " +
      "Queue 2 (CPU 0) would reach 4 GiB first, after about 30 s more at the rate seen over 4 s.",
  );
  const limit = { bits: 20, maxTail: (1n << 20n) - 1n };
  assertEquals(
    conclusion({ limit, queues: [queue({ headroomBytes: 2 ** 18 })] }),
    "Every tail fits in 20 bits. Queue 0 (CPU 0) has the least headroom: 256 KiB, 25 % of the " +
      "limit of 20 bits.",
  );
  assertEquals(
    conclusion({ queues: [queue({ headroomBytes: null })] }),
    "No tail is known, so whether a 32-bit perf can record this is not known.",
  );
  // A queue of which no tail is known says nothing of the limit.
  assertEquals(conclusion({ queues: [queue({ idx: 1, headroomBytes: null }), queue()] }), FITS);
});

Deno.test("conclude() puts losses after the answer, and before it where no chunk is there", () => {
  const totals = { missingBytes: 4096 };
  const missing = [{ kind: "missing", from: 0x10n, to: 0x1010n, fileOffset: 8, timeNs: null }];
  const lacking = queue({ missingBytes: 4096, gaps: missing as unknown as QueueReport["gaps"] });
  const lacks = "4 KiB of the trace of queue 0 (CPU 0) (0x10 to 0x1010) was announced but is not " +
    "in this file.";
  assertEquals(
    conclusion({ totals, queues: [lacking] }),
    "Every tail fits in 32 bits: a 32-bit perf can record this. " + lacks +
      " Queue 0 (CPU 0) has the least headroom: 4 GiB, 99 % of 4 GiB.",
  );
  assertEquals(
    conclusion({ totals, queues: [lacking], basis: "announcements" }),
    "AUX records announce 4 KiB of trace data, and this file holds none of it. By the AUX " +
      "records, every tail fits in 32 bits. Queue 0 (CPU 0) has the least headroom: 4 GiB, 99 % " +
      "of 4 GiB.",
  );
});

Deno.test("conclude() says whose bytes are missing, and how many ranges there are", () => {
  const range = (from: bigint, to: bigint, kind = "missing") => (
    { kind, from, to, fileOffset: 8, timeNs: null }
  );
  const lost = (bytes: number, gaps: unknown[], ...others: QueueReport[]) => {
    const own = queue({ missingBytes: bytes, gaps: gaps as QueueReport["gaps"] });
    const missingBytes = bytes * (1 + others.filter(({ missingBytes }) => missingBytes > 0).length);
    const queues = [queue({ idx: 9 }), own, ...others];
    return conclusion({ totals: { missingBytes }, queues, verdict: "no-aux" }).split("store. ")[1];
  };
  assertEquals(
    lost(1, [range(0n, 1n)]),
    "1 byte of the trace of queue 0 (CPU 0) (0x0 to 0x1) was announced but is not in this file.",
  );
  assertEquals(
    lost(2, [range(0n, 1n), range(5n, 9n, "gap"), range(0x10n, 0x11n)]),
    "2 bytes of the trace of queue 0 (CPU 0) (2 ranges, the first 0x0 to 0x1) were announced but " +
      "are not in this file.",
  );
  assertEquals(
    lost(2, [range(5n, 9n, "gap")]),
    "2 bytes of the trace of queue 0 (CPU 0) were announced but are not in this file.",
  );
  assertEquals(
    lost(2, [range(0n, 2n)], queue({ idx: 1, missingBytes: 2 }), queue({ idx: 2 })),
    "4 bytes of the traces of 2 queues were announced but are not in this file.",
  );
});

Deno.test("conclude() says what the kernel lost, each kind only where it is there", () => {
  const lost = (parts: Parts) => {
    const { conclusion } = words({ ...parts, verdict: "no-aux", mode: parts.mode ?? "full" });
    return conclusion.split("to store.")[1]!.trim();
  };
  const kernel = "The kernel lost trace data: ";
  assertEquals(lost({}), "");
  assertEquals(
    lost({ totals: { truncatedRecords: 1 } }),
    `${kernel}1 AUX record TRUNCATED.`,
  );
  assertEquals(
    lost({ totals: { partialRecords: 2, collisionRecords: 1 } }),
    `${kernel}2 AUX records PARTIAL, 1 COLLISION.`,
  );
  assertEquals(
    lost({ totals: { truncatedRecords: 3, partialRecords: 1, collisionRecords: 4 } }),
    `${kernel}3 AUX records TRUNCATED, 1 PARTIAL, 4 COLLISION.`,
  );
  const silent =
    "stayed silent after a full AUX buffer: the kernel stopped and did not start again.";
  assertEquals(lost({ lossCounts: { silent: 1 } }), `1 queue ${silent}`);
  assertEquals(lost({ lossCounts: { silent: 2 } }), `2 queues ${silent}`);
  const ring = (lostRecords: number, lostEvents: number) => ({
    totals: { lostRecords, lostEvents },
  });
  assertEquals(lost(ring(1, 1)), "1 record was lost from the data rings.");
  assertEquals(lost(ring(1, 17)), "17 records were lost from the data rings.");
  assertEquals(lost(ring(1, 0)), "0 records were lost from the data rings.");
  const recording = { auxtraceType: null, mode: "none" } as Findings["recording"];
  assertEquals(lost({ ...ring(1, 17), recording }), ""); // nothing of the trace
  assertEquals(lost({ totals: { errorRecords: 1 } }), "perf reported 1 decoding error.");
  assertEquals(lost({ totals: { errorRecords: 2 } }), "perf reported 2 decoding errors.");
  assertEquals(
    lost({ totals: { truncatedRecords: 1, errorRecords: 1 }, lossCounts: { silent: 1 } }),
    `${kernel}1 AUX record TRUNCATED. 1 queue ${silent} perf reported 1 decoding error.`,
  );
  // First what is missing, then what the kernel lost, and then who else lost what.
  assertEquals(
    lost({
      totals: {
        missingBytes: 2,
        truncatedRecords: 1,
        errorRecords: 1,
        lostRecords: 1,
        lostEvents: 2,
      },
      lossCounts: { silent: 1 },
      queues: [queue({ missingBytes: 2 })],
    }),
    "2 bytes of the trace of queue 0 (CPU 0) were announced but are not in this file. " +
      `${kernel}1 AUX record TRUNCATED. 1 queue ${silent} 2 records were lost from the data ` +
      "rings. perf reported 1 decoding error.",
  );
});

const REFUSED = "would have stopped at the tail 0x100000040 of queue 0 (CPU 0), which needs more " +
  "than 32 bits";
const GENERIC = `A 32-bit perf with the accessors of the v4 patch`;

/** The answer where the chosen perf refuses a tail. */
function exceeds(parts: Parts): string {
  return conclusion({
    verdict: "exceeds",
    queues: [over()],
    totals: { flaggedTails: 1 },
    ...parts,
  });
}

Deno.test("conclude() says which perf would have stopped, where, when, and what it would have lost", () => {
  const too = "A released 32-bit perf on x86_64 refuses it, too.";
  assertEquals(exceeds({}), `${GENERIC} ${REFUSED}. ${too}`);
  assertEquals(
    exceeds({ totals: { bytesAfterLimit: 2048 } }),
    `${GENERIC} ${REFUSED}, and lost at least the 2 KiB that follow. ${too}`,
  );
  assertEquals(
    exceeds({ queues: [over({}, { timeNs: 5_000_000_001n })] }),
    `${GENERIC} ${REFUSED}, at 5.000000001 s of its clock. ${too}`,
  );
  assertEquals(
    exceeds({ queues: [over({}, { tailExact: false })] }),
    `${GENERIC} ${REFUSED.replace("tail 0x", "tail ~0x")}. ${too}`,
  );
  assertEquals(exceeds({ perf: "released" }), `A released 32-bit perf on x86_64 ${REFUSED}.`);
  assertEquals(
    exceeds({ perf: "released", released: { arch: null } }),
    `A released 32-bit perf ${REFUSED}.`,
  );
  const limit = { bits: 20, maxTail: (1n << 20n) - 1n };
  assertEquals(exceeds({ limit }), `A limit of 20 bits ${REFUSED.replace("32", "20")}.`);
  assertEquals(
    exceeds({ queues: [over({ recorder: "not-limited" })] }),
    "The perf that made this recording was not limited: it continued past 4 GiB. " +
      `${GENERIC} ${REFUSED}. ${too}`,
  );
});

Deno.test("conclude() says what a released perf would have done beside the v4 patch", () => {
  const released = (facts: Partial<Released>) => exceeds({ released: facts }).split("bits. ")[1];
  assertEquals(released({ arch: null }), "A released 32-bit perf refuses it, too.");
  assertEquals(
    released({ refuses: false, accessor: "arm", why: "On Arm." }),
    "A released 32-bit perf would not have stopped. On Arm.",
  );
  assertEquals(
    released({ refuses: null, accessor: "unknown", why: "No name." }),
    "What a released 32-bit perf does is not known. No name.",
  );
  assertEquals(
    exceeds({ released: { refuses: false, accessor: "plain" } }),
    `${GENERIC}, if it took the kernel for a 64-bit one, ${REFUSED}. ` +
      "A released 32-bit perf would not have stopped. Why.",
  );
});

Deno.test("conclude() names the queue whose flagged tail is first in the file and surely over", () => {
  const name = (...queues: QueueReport[]) => / of (queue \d)/.exec(exceeds({ queues }))?.[1];
  const first = over({ idx: 2 }, { fileOffset: 0x800 });
  assertEquals(name(over({ idx: 1 }), first, over({ idx: 3 })), "queue 2");
  assertEquals(name(first, over({ idx: 1 })), "queue 2");
  // In two files of a directory, both can stand at the same place.
  assertEquals(name(over({ idx: 1 }), over({ idx: 3 })), "queue 1");
  const unsure = over(
    { idx: 4, lastTailWindow: [GIB_4 - 1n, GIB_4 + 6n] },
    { fileOffset: 0x10, tailExact: false, tail: GIB_4 + 6n },
  );
  assertEquals(name(unsure, over({ idx: 1 })), "queue 1");
  assertEquals(name(unsure), "queue 4");
});

Deno.test("conclude() says that a last tail may have fitted where its window reaches the limit", () => {
  const last = (lowest: bigint, timeNs: bigint | null = null) =>
    over(
      { lastTailWindow: [lowest, lowest + 7n] },
      { tailExact: false, tail: lowest + 7n, timeNs },
    );
  assertEquals(
    exceeds({ queues: [last(GIB_4 - 1n, 7n)] }),
    `${GENERIC} may have stopped at the last tail of queue 0 (CPU 0), at 0.000000007 s of its ` +
      "clock: it lies from 0xffffffff to 0x100000006, and above 0xffffffff it needs more than " +
      "32 bits.",
  );
  const cases = [[GIB_4 - 2n, true], [GIB_4 - 1n, true], [GIB_4, false]] as const;
  for (const [lowest, may] of cases) {
    assertEquals([lowest, mayFit(last(lowest), GIB_4 - 1n)], [lowest, may]);
  }
  assertEquals(mayFit(queue({ lastTailWindow: [0n, 7n] }), GIB_4 - 1n), false);
  assertEquals(mayFit(over({ lastTailWindow: [0n, 7n] }), GIB_4 - 1n), false); // exact
  assertEquals(mayFit(over({}, { tailExact: false }), GIB_4 - 1n), false); // without a window
});

Deno.test("conclude() says that the limit stopped the recorder, and which one it was", () => {
  const stopped = (parts: Parts) =>
    exceeds({ queues: [queue({ idx: 5 }), over({ recorder: "stopped-by-limit" })], ...parts });
  const tail =
    "could not store the tail 0x100000040 of queue 0 (CPU 0), which needs more than 32 " +
    "bits, and";
  const quit = `This recording was stopped by the limit: a 32-bit perf ${tail} quit without ` +
    "finishing the file.";
  const unfinished = { input: { finalised: false } };
  assertEquals(
    stopped({}),
    `This recording was stopped by the limit: its 32-bit accessor ${tail} ended the recording.`,
  );
  assertEquals(stopped(unfinished), quit);
  const patched =
    "stores such tails, so the recorder had the accessors of the v4 patch; or it was " +
    "another perf, and was killed there.";
  const arm = { arch: "aarch64", accessor: "arm" } as const;
  assertEquals(
    stopped({ ...unfinished, released: arm }),
    `${quit} A released 32-bit perf on aarch64 ${patched}`,
  );
  assertEquals(stopped({ ...unfinished, released: { ...arm, arch: null } }), quit);
  assertEquals(stopped({ released: arm }).includes("v4 patch"), false); // the accessor is its own
  // A queue in which the recorder continued shows that it was not stopped.
  const both = [over({ recorder: "stopped-by-limit" }), over({ recorder: "not-limited" })];
  assertEquals(exceeds({ queues: both }).includes("stopped by the limit"), false);
});

Deno.test("conclude() says that the chosen perf stores what needs more bits", () => {
  const stored = (flaggedTails: number, refuses: boolean | null) =>
    conclusion({ totals: { flaggedTails }, released: { refuses, why: "On Arm." } });
  assertEquals(stored(1, false), "1 tail needs more than 32 bits; this perf stores them. On Arm.");
  assertEquals(stored(2, false), "2 tails need more than 32 bits; this perf stores them. On Arm.");
  assertEquals(
    stored(2, null),
    "2 tails need more than 32 bits; whether this perf stores them is not known. On Arm.",
  );
});

Deno.test("conclude() advises where less than a quarter is left, by what the released perf does", () => {
  const ways = "Use snapshot mode (-S), shorter runs, filters, or a 64-bit perf.";
  const linux32 = `${ways} Under "linux32 perf record" a 32-bit perf takes the kernel for a ` +
    "32-bit one and refuses nothing, at the risk of a torn read above 4 GiB.";
  const arm = `${ways} On Arm a 32-bit perf of version 5.15 or later stores every tail, too.`;
  const tight = [queue({ headroomBytes: null }), queue({ headroomBytes: 2 ** 30 - 1 }), queue()];
  const advice = (accessor: Released["accessor"], parts: Parts = {}) =>
    words({ queues: tight, ...parts, released: { accessor } }).advice;
  assertEquals(advice("compat"), linux32);
  assertEquals(advice("unknown"), linux32);
  assertEquals(advice("plain"), ways);
  assertEquals(advice("arm"), arm);
  assertEquals(advice("arm", { totals: { flaggedTails: 1 } }), ways);
  // The released perf of these machines never refuses a tail.
  assertEquals(advice("arm", { perf: "released" }), null);
  assertEquals(advice("plain", { perf: "released" }), null);
  assertEquals(advice("compat", { perf: "released" }), linux32);
  assertEquals(advice("compat", { queues: [queue({ headroomBytes: 2 ** 30 })] }), null);
  assertEquals(advice("compat", { queues: [queue({ headroomBytes: null })] }), null);
  const limit = { bits: 20, maxTail: (1n << 20n) - 1n };
  assertEquals(advice("compat", { limit, queues: [queue({ headroomBytes: 1 })] }), null);
});

Deno.test("conclude() notes the first five damages, and how many more there are", () => {
  const damage = (count: number) =>
    Array.from(
      { length: count },
      (_, offset) =>
        new FormatError("corrupt", { structure: "x", offset, expected: "a", actual: "b" }),
    );
  const notes = (count: number) => words({}, { damage: damage(count) }).notes;
  const messages = (count: number) =>
    damage(count).map(({ message, cure }) => `${message}; ${cure}`);
  assertEquals(notes(0), []);
  assertEquals(notes(5), messages(5));
  assertEquals(notes(6), [...messages(5), "1 more of this kind."]);
  assertEquals(notes(8), [...messages(5), "3 more of this kind."]);
});

Deno.test("conclude() notes what makes the figures less certain", () => {
  const notes = (parts: Parts, facts?: Partial<ConclusionFacts>) => words(parts, facts).notes;
  assertEquals(notes({}, { highestHead: GIB_4 - 1n }), []);
  assertEquals(notes({}, { highestHead: GIB_4 }), [
    "Heads reach 0x100000000: a plain 32-bit read could tear them.",
  ]);
  assertEquals(notes({ totals: { lostRecords: 1, lostEvents: 9 } }), [
    "Records were lost (1 PERF_RECORD_LOST): the times of tails and the rates can be off, the " +
    "tails are not.",
  ]);
  const ring = (cpu: number | null, over32Bits: boolean) => (
    { cpu, tid: cpu === null ? 7 : null, bytes: 1, over32Bits }
  );
  assertEquals(notes({ dataRings: [ring(1, false), ring(2, true), ring(null, true)] }), [
    "The data ring of CPU 2 passed 4 GiB. No perf refuses its tails there; a 32-bit perf can read " +
    "a torn data_head.",
    "The data ring of thread 7 passed 4 GiB. No perf refuses its tails there; a 32-bit perf can " +
    "read a torn data_head.",
  ]);
  assertEquals(notes({}, { lacksEvents: true }), [
    "The recording describes no event: its attributes are missing or damaged, so nothing tells what " +
    "its samples hold.",
  ]);
  assertEquals(notes({}, { isMissingExact: false }), [
    "The missing bytes are an estimate: AUX records and chunks leave more separate ranges than are " +
    "kept apart.",
  ]);
  assertEquals(notes({}, { hasWrapped: true }), [
    "The recording's ARCH is that of a 32-bit kernel, so positions are taken modulo 4 GiB. If the " +
    "kernel was a 64-bit one (linux32), tails passed 4 GiB here.",
  ]);
  const all = notes(
    { totals: { lostRecords: 1, lostEvents: 9 }, dataRings: [ring(2, true)] },
    { highestHead: GIB_4, isMissingExact: false, hasWrapped: true },
  );
  assertEquals(all.map((note) => note.slice(0, 14)), [
    "Heads reach 0x",
    "Records were l",
    "The data ring ",
    "The missing by",
    "The recording'",
  ]);
});
