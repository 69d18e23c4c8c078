import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  cellsOf,
  chartQueue,
  mark,
  reportData,
  type ReportParts,
  textOf,
} from "../../testing/report_data.ts";
import { scanMarkup } from "../../testing/markup.ts";
import { MARK_KINDS } from "../mark_kinds.ts";
import { chartSection } from "./chart.ts";
import { flaggedSection } from "./flagged.ts";
import { lostSection } from "./lost.ts";
import { packetsSection } from "./packets.ts";
import { queuesSection } from "./queues.ts";
import { recordingLine, verdictSection } from "./verdict.ts";

const LIMIT = 2n ** 32n;
const NS = 1_000_000_000n;

/** A flagged tail of queue 0, 8 bytes over the limit, two seconds after the start. */
const FLAGGED = {
  queue: 0,
  chunk: 1,
  fileOffset: 0x100,
  auxOffset: LIMIT,
  size: 8,
  tail: LIMIT + 8n,
  tailExact: true,
  timeNs: 3n * NS,
};
const ARM = {
  refuses: true,
  why: "why.",
  arch: "armv7l",
  accessor: "unknown" as const,
  tornReads: false,
};

/** The heading of the answer: badge and sentence. */
function heading(parts: ReportParts): string {
  return textOf(`${verdictSection(reportData(parts))}`.match(/<h2.*?<\/h2>/s)![0]);
}

/** Names and values of the answer's figures. */
function figuresOf(parts: ReportParts): string[] {
  const [, list] = /<dl class="figures">(.*?)<\/dl>/s.exec(`${verdictSection(reportData(parts))}`)!;
  return list!.split("<div>").slice(1).map(textOf);
}

Deno.test("verdictSection() says what fits, and what is not known of it", () => {
  const fits = "This recording is within 32 bits.";
  assertEquals(heading({}), `Fits ${fits}`);
  assertEquals(
    heading({ totals: { presentBytes: 0, missingBytes: 9 } }),
    "No data This file holds none of the trace data.",
  );
  assertEquals(
    heading({ totals: { presentBytes: 1, missingBytes: 1 } }),
    "Fits What this file holds is within 32 bits; 1 B are missing.",
  );
  for (const [silent, queues] of [[1, "1 queue"], [2, "2 queues"]] as const) {
    assertEquals(
      heading({ lossCounts: { silent } }),
      `Fits Within 32 bits, but the kernel stopped ${queues} on the way.`,
    );
  }
});

Deno.test("verdictSection() says who stores tails over the limit, and who refuses them", () => {
  const released = (refuses: boolean | null) => ({
    perf: "released" as const,
    judgement: { generic: ARM, released: { ...ARM, refuses } },
  });
  const one = { totals: { flaggedTails: 1 } };
  const two = { totals: { flaggedTails: 2 } };
  assertEquals(
    heading({ ...one, replay: released(false) }),
    "Not refused 1 tail needs more than 32 bits; a released 32-bit perf on armv7l stores it.",
  );
  assertEquals(
    heading({ ...two, replay: released(null) }),
    "Not refused 2 tails need more than 32 bits; whether a released 32-bit perf on armv7l refuses " +
      "them is not known.",
  );
  const exceeds = { verdict: "exceeds" as const };
  const exact = { firstFlagged: FLAGGED };
  assertEquals(
    heading({ ...one, queues: [exact], replay: exceeds }),
    "Exceeds 1 tail needs more than 32 bits: a 32-bit perf with the v4 patch refuses it.",
  );
  const unknown = {
    ...exceeds,
    perf: "released" as const,
    judgement: { generic: ARM, released: { ...ARM, arch: null } },
  };
  assertEquals(
    heading({ ...two, queues: [exact], replay: unknown }),
    "Exceeds 2 tails need more than 32 bits: a released 32-bit perf refuses them.",
  );
  assertEquals(
    heading({ ...two, queues: [exact, { ...exact, recorder: "not-limited" }], replay: exceeds }),
    "Exceeds 2 tails need more than 32 bits: a 32-bit perf with the v4 patch refuses them, the " +
      "one that made this recording did not.",
  );
  const stopped = { ...exact, recorder: "stopped-by-limit" as const };
  assertEquals(
    heading({ ...two, queues: [exact, stopped], replay: exceeds }),
    "Exceeds The limit of 32 bits stopped this recording.",
  );
  assertEquals(
    heading({
      ...one,
      queues: [exact],
      replay: { ...exceeds, limit: { bits: 31, maxTail: 2n ** 31n - 1n } },
    }),
    "Exceeds 1 tail needs more than 31 bits: an accessor of 31 bits refuses it.",
  );
});

