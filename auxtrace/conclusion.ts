import type { FormatError } from "../parsers/internal.ts";
import { quotedText } from "../parsers/perf/internal.ts";
import {
  formatBytes,
  formatSeconds,
  formatTime,
  hex,
  ownerName,
  plural,
  queueName,
} from "../text/mod.ts";
import { printableMachine } from "./judgement.ts";
import type { DamagedPlace, QueueReport, ReplayReport } from "./report.ts";

const GIB_4 = 1n << 32n;
const MAX_DAMAGE = 5;

/** A report before it is put into words. */
type Findings = Omit<ReplayReport, "conclusion" | "advice" | "notes">;

/** What else the words follow from. */
export interface ConclusionFacts {
  readonly highestHead: bigint;
  /** What of the file could not be decoded. */
  readonly damage: readonly FormatError[];
  /** Whether the recording describes no event, though it has records of one. */
  readonly lacksEvents: boolean;
  readonly isMissingExact: boolean;
  /** Whether positions wrap at 4 GiB, as those of a 32-bit kernel do. */
  readonly hasWrapped: boolean;
}

/** Whether the limit stopped the recorder: some queue tells so, and none that it continued. */
export function wasStopped(queues: readonly QueueReport[]): boolean {
  return queues.some(({ recorder }) => recorder === "stopped-by-limit") &&
    !queues.some(({ recorder }) => recorder === "not-limited");
}

/** Puts a replay's findings into words. */
export function conclude(
  report: Findings,
  { highestHead, damage, lacksEvents, isMissingExact, hasWrapped }: ConclusionFacts,
): Pick<ReplayReport, "conclusion" | "advice" | "notes"> {
  const notes = damage.slice(0, MAX_DAMAGE).map(({ message, cure }) => `${message}; ${cure}`);
  if (damage.length > MAX_DAMAGE) notes.push(`${damage.length - MAX_DAMAGE} more of this kind.`);
  if (lacksEvents) {
    notes.push(
      "The recording describes no event: its attributes are missing or damaged, so nothing tells " +
        "what its samples hold.",
    );
  }
  if (highestHead >= GIB_4) {
    notes.push(`Heads reach ${hex(highestHead)}: a plain 32-bit read could tear them.`);
  }
  if (report.totals.lostRecords > 0) {
    notes.push(
      `Records were lost (${report.totals.lostRecords} PERF_RECORD_LOST): the times of ` +
        "tails and the rates can be off, the tails are not.",
    );
  }
  for (const ring of report.dataRings.filter(({ over32Bits }) => over32Bits)) {
    notes.push(
      `The data ring of ${ownerName(ring)} passed 4 GiB. No perf refuses its tails there; ` +
        "a 32-bit perf can read a torn data_head.",
    );
  }
  if (!isMissingExact) {
    notes.push(
      "The missing bytes are an estimate: AUX records and chunks leave more separate ranges than " +
        "are kept apart.",
    );
  }
  if (hasWrapped) {
    notes.push(
      "The recording's ARCH is that of a 32-bit kernel, so positions are taken modulo 4 GiB. If the " +
        "kernel was a 64-bit one (linux32), tails passed 4 GiB here.",
    );
  }
  notes.push(...inputNotes(report));
  const [first = null, ...rest] = answer(report);
  const loss = lossSentence(report);
  const told = report.basis === "announcements" ? [loss, first] : [first, loss];
  return {
    conclusion: [...told, ...rest].filter((sentence) => sentence !== null).join(" "),
    advice: adviceFor(report),
    notes,
  };
}

