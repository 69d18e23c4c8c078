import { NO_LOSSES } from "../auxtrace/internal.ts";
import type { QueueReport, ReplayReport } from "../auxtrace/mod.ts";
import type { ChartMark, ChartQueue, ReportData, TailBuckets } from "../report/data.ts";
import { scanMarkup } from "./markup.ts";

/** A report in which something differs from {@linkcode reportData}. */
export interface ReportParts extends Partial<Omit<ReportData, "replay" | "chart">> {
  readonly replay?: Partial<Omit<ReplayReport, ReplayParts>>;
  readonly input?: Partial<ReplayReport["input"]>;
  readonly recording?: Partial<ReplayReport["recording"]>;
  readonly totals?: Partial<ReplayReport["totals"]>;
  readonly lossCounts?: Partial<ReplayReport["lossCounts"]>;
  readonly queues?: readonly Partial<QueueReport>[];
  readonly chart?: Partial<ReportData["chart"]>;
}

type ReplayParts = "input" | "recording" | "totals" | "lossCounts" | "queues";

/** Queue 0 of CPU 0 with one chunk of 64 bytes, and nothing else known of it. */
export const QUEUE: QueueReport = {
  idx: 0,
  cpu: 0,
  tid: null,
  chunks: 1,
  auxBytes: 64,
  announcedBytes: 64,
  presentBytes: 64,
  missingBytes: 0,
  firstOffset: 0n,
  lastTail: 64n,
  lastTailExact: true,
  lastTailWindow: null,
  headroomBytes: 2 ** 32 - 65,
  flaggedTails: 0,
  firstFlagged: null,
  bytesAfterLimit: 0,
  tornReadWindows: 0,
  gaps: [],
  observedSeconds: null,
  bytesPerSecond: null,
  secondsToLimit: null,
  secondsLeft: null,
  dataBytes: null,
  recorder: "unknown",
};

/** What a chart has of a queue with these tails. */
export function chartQueue(tails: readonly number[], parts: Partial<ChartQueue> = {}): ChartQueue {
  return {
    idx: 0,
    cpu: 0,
    tid: null,
    tails: buckets(tails),
    heads: buckets([]),
    marks: [],
    ...parts,
  };
}

/** A bucket for each tail, a second apart. */
export function buckets(tails: readonly number[]): TailBuckets {
  const x = Float64Array.from(tails.keys());
  const column = Float64Array.from(tails);
  return { stride: 1, first: x, last: x, min: column, max: column };
}

/** Marks of a kind at `from`, `count` of them in one. */
export function mark(kind: ChartMark["kind"], count = 1, from = 0): ChartMark {
  return { kind, from, to: from, count, position: null };
}

/** A report of one queue of 64 bytes that fits into 32 bits, with what differs. */
export function reportData(parts: ReportParts = {}): ReportData {
  const { replay, input, recording, totals, lossCounts, queues = [{}], chart, ...others } = parts;
  const judge = { refuses: false, why: "why.", arch: null };
  return {
    name: "x",
    size: 1000,
    packets: null,
    facts: [],
    ...others,
    replay: {
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
      recording: {
        auxtraceType: "intel_pt",
        mode: "full",
        arch: null,
        hostname: null,
        ...recording,
      },
      basis: "chunks",
      limit: { bits: 32, maxTail: 2n ** 32n - 1n },
      judgement: { generic: judge, released: judge },
      perf: "generic",
      totals: {
        queues: queues.length,
        chunks: 1,
        announcedBytes: 64,
        presentBytes: 64,
        missingBytes: 0,
        flaggedTails: 0,
        bytesAfterLimit: 0,
        tornReadWindows: 0,
        gaps: 0,
        lostEvents: 0,
        ...totals,
      },
      queues: queues.map((queue) => ({ ...QUEUE, ...queue })),
      flagged: [],
      losses: [],
      lossCounts: { ...NO_LOSSES, ...lossCounts },
      dataRings: [],
      verdict: "fits",
      conclusion: "",
      advice: null,
      notes: [],
      ...replay,
    } as unknown as ReplayReport,
    chart: {
      axis: { kind: "time", from: 0, to: 1, startNs: 1_000_000_000n },
      limit: 2 ** 32,
      queues: queues.map(({ idx = 0, cpu = 0, tid = null }) => chartQueue([64], { idx, cpu, tid })),
      ...chart,
    },
  };
}

/** The text of markup, with single plain spaces. */
export function textOf(markup: unknown): string {
  return plain(scanMarkup(`${markup}`).text);
}

/** The cells of a table of a page, row by row, without its heading; null if there is no table. */
export function cellsOf(markup: unknown, id: string): string[][] | null {
  const [, table] = `${markup}`.split(`<table id="${id}">`);
  if (table === undefined) return null;
  const body = table.split("<tbody>")[1]!.split("</tbody>")[0]!;
  return body.split("<tr").slice(1).map((row) =>
    [...`<tr${row}`.matchAll(/<t[dh].*?<\/t[dh]>/gs)].map(([cell]) => textOf(cell))
  );
}

function plain(text: string): string {
  return text.replace(/[\s\u00a0\u202f]+/g, " ").trim();
}