Deno.test("verdictSection() says that a tail may need more where each begins within the limit", () => {
  const firstFlagged = { ...FLAGGED, tailExact: false };
  const may = { firstFlagged, lastTailWindow: [LIMIT - 1n, LIMIT + 8n] as const };
  const sure = { firstFlagged, lastTailWindow: [LIMIT, LIMIT + 8n] as const };
  const replay = { verdict: "exceeds" as const };
  const totals = { flaggedTails: 1 };
  const maybe = "Exceeds This recording may need more than 32 bits.";
  assertEquals(heading({ totals, replay, queues: [may, {}] }), maybe);
  for (const queues of [[sure], [may, sure], [{ firstFlagged: FLAGGED }]]) {
    assertMatch(heading({ totals, replay, queues }), /^Exceeds 1 tail needs more than 32 bits: /);
  }
});

Deno.test("verdictSection() says what is not proven, and what has no limit", () => {
  const place = { fileOffset: 1, reason: "x", cure: "y" };
  const cut = { input: { cut: { ...place, fault: "truncated" as const } } };
  const damaged = { input: { cut: { ...place, fault: "corrupt" as const } } };
  const replay = { verdict: "incomplete" as const };
  assertEquals(
    heading({ replay }),
    "Not proven A position of this recording is damaged: nothing is proven.",
  );
  assertEquals(
    heading({ ...cut, replay }),
    "Not proven Within 32 bits as far as it goes, but the recording is cut.",
  );
  assertEquals(
    heading({ ...cut, replay, totals: { flaggedTails: 1 } }),
    "Not proven 1 tail needs more than 32 bits, and the recording is cut.",
  );
  assertEquals(
    heading({ ...damaged, replay }),
    "Not proven Within 32 bits as far as it goes, but the recording is damaged.",
  );
  assertEquals(
    heading({ replay: { verdict: "not-applicable" } }),
    "No limit This recording stores no tails, so it has no limit.",
  );
  assertEquals(
    heading({ replay: { verdict: "no-aux" } }),
    "No AUX data There is nothing to judge.",
  );
});

Deno.test("verdictSection() names its tone, which is that of no proof where there is no data", () => {
  const tone = (parts: ReportParts) => {
    const { tags } = scanMarkup(`${verdictSection(reportData(parts))}`);
    return [tags[0]!.attributes.get("class"), tags[1]!.attributes.get("data-verdict")];
  };
  assertEquals(tone({}), ["fits", "fits"]);
  assertEquals(tone({ totals: { presentBytes: 0 } }), ["incomplete", "fits"]);
  const exceeds = { verdict: "exceeds" as const };
  assertEquals(tone({ totals: { presentBytes: 0 }, replay: exceeds }), ["exceeds", "exceeds"]);
});

Deno.test("verdictSection() has the first flagged tail in figures", () => {
  const totals = { flaggedTails: 2, bytesAfterLimit: 1024, missingBytes: 0 };
  const queues = [{ idx: 1, firstFlagged: { ...FLAGGED, fileOffset: 1 } }, {
    firstFlagged: FLAGGED,
  }];
  const replay = { verdict: "exceeds" as const, flagged: [FLAGGED] };
  const rest = ["Flagged 2 tails", "Present after that 1 KiB in queues over the limit"];
  const data = "AUX data 64 B in 2 queues";
  assertEquals(figuresOf({ totals, queues, replay }), [
    "First flagged tail 0x100000008",
    "Where queue 0 (CPU 0) file 0x100",
    "When +2.000000000 s after its start",
    ...rest,
    data,
  ]);
  const inexact = { ...FLAGGED, tailExact: false, timeNs: null };
  assertEquals(figuresOf({ totals, queues, replay: { ...replay, flagged: [inexact] } }), [
    "First flagged tail ~0x100000008",
    "Where queue 0 (CPU 0) file 0x100",
    ...rest,
    data,
  ]);
  const axis = { kind: "file", from: 0, to: 1, startNs: null } as const;
  const missing = { ...totals, missingBytes: 2 };
  assertEquals(figuresOf({ totals: missing, queues, replay, chart: { axis } }).slice(2), [
    "When 3.000000000 s by its clock",
    ...rest,
    data,
    "Missing 2 B announced, not in this file",
  ]);
});