/** What else the input holds: text of other programs, or another recording. */
function inputNotes({ input }: Findings): string[] {
  const { strayTexts, trailingBytes, secondRecording } = input;
  const between = trailingBytes > 0 ? strayTexts.slice(0, -1) : strayTexts;
  const [text] = between;
  const notes: string[] = [];
  if (text !== undefined) {
    const times = between.length === 1 ? "" : ` ${between.length} times, first`;
    const place = `${plural(text.size, "byte")} at ${hex(text.fileOffset)}`;
    notes.push(
      `A program wrote text into this stream${times}: ${place}, ${quotedText(text)}. ` +
        "perf stops there; the records after it are in this answer. Record with -o FILE, or send " +
        "the program's output to standard error.",
    );
  }
  if (secondRecording !== null) {
    notes.push(`${upperFirst(secondRecording.reason)}: ${secondRecording.cure}.`);
  }
  return notes;
}

function adviceFor(
  { queues, totals, limit, perf, judgement: { released } }: Findings,
): string | null {
  const isTight = queues.some(({ headroomBytes }) =>
    headroomBytes !== null && headroomBytes < Number(limit.maxTail) / 4
  );
  const neverRefuses = released.accessor === "arm" || released.accessor === "plain";
  if (!isTight || limit.bits !== 32 || (perf === "released" && neverRefuses)) return null;
  const ways = "Use snapshot mode (-S), shorter runs, filters, or a 64-bit perf.";
  switch (released.accessor) {
    case "arm":
      return totals.flaggedTails > 0 // then the conclusion has said so
        ? ways
        : `${ways} On Arm a 32-bit perf of version 5.15 or later stores every tail, too.`;
    case "plain":
      return ways;
    default:
      return `${ways} Under "linux32 perf record" a 32-bit perf takes the kernel for a 32-bit one ` +
        "and refuses nothing, at the risk of a torn read above 4 GiB.";
  }
}

/** What is missing, and what the kernel lost; null where nothing is known to be. */
function lossSentence(
  { queues, totals, losses, lossCounts, basis, recording }: Findings,
): string | null {
  const parts: string[] = [];
  if (totals.missingBytes > 0) parts.push(missingSentence(queues, totals.missingBytes, basis));
  const { truncatedRecords, partialRecords, collisionRecords, lostRecords, errorRecords } = totals;
  const flags = [
    [truncatedRecords, "TRUNCATED"],
    [partialRecords, "PARTIAL"],
    [collisionRecords, "COLLISION"],
  ] as const;
  const said = flags.filter(([count]) => count > 0).map(([count, name], n) =>
    n === 0 ? `${plural(count, "AUX record")} ${name}` : `${count} ${name}`
  );
  if (said.length > 0) parts.push(`The kernel lost trace data: ${said.join(", ")}.`);
  if (lossCounts.silent > 0) {
    parts.push(
      `${plural(lossCounts.silent, "queue")} stayed silent after a full AUX buffer: the kernel ` +
        "stopped and did not start again.",
    );
  }
  if (lostRecords > 0 && recording.mode !== "none") {
    const { lostEvents } = totals;
    const were = lostEvents === 1 ? "was" : "were";
    parts.push(`${plural(lostEvents, "record")} ${were} lost from the data rings.`);
  }
  if (errorRecords > 0) parts.push(errorSentence(losses, errorRecords));
  return parts.length === 0 ? null : parts.join(" ");
}

function errorSentence(losses: Findings["losses"], times: number): string {
  const first = losses.find(({ error }) => error !== null);
  const code = first === undefined
    ? ""
    : ` (${times > 1 ? "the first: " : ""}code ${first.error!.code} at ${hex(first.fileOffset)})`;
  return `perf reported ${plural(times, "decoding error")}${code}.`;
}

function missingSentence(
  queues: readonly QueueReport[],
  bytes: number,
  basis: Findings["basis"],
): string {
  const size = formatBytes(bytes);
  if (basis === "announcements") {
    return `AUX records announce ${size} of trace data, and this file holds none of it.`;
  }
  const [was, is] = size.endsWith(" bytes") ? ["were", "are"] : ["was", "is"];
  const absent = `${was} announced but ${is} not in this file.`;
  const [only, ...others] = queues.filter(({ missingBytes }) => missingBytes > 0);
  if (others.length > 0) return `${size} of the traces of ${others.length + 1} queues ${absent}`;
  const ranges = only!.gaps.filter(({ kind }) => kind === "missing");
  const [range] = ranges;
  const place = range && `${hex(range.from)} to ${hex(range.to)}`;
  const where = ranges.length > 1 ? `${ranges.length} ranges, the first ${place}` : place;
  return `${size} of the trace of ${queueName(only!)} ${where ? `(${where}) ` : ""}${absent}`;
}

