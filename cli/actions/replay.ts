import { type QueueReport, type ReplayReport, ReportReplay } from "../../auxtrace/report.ts";
import { formatBytes, formatSeconds, formatTime } from "../../auxtrace/conclusion.ts";
import { ValidationError } from "@cliffy/command";
import { complain, cutLine, openInput } from "../_common.ts";
import type { ReplayCommandOptions } from "../commands/replay.ts";
import { hex, jsonText } from "../../convert/json_text.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import { type Style, style } from "../output/style.ts";
import { printable, table, wrap } from "../output/table.ts";

/** Replays a recording, prints what was found, and sets the exit code. */
export function replay(options: ReplayCommandOptions, path: string): void {
  using file = openInput(path);
  using out = new Output(options.output, path);
  const { bits, fromArch } = options;
  const replay = new ReportReplay(file, {
    bits,
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
  if (report.verdict === "incomplete" && report.input.cut !== null) {
    const { cut: { reason }, finalised } = report.input;
    complain(cutLine(path, { reason, finalised }, "proven"));
    Deno.exitCode = 2;
  }
}

/** What `--format json` prints of a recording. */
interface ReplayJson extends ReplayReport {
  readonly schema: "auxtail.replay/1";
  readonly input: ReplayReport["input"] & { readonly path: string };
}

/** Adds to a report what its JSON begins with. */
export function replayJson(report: ReplayReport, path: string): ReplayJson {
  return { schema: "auxtail.replay/1", ...report, input: { path, ...report.input } };
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
      ["queue", "cpu", "tid", "chunks", "recorded", "last tail", "headroom", "left", "flagged"],
      queues.map(queueRow),
    ).map((line, row) => row > 0 && queues[row - 1]!.flaggedTails > 0 ? paint.bad(line) : line);
  }
  const gaps = queues.flatMap((queue) => queue.gaps.map((gap) => ({ ...gap, idx: queue.idx })));
  if (gaps.length > 0) {
    yield "";
    yield `Gaps, overlaps, regressions, bytes not recorded: ${totals.gaps}` +
      (gaps.length > 10 ? " (the first 10)" : "");
    yield* table(
      ["queue", "kind", "from", "to"],
      gaps.slice(0, 10).map((
        { idx, kind, from, to },
      ) => [`${idx ?? "-"}`, kind, hex(from), hex(to)]),
    );
  }
  const losses = lossLine(report);
  if (losses !== "") yield* ["", ...wrap(losses)];
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
    formatBytes(queue.auxBytes).replace(" bytes", " B"),
    lastTail === null ? "-" : `${queue.lastTailExact ? "" : "~"}${hex(lastTail)}`,
    headroomBytes === null ? "-" : formatBytes(headroomBytes).replace(" bytes", " B"),
    secondsLeft === null ? "-" : formatSeconds(secondsLeft),
    `${queue.flaggedTails}`,
  ];
}

function lossLine({ totals, input }: ReplayReport): string {
  const parts = [
    [totals.truncatedRecords, "AUX records TRUNCATED"],
    [totals.partialRecords, "AUX records PARTIAL"],
    [totals.collisionRecords, "AUX records COLLISION"],
    [totals.lostRecords, `LOST records (${totals.lostEvents} events)`],
    [totals.tornReadWindows, "chunks crossed a multiple of 4 GiB, where a torn read is possible"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
    .map((part) => part.replace(/^(1 (?:AUX record|LOST record|chunk))s/, "$1"));
  if (input.trailingBytes > 0) said.push(`${input.trailingBytes} bytes of text behind the records`);
  if (input.cut !== null) said.push(`cut: ${input.cut.reason}`);
  return said.join("; ");
}