Deno.test("verdictSection() finds a queue without an idx by its first flagged tail", () => {
  const none = { idx: null, cpu: null };
  const queues = [
    { ...none, tid: 7, firstFlagged: { ...FLAGGED, fileOffset: 1 } },
    { ...none, tid: 8, firstFlagged: FLAGGED },
  ];
  const where = (fileOffset: number, queue: number | null) =>
    figuresOf({ queues, replay: { flagged: [{ ...FLAGGED, fileOffset, queue }] } })[1];
  assertEquals(where(0x100, null), "Where thread 8 file 0x100");
  assertEquals(where(0x100, 3), "Where file 0x100");
});

Deno.test("verdictSection() has the headroom of the queue that reaches the limit first", () => {
  const last = (queues: ReportParts["queues"]) => figuresOf({ queues: queues! }).slice(0, -1);
  const timed = { secondsLeft: 240, observedSeconds: 4, headroomBytes: 3 << 20, idx: 5 };
  assertEquals(
    last([{ headroomBytes: 1 << 20 }, { ...timed, secondsLeft: 241 }, timed, {
      headroomBytes: null,
      secondsLeft: 1,
    }]),
    [
      "Last tail 0x40 queue 5 (CPU 0)",
      "Headroom 3 MiB",
      "Time left 4 min at the rate seen over 4 s",
    ],
  );
  // A queue that is at the limit has no time left.
  const full = { ...timed, secondsLeft: 0, headroomBytes: 4 << 20 };
  for (const queues of [[timed, full], [full, timed]]) {
    assertEquals(last(queues)[1], "Headroom 4 MiB");
  }
  // Where no time is known, the fullest counts.
  assertEquals(last([{ headroomBytes: 2048 }, { headroomBytes: 1024, idx: 1 }]), [
    "Last tail 0x40 queue 1 (CPU 0)",
    "Headroom 1 KiB",
  ]);
  assertEquals(
    last([{ ...timed, headroomBytes: 2048 }, { ...timed, headroomBytes: 1024 }])[1],
    [
      "Headroom 1 KiB",
    ][0],
  );
  assertEquals(last([{ headroomBytes: null }]), []);
  assertEquals(figuresOf({ queues: [], totals: { queues: 0 } }), []);
});

Deno.test("verdictSection() lists both judgements, and whose the verdict is", () => {
  const judgements = (parts: ReportParts) =>
    [...`${verdictSection(reportData(parts))}`.matchAll(/<div data-perf.*?<\/div>/gs)]
      .map(([row]) => textOf(row));
  const replay = (perf: "generic" | "released", refuses: boolean | null) => ({
    replay: { perf, judgement: { generic: { ...ARM, refuses }, released: ARM } },
  });
  assertEquals(judgements(replay("generic", false)), [
    "32-bit perf with the v4 patch the verdict is about this one Refuses nothing. why.",
    "Released 32-bit perf (5.15 or later) on armv7l Refuses. why.",
  ]);
  assertEquals(judgements(replay("released", null)), [
    "32-bit perf with the v4 patch Not known. why.",
    "Released 32-bit perf (5.15 or later) on armv7l the verdict is about this one Refuses. why.",
  ]);
  const snapshot = { ...replay("generic", null), recording: { mode: "snapshot" as const } };
  assertMatch(judgements(snapshot)[0]!, /Nothing to refuse\. why\.$/);
  const judgement = { generic: { ...ARM, refuses: null }, released: ARM };
  const cut = {
    replay: { verdict: "incomplete", judgement },
    recording: { mode: "none" },
  } as const;
  assertMatch(judgements(cut)[0]!, /Not known\. why\.$/);
  assertMatch(judgements({})[1]!, /^Released 32-bit perf \(5\.15 or later\) Refuses nothing/);
});

Deno.test("recordingLine() names kind, mode, machine, container and size, as far as they are known", () => {
  const line = (parts: ReportParts) => recordingLine(reportData(parts)).replaceAll("\u00a0", " ");
  assertEquals(line({}), "intel_pt \u00b7 full mode \u00b7 file \u00b7 1000 B");
  assertEquals(
    line({ input: { container: "pipe", finalised: false, packed: "zstd" } }),
    "intel_pt \u00b7 full mode \u00b7 pipe \u00b7 packed as zstd \u00b7 1000 B",
  );
  assertEquals(
    line({ recording: { auxtraceType: null } }),
    "unknown trace type \u00b7 full mode \u00b7 file \u00b7 1000 B",
  );
  assertEquals(
    line({
      recording: { auxtraceType: null, mode: "none", arch: "s390x", hostname: "h" },
      input: { finalised: false },
    }),
    "no AUX data \u00b7 s390x \u00b7 h \u00b7 file, not finalised \u00b7 1000 B",
  );
});

