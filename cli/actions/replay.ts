import {
  type QueueReport,
  replayJson,
  type ReplayReport,
  ReportReplay,
} from "../../auxtrace/mod.ts";
import { ValidationError } from "@cliffy/command";
import { complain, cutLine, openInput } from "../_common.ts";
import type { ReplayCommandOptions } from "../commands/replay.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import { type Style, style } from "../output/style.ts";
import { printable, table, wrap } from "../output/table.ts";
import { formatSeconds, formatTime, hex, jsonText, ownerName, shortBytes } from "../../text/mod.ts";

/** Replays a recording, prints what was found, and sets the exit code. */
export function replay(options: ReplayCommandOptions, path: string): void {
  using file = openInput(path);
  using out = new Output(options.output, path);
  const { bits, perf, fromArch } = options;
  const replay = new ReportReplay(file, {
    bits,
    ...(perf !== undefined && { perf }),
    ...(fromArch !== undefined && { fromArch }),
    maxFlagged: options.all ? Infinity : 10,
    ...(options.format === "ndjson" && {
      onStep: (step) => wanted(step.queue, options) && out.line(jsonText(step)),
    }),
  });
  const cursor = file.recordCursor();
  {
    using progress = new Progress(file.size, options.progress && !options.quiet);
    while (cursor.next()) {
      replay.record(cursor);
      progress.at(cursor.fileOffset);
    }
  }
  const report = replay.finish(cursor);
  const missing = options.queue?.find((wanted) => !report.queues.some(({ idx }) => idx === wanted));
  if (missing !== undefined) {
    const there = report.queues.map(({ idx }) => idx ?? "-").join(", ") || "none";
    throw new ValidationError(`There is no queue ${missing}: the recording has ${there}`);
  }
  const shown = selectQueues(report, options);
  const json = replayJson(shown, path);
  if (options.format === "json") out.line(jsonText(json, 2));
  else if (options.format === "ndjson") out.line(jsonText({ summary: json }));
  else for (const line of tableLines(shown, path, style(options))) out.line(line);
  out.flush();
  if (report.verdict === "exceeds") Deno.exitCode = options.exitZero ? 0 : 1;
  if (report.verdict === "incomplete") {
    const { cut, damage, finalised } = report.input;
    complain(
      cut !== null
        ? cutLine(path, { reason: cut.reason, finalised }, "proven")
        : `${path}: not proven: ${damage?.reason}; the file is damaged there, or was not written by perf`,
    );
    Deno.exitCode = 2;
  }
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
    ...(recording.auxtraceType === null ? [] : [recording.auxtraceType]),
    recording.mode === "none" ? "no AUX data" : `${recording.mode} mode`,
    input.finalised || input.container === "pipe"
      ? input.container
      : `${input.container}, not finalised`,
    ...(recording.arch === null ? [] : [printable(recording.arch)]),
  ];
  yield* wrap(`${printable(path)}: ${kind.join(", ")}`);
  if (queues.length > 0) {
    yield "";
    yield* table(
      [
        ...["queue", "cpu", "tid", "chunks", "present", "missing"],
        ...["last tail", "headroom", "time left", "flagged"],
      ],
      queues.map(queueRow),
    ).map((line, row) => row > 0 && queues[row - 1]!.flaggedTails > 0 ? paint.bad(line) : line);
  }
  yield* lossLines(report);
  const others = otherLine(report);
  if (others !== "") yield* ["", ...wrap(others)];
  if (flagged.length > 0) {
    yield "";
    yield `Tails that need more than ${limit.bits} bits: ${totals.flaggedTails}` +
      (flagged.length < totals.flaggedTails ? ` (the first ${flagged.length}; --all for all)` : "");
    yield* table(
      ["queue", "chunk", "at file", "AUX offset", "size", "tail", "time"],
      flagged.map((tail) => [
        `${tail.queue ?? "-"}`,
        `${tail.chunk}`,
        hex(tail.fileOffset),
        hex(tail.auxOffset),
        `${tail.size}`,
        `${tail.tailExact ? "" : "~"}${hex(tail.tail)}`,
        tail.timeNs === null ? "-" : formatTime(tail.timeNs),
      ]),
    );
  }
  yield "";
  yield* wrap(report.conclusion).map(report.verdict === "fits" ? paint.good : paint.strong);
  if (report.advice !== null) yield* wrap(report.advice);
  for (const note of report.notes) yield* wrap(`Note: ${printable(note)}`);
}

function queueRow(queue: QueueReport): string[] {
  const { idx, cpu, tid, lastTail, headroomBytes, secondsLeft } = queue;
  return [
    `${idx ?? "-"}`,
    `${cpu ?? "-"}`,
    `${tid ?? "-"}`,
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
  yield* table(
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
  const remedies = new Map(losses.map(({ kind, remedy }) => [`${kind}: ${remedy}`, kind]));
  for (const text of remedies.keys()) yield* wrap(text);
}

function otherLine({ totals, input, perf, judgement }: ReplayReport): string {
  const { tornReadWindows } = totals;
  const said: string[] = [];
  if (tornReadWindows > 0 && (perf === "generic" || judgement.released.tornReads !== false)) {
    said.push(
      `${tornReadWindows} chunk${tornReadWindows === 1 ? "" : "s"} crossed a multiple of 4 GiB, ` +
        "where a torn read is possible",
    );
  }
  if (input.trailingBytes > 0) said.push(`${input.trailingBytes} bytes of text after the records`);
  if (input.cut !== null) said.push(`cut: ${input.cut.reason}`);
  if (input.damage !== null) said.push(`damaged: ${input.damage.reason}`);
  return said.join("; ");
}