/** The answer to the main question, sentence by sentence. */
function answer(report: Findings): string[] {
  const { verdict, limit, recording, input } = report;
  switch (verdict) {
    case "no-aux":
      return [
        "There is no AUX data in this recording, so there is no AUX tail to store.",
        ...announcedTrace(recording),
      ];
    case "not-applicable":
      return [
        recording.mode === "sample"
          ? "The AUX data is in samples: no tail is ever stored, so a 32-bit perf can record this."
          : "These are snapshots: no tail is ever stored, so a 32-bit perf can record this.",
      ];
    case "incomplete":
      return [
        input.cut !== null
          ? noneBefore(input.cut, limit.bits)
          : `Whether every tail fits in ${limit.bits} bits is not known: at ` +
            `${hex(input.damage!.fileOffset)} a position lies beyond 2^64.`,
      ];
    case "exceeds":
      return exceeds(report);
    case "fits":
      return report.totals.flaggedTails > 0 ? stored(report) : fits(report);
  }
}

/** What a recording without AUX data was to hold, as far as it says so. */
function announcedTrace({ auxtraceType: type, mode }: Findings["recording"]): string[] {
  return mode === "none" && type !== null && type !== "unknown"
    ? [`It was to hold ${type} trace; none was recorded, or none was kept.`]
    : [];
}

function noneBefore({ fault, fileOffset }: DamagedPlace, bits: number): string {
  const [end, is] = fault === "truncated" ? ["cut", "cut"] : ["damage", "damaged"];
  return `No tail before the ${end} needs more than ${bits} bits, but the input is ${is} at ` +
    `${hex(fileOffset)}: what came after is not known.`;
}

/** The chosen perf refuses a tail. */
function exceeds(report: Findings): string[] {
  const { queues, totals, limit, input, perf, judgement } = report;
  const { bits } = limit;
  const queue = firstOver(report);
  const first = queue.firstFlagged!;
  const tail = `${first.tailExact ? "" : "~"}${hex(first.tail)}`;
  const when = first.timeNs === null ? "" : `, at ${formatTime(first.timeNs)} s of its clock`;
  if (wasStopped(queues)) {
    const [who, end] = input.finalised
      ? ["its 32-bit accessor", "ended the recording"]
      : ["a 32-bit perf", "quit without finishing the file"];
    const stopped =
      `This recording was stopped by the limit: ${who} could not store the tail ${tail} of ` +
      `${queueName(queue)}, which needs more than ${bits} bits${when}, and ${end}.`;
    const { accessor, arch } = judgement.released;
    if (input.finalised || arch === null || accessor === "compat") return [stopped];
    return [
      stopped,
      `A released 32-bit perf on ${
        printableMachine(arch)
      } stores such tails, so the recorder had ` +
      "the accessors of the v4 patch; or it was another perf, and was killed there.",
    ];
  }
  const { arch, accessor } = judgement.released;
  const condition = accessor === "plain" ? ", if it took the kernel for a 64-bit one," : "";
  const who = bits !== 32
    ? `A limit of ${bits} bits`
    : perf === "generic"
    ? `A 32-bit perf with the accessors of the v4 patch${condition}`
    : `A released 32-bit perf${arch === null ? "" : ` on ${printableMachine(arch)}`}`;
  if (mayFit(queue, limit.maxTail)) {
    const [low, high] = queue.lastTailWindow!.map(hex);
    return [
      `${who} may have stopped at the last tail of ${queueName(queue)}${when}: it lies ` +
      `from ${low} to ${high}, and above ${hex(limit.maxTail)} it needs more than ` +
      `${bits} bits.`,
    ];
  }
  const { bytesAfterLimit } = totals;
  const lost = bytesAfterLimit > 0
    ? `, and lost at least the ${formatBytes(bytesAfterLimit)} that follow`
    : "";
  const would = `${who} would have stopped at the tail ${tail} of ${queueName(queue)}, ` +
    `which needs more than ${bits} bits${when}${lost}.`;
  if (bits !== 32) return [would];
  const continued = "The perf that made this recording was not limited: it continued past 4 GiB.";
  return [
    ...(queues.some(({ recorder }) => recorder === "not-limited") ? [continued] : []),
    would,
    ...(perf === "generic" ? [releasedToo(report)] : []),
  ];
}