Deno.test("chartSection() says what is drawn, how high it is, and over which time", () => {
  const summary = (parts: ReportParts) => {
    const [caption = ""] = `${chartSection(reportData(parts))}`.match(/<figcaption.*?<\/fig/s) ??
      [];
    return textOf(caption);
  };
  const one = { queues: [chartQueue([1024, 8])] };
  const highest = "The highest tail is 0x400 (1 KiB), the limit 4 GiB.";
  assertEquals(summary({ chart: one }), `Tails of 1 queue over 1 s. ${highest}`);
  const axis = { kind: "file", from: 0, to: 9, startNs: null } as const;
  assertEquals(
    summary({ chart: { ...one, axis } }),
    "Tails of 1 queue over the positions of their records in the file, as not each has a time. " +
      highest,
  );
  const later = { kind: "time", from: 3, to: 3.25, startNs: 0n } as const;
  assertMatch(summary({ chart: { ...one, axis: later } }), / over 0\.25 s\. /);
  assertEquals(
    summary({ chart: one, recording: { mode: "snapshot" } }),
    "Heads of 1 queue over 1 s. The highest head is 0x400 (1 KiB), the limit 4 GiB.",
  );
  const many = (count: number) =>
    summary({ chart: { queues: new Array(count).fill(one.queues[0]) } });
  assertEquals([7, 8, 9].map((count) => / The 8 fullest are drawn/.test(many(count))), [
    false,
    false,
    true,
  ]);
});

Deno.test("chartSection() has a switch for heads and for each kind of mark that is there", () => {
  const marks = [mark("truncated", 2), mark("flagged", 1), mark("truncated", 3)];
  const switches = (queues: ReturnType<typeof chartQueue>[]) => {
    const markup = `${chartSection(reportData({ chart: { queues } }))}`;
    return [...markup.matchAll(/<label>.*?<\/label>/gs)].map(([label]) => textOf(label));
  };
  const queue = chartQueue([8], { marks });
  const heads =
    "Heads of the kernel, thin: their distance to the tails is what was in the AUX buffer";
  // The most important kind is first.
  const kinds = (truncated: number) => [`Tail over the limit 1`, `TRUNCATED ${truncated}`];
  assertEquals(switches([queue]), kinds(5));
  assertEquals(switches([queue, chartQueue([8], { marks: [mark("truncated")] })]), kinds(6));
  assertEquals(switches([chartQueue([8], { heads: queue.tails })]), [heads]);
  assertEquals(switches([chartQueue([8])]), []);
  assertEquals(switches([queue, chartQueue([], { heads: queue.tails })]), [heads, ...kinds(5)]);
});

Deno.test("chartSection() draws as soon as one queue has a position", () => {
  const none = /There are no positions to draw\./;
  const section = (...queues: ReturnType<typeof chartQueue>[]) =>
    none.test(textOf(chartSection(reportData({ chart: { queues } }))));
  assertEquals(section(), true);
  assertEquals(section(chartQueue([]), chartQueue([])), true);
  assertEquals(section(chartQueue([]), chartQueue([8])), false);
});

Deno.test("flaggedSection() lists tails with place, size and time", () => {
  const queues = [{ idx: 1 }, { firstFlagged: FLAGGED }];
  const later = { ...FLAGGED, fileOffset: 0x200, tailExact: false, timeNs: null };
  const parts = {
    queues,
    totals: { flaggedTails: 3 },
    replay: { flagged: [FLAGGED, later, { ...FLAGGED, queue: 9 }] },
  };
  const row = ["queue 0 (CPU 0)", "1", "0x100", "0x100000000", "8 B", "0x100000008"];
  const markup = flaggedSection(reportData(parts));
  assertEquals(cellsOf(markup, "flagged"), [
    [...row, "+2.000000000 s3.000000000 s"],
    ["queue 0 (CPU 0)", "1", "0x200", "0x100000000", "8 B", "~0x100000008", "-"],
    ["9", ...row.slice(1), "+2.000000000 s3.000000000 s"],
  ]);
  const places = (markup: unknown) =>
    scanMarkup(`${markup}`).tags.filter(({ name, attributes }) =>
      name === "tr" && attributes.has("tabindex")
    ).map(({ attributes }) => [attributes.get("data-queue"), attributes.get("data-x")]);
  assertEquals(places(markup), [["1", "2"], ["1", undefined], [undefined, "2"]]);
  const axis = { kind: "file", from: 0, to: 9, startNs: null } as const;
  const byFile = flaggedSection(reportData({ ...parts, chart: { axis } }));
  assertEquals(places(byFile), [["1", "256"], ["1", "512"], [undefined, "256"]]);
  assertEquals(cellsOf(byFile, "flagged")![0]!.at(-1), "3.000000000 s");
});

