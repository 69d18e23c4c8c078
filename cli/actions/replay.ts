import {
  type QueueReport,
  replayJson,
  type ReplayReport,
  ReportReplay,
} from "../../auxtrace/mod.ts";
import { containerWords, errorWords, traceWords } from "../../auxtrace/internal.ts";
import type { ReplayWork } from "../_replay_work.ts";
import { type AnswerOptions, concludeReplay, openInput, openToPrint } from "../_common.ts";
import type { InputOptions } from "../_inputs.ts";
import { InputFiles } from "../output/input_files.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import { type Style, style } from "../output/style.ts";
import { countOf, queueCells, textTable, wrap, wrapIndented } from "../output/table.ts";
import {
  countText,
  formatSeconds,
  formatTime,
  hex,
  jsonText,
  ownerName,
  printable,
  shortBytes,
} from "../../text/mod.ts";
import { checkQueues } from "./_select_queues.ts";
import { checkJobs, judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of `auxtail replay`. */
export interface ReplayCommandOptions extends AnswerOptions, InputOptions, JudgeOptions {
  readonly all?: boolean | undefined;
  readonly queue?: readonly number[] | undefined;
  readonly jobs: number;
  readonly exitZero?: boolean | undefined;
}

/** Picks how recordings are replayed. */
export function replayWork(options: ReplayCommandOptions): Omit<ReplayWork, "json"> {
  checkJobs(options.jobs);
  return { ...judgedBy(options), maxFlagged: options.all ? Infinity : 10 };
}

/** Replays a recording, prints what was found, and sets the exit code. */
export function replay(options: ReplayCommandOptions, path: string): void {
  const work = replayWork(options);
  using out = new Output(options.output, new InputFiles([path]));
  using file = options.format === "ndjson" ? openToPrint(path) : openInput(path);
  const replay = new ReportReplay(file, {
    ...work,
    ...(options.format === "ndjson" && {
      onStep: (step) => wanted(step.queue, options) && out.line(jsonText(step)),
    }),
  });
  const cursor = file.recordCursor();
  {
    using progress = new Progress(file.size, options);
    while (cursor.next()) {
      replay.record(cursor);
      progress.at(cursor.fileOffset);
    }
  }
  const report = replay.finish(cursor);
  checkQueues(report.queues, options.queue);
  const shown = selectQueues(report, options);
  const json = replayJson(shown, path);
  if (options.format === "json") out.line(jsonText(json, 2));
  else if (options.format === "ndjson") out.line(jsonText({ summary: json }));
  else out.lines(tableLines(shown, path, style(options)));
  out.commit();
  concludeReplay(report, path, options);
}

function wanted(queue: number | null, { queue: only }: ReplayCommandOptions): boolean {
  return only === undefined || (queue !== null && only.includes(queue));
}

/** Leaves out the queues that were not asked for; totals and verdict are of the whole recording. */
function selectQueues(report: ReplayReport, options: ReplayCommandOptions): ReplayReport {
  return {
    ...report,
    queues: report.queues.filter(({ idx }) => wanted(idx, options)),
    flagged: report.flagged.filter(({ queue }) => wanted(queue, options)),
    losses: report.losses.filter(({ queue }) => wanted(queue, options)),
  };
}

function* tableLines(report: ReplayReport, path: string, paint: Style): Generator<string> {
  const { input, recording, totals, queues, flagged, limit } = report;
  const kind = [
    ...traceWords(recording),
    ...containerWords(input),
    ...(recording.arch === null ? [] : [printable(recording.arch)]),
  ];
  yield* wrapIndented(`${printable(path)}: ${kind.join(", ")}`);
  if (queues.length > 0) {
    yield "";
    yield* textTable(
      [
        ...["queue", "cpu", "tid", "chunks", "present", "missing"],
        ...["last tail", "headroom", "time left", "flagged"],
      ],
      queues.map(queueRow),
    ).map((line, row) => row > 0 && queues[row - 1]!.flaggedTails > 0 ? paint.bad(line) : line);
  }
  yield* lossLines(report);
  const others = otherLine(report);
  if (others !== "") yield* ["", ...wrapIndented(others)];
  if (flagged.length > 0) {
    yield "";
    yield `Tails that need more than ${limit.bits} bits: ${totals.flaggedTails}` +
      (flagged.length < totals.flaggedTails ? ` (the first ${flagged.length}; --all for all)` : "");
    yield* textTable(
      ["queue", "chunk", "at file", "AUX offset", "size", "tail", "time"],
      flagged.map((tail) => [
        `${tail.queue ?? "-"}`,
        `${tail.chunk}`,
        hex(tail.fileOffset),
        hex(tail.auxOffset),
        countText(tail.size),
        `${tail.tailExact ? "" : "~"}${hex(tail.tail)}`,
        tail.timeNs === null ? "-" : formatTime(tail.timeNs),
      ]),
    );
  }
  yield "";
  yield* wrap(report.conclusion).map(report.verdict === "fits" ? paint.good : paint.strong);
  if (report.advice !== null) yield* wrap(report.advice);
  for (const note of report.notes) yield* wrapIndented(`Note: ${printable(note)}`);
}

function queueRow(queue: QueueReport): string[] {
  const { lastTail, headroomBytes, secondsLeft } = queue;
  return [
    ...queueCells(queue),
    `${queue.chunks}`,
    shortBytes(queue.presentBytes),
    queue.missingBytes === 0 ? "-" : shortBytes(queue.missingBytes),
    lastTail === null ? "-" : `${queue.lastTailExact ? "" : "~"}${hex(lastTail)}`,
    headroomBytes === null ? "-" : shortBytes(headroomBytes),
    secondsLeft === null ? "-" : formatSeconds(secondsLeft),
    `${queue.flaggedTails}`,
  ];
}

/** What was lost: how often, where, and what to do about each kind. */
function* lossLines({ losses, lossCounts }: ReplayReport): Generator<string> {
  if (losses.length === 0) return;
  const kinds = Object.entries(lossCounts).filter(([, count]) => count > 0);
  const total = kinds.reduce((so, [, count]) => so + count, 0);
  yield "";
  yield* wrap(
    `Losses: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(", ")}` +
      (losses.length < total ? ` (the first ${losses.length}; --all for all)` : ""),
  );
  yield* textTable(
    ["queue", "kind", "at file", "from", "to", "time"],
    losses.map(({ queue, cpu, tid, kind, fileOffset, from, to, timeNs }) => [
      queue !== null || cpu === null && tid === null ? `${queue ?? "-"}` : ownerName({ cpu, tid }),
      kind,
      hex(fileOffset),
      from === null ? "-" : hex(from),
      to === null ? "-" : hex(to),
      timeNs === null ? "-" : formatTime(timeNs),
    ]),
  );
  for (const { fileOffset, kind, error } of losses) {
    if (kind === "error") {
      yield* wrapIndented(printable(`error at ${hex(fileOffset)}: ${errorWords(error)}`));
    }
  }
  const remedies = new Map(losses.map(({ kind, remedy }) => [`${kind}: ${remedy}`, kind]));
  for (const text of remedies.keys()) yield* wrap(text);
}

/** What is told of the file besides; of an answer that is not proven standard error tells why. */
function otherLine({ totals, input, perf, judgement, verdict }: ReplayReport): string {
  const { tornReadWindows } = totals;
  const said: string[] = [];
  if (tornReadWindows > 0 && (perf === "generic" || judgement.released.tornReads !== false)) {
    said.push(
      `${countOf(tornReadWindows, "chunk")} crossed a multiple of 4 GiB, ` +
        "where a torn read is possible",
    );
  }
  if (input.trailingBytes > 0) {
    said.push(`${countOf(input.trailingBytes, "byte")} of text after the records`);
  }
  if (input.cut !== null && verdict !== "incomplete") {
    const word = input.cut.fault === "truncated" ? "cut" : "damaged";
    said.push(`${word}: ${input.cut.reason}; ${input.cut.cure}`);
  }
  return said.join("; ");
}