/** What the released perf does where the verdict is about the v4 patch. */
function releasedToo({ judgement: { released } }: Findings): string {
  const on = released.arch === null ? "" : ` on ${printableMachine(released.arch)}`;
  switch (released.refuses) {
    case true:
      return `A released 32-bit perf${on} refuses it, too.`;
    case false:
      return `A released 32-bit perf would not have stopped. ${released.why}`;
    default:
      return `What a released 32-bit perf does is not known. ${released.why}`;
  }
}

/** Tails need more bits, and the chosen perf stores them. */
function stored({ totals, limit, judgement }: Findings): string[] {
  const { flaggedTails } = totals;
  const verb = flaggedTails === 1 ? "needs" : "need";
  const { released } = judgement;
  const what = released.refuses === null
    ? "whether this perf stores them is not known"
    : "this perf stores them";
  return [
    `${plural(flaggedTails, "tail")} ${verb} more than ${limit.bits} bits; ${what}.`,
    released.why,
  ];
}

function fits({ queues, limit, basis }: Findings): string[] {
  const { bits, maxTail } = limit;
  const withTails = queues.filter(({ headroomBytes }) => headroomBytes !== null);
  if (withTails.length === 0) {
    return ["No tail is known, so whether a 32-bit perf can record this is not known."];
  }
  const timed = withTails.filter(({ secondsLeft }) => secondsLeft !== null);
  const can = bits === 32 ? ": a 32-bit perf can record this" : "";
  const every = basis === "announcements"
    ? `By the AUX records, every tail fits in ${bits} bits.`
    : `Every tail fits in ${bits} bits${can}.`;
  const limitName = bits === 32 ? "4 GiB" : `the limit of ${bits} bits`;
  if (timed.length > 0) {
    const first = timed.reduce((a, b) => b.secondsLeft! < a.secondsLeft! ? b : a);
    return [
      every,
      `${upperFirst(queueName(first))} would reach ${limitName} first, after about ` +
      `${formatSeconds(first.secondsLeft!)} more at the rate seen over ` +
      `${formatSeconds(first.observedSeconds!)}.`,
    ];
  }
  const fullest = withTails.reduce((a, b) => b.headroomBytes! < a.headroomBytes! ? b : a);
  const percent = Math.floor(fullest.headroomBytes! / (Number(maxTail) + 1) * 100);
  return [
    every,
    `${upperFirst(queueName(fullest))} has the least headroom: ` +
    `${formatBytes(fullest.headroomBytes!)}, ${percent} % of ${limitName}.`,
  ];
}

/** The queue with the first flagged tail in the file; one that surely needs more bits, if any does. */
function firstOver({ queues, limit }: Findings): QueueReport {
  const over = queues.filter(({ firstFlagged }) => firstFlagged !== null);
  const proven = over.filter((queue) => !mayFit(queue, limit.maxTail));
  return (proven.length > 0 ? proven : over).reduce((a, b) =>
    b.firstFlagged!.fileOffset < a.firstFlagged!.fileOffset ? b : a
  );
}

/** Whether the first flagged tail of a queue is one that may have fitted. */
export function mayFit(
  { firstFlagged, lastTailWindow }: QueueReport,
  maxTail: bigint,
): boolean {
  return firstFlagged?.tailExact === false && lastTailWindow !== null &&
    lastTailWindow[0] <= maxTail;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