Deno.test("flaggedSection() finds queues without an idx by their first flagged tail", () => {
  const other = { ...FLAGGED, queue: null, fileOffset: 0x300 };
  const queues = [
    { idx: null, cpu: null, tid: 7, firstFlagged: { ...FLAGGED, fileOffset: 1 } },
    { idx: null, cpu: null, tid: 8, firstFlagged: other },
  ];
  const replay = { flagged: [other, { ...other, fileOffset: 0x400 }] };
  const cells = cellsOf(flaggedSection(reportData({ queues, replay })), "flagged")!;
  assertEquals(cells.map(([queue]) => queue), ["thread 8", "-"]);
});

Deno.test("queuesSection() has figures of each queue, and - for what is not known", () => {
  const queues = [
    {
      chunks: 1234,
      announcedBytes: 2048,
      presentBytes: 1024,
      missingBytes: 1024,
      lastTail: LIMIT + 8n,
      lastTailWindow: [LIMIT, LIMIT + 16n] as const,
      lastTailExact: false,
      headroomBytes: 2 ** 30,
      bytesPerSecond: 1023.6,
      observedSeconds: 2,
      secondsLeft: 180,
      flaggedTails: 2,
      recorder: "stopped-by-limit" as const,
    },
    { idx: 1, cpu: null, tid: 7, lastTail: null, headroomBytes: null },
    { idx: 2, recorder: "not-limited" as const, bytesPerSecond: 9, observedSeconds: null },
    { idx: 3, recorder: "not-applicable" as const, bytesPerSecond: null, observedSeconds: 9 },
  ];
  const chart = {
    queues: [
      chartQueue([9], { marks: [mark("silent")] }),
      ...[7, 8, 9].map((n) => chartQueue([n])),
    ],
  };
  const markup = queuesSection(reportData({ queues, chart }));
  const full = ["64 B", "64 B", "0 B"];
  // 2^30 of 2^32 bytes are a quarter.
  assertEquals(cellsOf(markup, "queues"), [
    [
      ...[
        "",
        "queue 0 (CPU 0) silent after its last AUX record",
        "1 234",
        "2 KiB",
        "1 KiB",
        "1 KiB",
      ],
      ...["~0x1000000080x100000000 to 0x100000010", "1 GiB 25 %", "1 KiB/sseen over 2 s", "3 min"],
      ...["2", "stopped"],
    ],
    ["", "queue 1 (thread 7)", "1", ...full, "-", "-", "-", "-", "0", "-"],
    ["", "queue 2 (CPU 0)", "1", ...full, "0x40", "4 GiB 99 %", "-", "-", "0", "continued"],
    ["", "queue 3 (CPU 0)", "1", ...full, "0x40", "4 GiB 99 %", "-", "-", "0", "-"],
  ]);
  const rows = scanMarkup(`${markup}`).tags.filter(({ attributes }) =>
    attributes.has("data-queue")
  );
  assertEquals(rows.map(({ attributes }) => [...attributes]), [
    [["data-queue", "0"], ["data-idx", "0"], ["data-slot", "0"], ["class", "over"]],
    ...[1, 2, 3].map((n) => [["data-queue", `${n}`], ["data-idx", `${n}`], ["data-slot", `${n}`]]),
  ]);
  assertMatch(textOf(queuesSection(reportData({ queues: [] }))), /^Queues None\.$/);
});

Deno.test("queuesSection() checks the queues that the chart shows, each with its line", () => {
  const queues = Array.from({ length: 10 }, (_, idx) => ({ idx }));
  const chart = { queues: queues.map(({ idx }) => chartQueue([idx], { idx })) };
  const { tags } = scanMarkup(`${queuesSection(reportData({ queues, chart }))}`);
  const boxes = tags.filter(({ name }) => name === "input");
  // The eight fullest: 2 to 9.
  assertEquals(boxes.map(({ attributes }) => attributes.has("checked")), [
    ...[false, false],
    ...new Array(8).fill(true),
  ]);
  const rows = tags.filter(({ attributes }) => attributes.has("data-queue"));
  assertEquals(rows.map(({ attributes }) => attributes.get("data-slot")), [
    ...[undefined, undefined],
    ...["0", "1", "2", "3", "4", "5", "6", "7"],
  ]);
  const dashes = tags.filter(({ name }) => name === "path")
    .map(({ attributes }) => attributes.get("stroke-dasharray"));
  // The first is a whole line, as are those that are not shown.
  assertEquals(dashes.slice(0, 7), [
    ...[undefined, undefined, undefined],
    ...["8 3", "3 3", "10 3 3 3", undefined],
  ]);
});

Deno.test("queuesSection() lists data rings that passed 4 GiB, and no others", () => {
  const ring = { cpu: 1, tid: null, bytes: 2 ** 33, over32Bits: true };
  const rings = (over32Bits: boolean) =>
    cellsOf(
      queuesSection(reportData({ replay: { dataRings: [ring, { ...ring, cpu: 2, over32Bits }] } })),
      "data-rings",
    );
  assertEquals(rings(false), [["CPU 1", "8 GiB"]]);
  assertEquals(rings(true), [["CPU 1", "8 GiB"], ["CPU 2", "8 GiB"]]);
  assertEquals(cellsOf(queuesSection(reportData()), "data-rings"), null);
});

const LOSS = {
  queue: 0,
  cpu: 0,
  tid: null,
  from: null,
  to: null,
  timeNs: null,
  error: null,
  remedy: "do it",
};

Deno.test("lostSection() counts losses by kind, with what to do", () => {
  const losses = [
    { ...LOSS, kind: "lost" as const, fileOffset: 1 },
    ...["a", "a", "b", "c", "d"].map((remedy, n) => ({
      ...LOSS,
      kind: "truncated" as const,
      fileOffset: n,
      remedy,
    })),
  ];
  const lossCounts = { lost: 1234, truncated: 5, error: 1 };
  const data = reportData({ lossCounts, totals: { lostEvents: 2 }, replay: { losses } });
  // In the opposite order of drawing; without an entry a remedy that always holds.
  assertEquals(cellsOf(lostSection(data), "loss-kinds"), [
    ["TRUNCATED", "5", "abc"],
    [
      "Decoding error of perf",
      "1",
      "perf could not decode the trace here when it wrote this file (perf inject). The trace is " +
      "in the recording that the file was made from: look there what is lost.",
    ],
    ["Records lost", "1 2342 events", "do it"],
  ]);
  assertMatch(textOf(lostSection(data)), /Where and when \(6 of 1 240\)/);
});

Deno.test("lostSection() says what perf says of places that it could not decode", () => {
  const error = {
    ...{ errorType: 1, code: 8, format: 1, cpu: 3, pid: 4, tid: 5, ip: 0x40n },
    ...{ message: "<lost>", machinePid: null, vcpu: null },
  };
  const losses = [{ ...LOSS, kind: "error" as const, fileOffset: 0x10, error }];
  const data = reportData({ lossCounts: { error: 1 }, replay: { losses } });
  assertEquals(cellsOf(lostSection(data), "losses"), [
    [
      ...["queue 0 (CPU 0)", "Decoding error of perf", "0x10", "-", "-", "-", "-"],
      'code 8, "<lost>", CPU 3, pid 4, tid 5, ip 0x40',
    ],
  ]);
});

Deno.test("lostSection() lists where losses are: gaps of all queues by place, 50 of a kind", () => {
  const place = { from: 16n, to: 8n, timeNs: 3n * NS };
  const gap = (fileOffset: number) => ({ kind: "gap" as const, fileOffset, ...place, to: 24n });
  const back = { ...place, kind: "overlap" as const, fileOffset: 7 };
  const queues = [{ gaps: [gap(0x30), back] }, { idx: 1, gaps: [gap(0x20)] }];
  const none = { ...LOSS, kind: "lost" as const, queue: null, cpu: null, fileOffset: 2, to: 5n };
  const owners = [{ cpu: 3 }, { tid: 4 }, { queue: 6 }].map((owner) => ({ ...none, ...owner }));
  const lossCounts = { gap: 2, overlap: 1, lost: 4 };
  const replay = { losses: [none, ...owners, { ...LOSS, ...gap(0x99) }] };
  const data = reportData({ queues, lossCounts, replay });
  const time = "+2.000000000 s3.000000000 s";
  assertEquals(cellsOf(lostSection(data), "losses"), [
    ["queue 1 (CPU 0)", "Gap", "0x20", "0x10", "0x18", "8 B", time],
    ["queue 0 (CPU 0)", "Gap", "0x30", "0x10", "0x18", "8 B", time],
    ["queue 0 (CPU 0)", "Overlap", "0x7", "0x10", "0x8", "8 B", time],
    ["-", "Records lost", "0x2", "-", "0x5", "-", "-"],
    ["CPU 3", "Records lost", "0x2", "-", "0x5", "-", "-"],
    ["thread 4", "Records lost", "0x2", "-", "0x5", "-", "-"],
    ["queue 6 (no owner)", "Records lost", "0x2", "-", "0x5", "-", "-"],
  ]);
  assertMatch(textOf(lostSection(data)), /Where and when Queue/);
  const many = Array.from({ length: 51 }, (_, n) => gap(n));
  for (const [count, shown] of [[50, ""], [51, " (50 of 51)"]] as const) {
    const section = lostSection(
      reportData({ queues: [{ gaps: many.slice(0, count) }], lossCounts: { gap: count } }),
    );
    assertEquals(cellsOf(section, "losses")!.length, 50);
    assertEquals(textOf(section).includes(`Where and when${shown} Queue`), true);
  }
});

/** The list of what no record tells of as a loss. */
function others(parts: ReportParts): string[] {
  const [list = ""] = `${lostSection(reportData(parts))}`.match(/<ul class="losses">.*<\/ul>/s) ??
    [];
  return list.split("<li>").slice(1).map(textOf);
}

Deno.test("lostSection() says what else is lost, and that nothing is only where nothing is", () => {
  assertEquals(others({}), []);
  const nothing = /Nothing, as far as the recording tells\.$/;
  assertMatch(textOf(lostSection(reportData())), nothing);
  for (
    const parts of [{ totals: { missingBytes: 1 } }, { lossCounts: { gap: 1 } }, {
      input: { trailingBytes: 1 },
    }]
  ) {
    assertEquals(nothing.test(textOf(lostSection(reportData(parts)))), false);
  }
  const none = textOf(lostSection(reportData({ recording: { mode: "none" } })));
  assertEquals(none, "What was lost There is no AUX data that could be lost.");
  const snapshot = textOf(lostSection(reportData({ recording: { mode: "snapshot" } })));
  assertEquals(snapshot, "What was lost Nothing, as far as the recording tells.");
  assertMatch(textOf(lostSection(reportData())), /Announced 64 B .*Present 64 B .*Missing 0 B/);

  const exceeds = { verdict: "exceeds" as const };
  const after = { totals: { bytesAfterLimit: 1234 } };
  assertEquals(others({ ...after, replay: exceeds }), [
    "1 234 bytes or more follow the first flagged tail: a perf that refuses it does not get them",
  ]);
  assertEquals(
    others({ ...after, replay: exceeds, queues: [{}, { recorder: "stopped-by-limit" }] }),
    ["1 234 bytes are present after the first flagged tail; what came later was not recorded"],
  );
  assertEquals(others(after), []);
  const torn = "crossed a multiple of 4 GiB, where a plain 32-bit read of the head could be torn";
  assertEquals(others({ totals: { tornReadWindows: 1 } }), [`1 chunk ${torn}`]);
  assertEquals(others({ totals: { tornReadWindows: 2 } }), [`2 chunks ${torn}`]);
  const undecoded = [{ traceId: 0x10, cpu: 0, what: "PTM", bytes: 7 }];
  const foreign = { ...packetsWith({ totals: { skippedBytes: 9 } }), undecoded };
  const early = "bytes of the payload come before a place where a decoder can start";
  assertEquals(others({ packets: foreign }), [`2 ${early}`]);
  assertEquals(others({ packets: { ...foreign, type: "cs_etm" } }), [
    `2 ${early}, or before a trace ID`,
  ]);
  const counts = { damagedBytes: 3, skippedBytes: 4 };
  assertEquals(
    others({
      input: {
        trailingBytes: 5,
        cut: { fileOffset: 16, reason: "c", fault: "truncated", cure: "copy it" },
        damage: { fileOffset: 32, reason: "d", fault: "corrupt", cure: "compare it" },
      },
      chart: { queues: [chartQueue([8], { marks: [mark("overflow", 6), mark("gap", 9)] })] },
      packets: packetsWith({ totals: counts }),
    }),
    [
      "Cut at 0x10: c; copy it",
      "Damage at 0x20: d; compare it",
      "6 packets say that the PMU lost some of the trace (overflow)",
      "3 bytes of the payload are no packets, or cut ones",
      "4 bytes of the payload come before a place where a decoder can start",
      "5 bytes after the last record are no records",
    ],
  );
});

/** Packets over time of queues that have these counts. */
function packetsWith(
  { totals, queues = [], kinds = [] }: {
    totals: Record<string, unknown>;
    queues?: readonly Record<string, unknown>[];
    kinds?: readonly string[];
  },
): NonNullable<ReturnType<typeof reportData>["packets"]> {
  const none = { packets: 0, bytes: 0, byKind: {}, bytesByKind: {}, syncPoints: null };
  return {
    type: "intel_pt",
    kinds,
    queues: queues.map((queue) => ({ idx: 0, cpu: 0, tid: null, bins: [], ...queue })),
    totals: { ...none, damagedBytes: 0, skippedBytes: 0, ...totals },
    undecoded: [],
  } as unknown as NonNullable<ReturnType<typeof reportData>["packets"]>;
}

Deno.test("packetsSection() says why there are none", () => {
  const why = (parts: ReportParts) => textOf(packetsSection(reportData(parts), {}));
  assertEquals(why({}), "Packets The payload was not decoded.");
  const none = "Packets There is no payload in this recording.";
  assertEquals(why({ totals: { presentBytes: 0 } }), none);
  assertEquals(why({ packets: packetsWith({ totals: {} }) }), none);
  const place = (packetBrowser: boolean) =>
    `${packetsSection(reportData({}), { packetBrowser })}`.includes('id="packet-browser"');
  assertEquals([place(true), place(false)], [true, false]);
});

Deno.test("packetsSection() lists what there is no decoder for, by source", () => {
  const packets = {
    ...packetsWith({ totals: {}, queues: [{ counts: { packets: 0, byKind: {}, bytes: 64 } }] }),
    undecoded: [
      { traceId: 0x10, cpu: 2, what: "PTM", bytes: 2048 },
      { traceId: 0x20, cpu: null, what: "STM or ITM", bytes: 1 },
    ],
  };
  assertStringIncludes(
    textOf(packetsSection(reportData({ packets }), {})),
    "Not all of the payload is decoded: no decoder for PTM (CPU 2, trace ID 0x10): 2 KiB" +
      "no decoder for STM or ITM: trace ID 0x20 is of no unit in AUXTRACE_INFO: 1 B",
  );
});

Deno.test("packetsSection() counts kinds in all and by queue, and pieces of damage", () => {
  const counts = (bytes: number, packets: number, tnt?: number) => ({
    bytes,
    packets,
    byKind: tnt === undefined ? {} : { TNT: tnt },
  });
  const bins = [{ from: 0, to: 1, counts: [9, 2] }, { from: 1, to: 2, counts: [9, 3] }];
  const packets = packetsWith({
    kinds: ["TNT", "BAD"],
    totals: {
      packets: 2000,
      bytes: 4096,
      byKind: { TNT: 500 },
      bytesByKind: { TNT: 1500 },
      syncPoints: 7,
      damagedBytes: 11,
      skippedBytes: 12,
    },
    queues: [{ counts: counts(1024, 1200, 300), bins }, {
      idx: 1,
      counts: counts(3072, 800),
      bins,
    }],
  });
  const markup = packetsSection(reportData({ packets }), {});
  assertEquals(cellsOf(markup, "packet-kinds"), [
    ["TNT", "500", "25 %", "1 500"],
    ["BAD", "10", "-", "-"],
  ]);
  assertEquals(cellsOf(markup, "packet-queues"), [
    ["queue 0 (CPU 0)", "1 KiB", "1 200", "300"],
    ["queue 1 (CPU 0)", "3 KiB", "800", "0"],
  ]);
  const sums = "2 000 packets in 4 KiB of payload, 7 places where a decoder can start, 11 bytes " +
    "that are no packets, 12 bytes skipped.";
  assertEquals(textOf(markup).includes(sums), true);
  const { tags } = scanMarkup(`${markup}`);
  // Headings of figures stand over them.
  const heads = tags.filter(({ attributes }) => attributes.get("scope") === "col");
  assertEquals(heads.slice(0, 4).map(({ attributes }) => attributes.get("class")), [
    ...[undefined, "number", "number", "number"],
  ]);
  const options = tags.filter(({ name }) => name === "option");
  assertEquals(options.map(({ attributes }) => attributes.get("value")), ["0", "1"]);
  assertEquals(tags.some(({ attributes }) => attributes.get("id") === "packet-chart"), true);

  const one = packetsSection(
    reportData({
      packets: packetsWith({ totals: { bytes: 5 }, queues: [{ counts: counts(5, 0) }] }),
    }),
    {},
  );
  assertEquals(cellsOf(one, "packet-queues"), null);
  assertMatch(textOf(one), /0 packets in 5 B of payload\.$/);
  assertEquals(`${one}`.includes('id="packet-chart"'), false);
});

Deno.test("MARK_KINDS are drawn from passing events to the limit, which is on top", () => {
  assertEquals([MARK_KINDS[0], MARK_KINDS.at(-1), MARK_KINDS.length], ["wrap", "flagged", 13]);
});
