import { ReportReplay, type TailStep } from "../../auxtrace/mod.ts";
import { FormatError } from "../../parsers/format_error.ts";
import {
  type ByteSource,
  checkFile,
  type CheckReport,
  type PerfFile,
  type RecordCheck,
  type Report,
} from "../../parsers/perf/mod.ts";
import { openInput } from "../_common.ts";
import type { CheckCommandOptions } from "../commands/check.ts";
import { hex, jsonText } from "../../convert/json_text.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import { type Style, style } from "../output/style.ts";
import { printable, table, wrap } from "../output/table.ts";

/** Checks a recording, prints what was found, and sets the exit code. */
export function check(options: CheckCommandOptions, path: string): void {
  using file = openInput(path);
  using out = new Output(options.output, path);
  using bytes = file.seekable && file.container !== "pipe" ? openBytes(path, file) : null;
  const report = checkWith(file, bytes?.source, options);
  const { container, byteOrder, finalised } = file;
  if (options.format === "json") {
    const input = { path, container, byteOrder, finalised };
    out.line(jsonText({ schema: "auxtail.check/1", input, ...report }, 2));
  } else {
    for (const line of tableLines(report, path, style(options))) out.line(line);
  }
  out.flush();
  if (report.verdict === "damaged" && !options.exitZero) Deno.exitCode = 1;
}

function checkWith(
  file: PerfFile,
  source: ByteSource | undefined,
  options: CheckCommandOptions,
): CheckReport {
  using progress = new Progress(file.size, options.progress && !options.quiet);
  const also = [continuityCheck(file, (position) => progress.at(position))];
  return checkFile(file, { also, ...(source && { source }) });
}

/** Opens the file that holds the header and the index a second time, to read the index. */
function openBytes(path: string, file: PerfFile): Disposable & { source: ByteSource } {
  const handle = Deno.openSync(file.container === "directory" ? `${path}/data` : path);
  const { size } = handle.statSync();
  return {
    source: {
      size,
      read(offset, into) {
        if (offset >= size) return 0;
        handle.seekSync(offset, Deno.SeekMode.Start);
        return handle.readSync(into) ?? 0;
      },
    },
    [Symbol.dispose]: () => handle.close(),
  };
}

/** Looks for gaps, overlaps and regressions between the chunks of each queue, by replaying them. */
function continuityCheck(file: PerfFile, progress: (position: number) => void): RecordCheck {
  const places = new ChunkPlaces();
  const replay = new ReportReplay(file, { onStep: (step) => places.note(step) });
  let failed: FormatError | null = null;
  return { name: "chunk-continuity", record, finish };

  function attempt(action: () => void): void {
    if (failed !== null) return;
    try {
      action();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      failed = error;
    }
  }

  function record(cursor: Parameters<RecordCheck["record"]>[0]): void {
    progress(cursor.fileOffset);
    places.at = cursor.fileOffset;
    attempt(() => replay.record(cursor));
  }

  function finish(cursor: Parameters<RecordCheck["record"]>[0], report: Report): void {
    attempt(() => {
      const { queues, totals } = replay.finish(cursor);
      let listed = 0;
      for (const queue of queues) {
        for (const { from, to, kind } of queue.gaps) {
          const place = places.find(queue.idx, to, kind === "unrecorded", to === queue.firstOffset);
          const name = queue.idx === null ? `cpu ${queue.cpu ?? "-"}` : `queue ${queue.idx}`;
          report("warning", place, `${name}: ${kind} from ${hex(from)} to ${hex(to)}`);
          listed++;
        }
      }
      for (; listed < totals.gaps; listed++) report("warning", 0, "and more");
    });
    if (failed !== null) report("warning", failed.detail.offset, failed.message);
  }
}

/** Remembers where the records stand that do not start where the one before them ends. */
class ChunkPlaces {
  /** Position of the record at hand. */
  at = 0;
  readonly #jumps = new Map<string, number>();
  readonly #first = new Map<number | null, number>();
  readonly #last = new Map<number | null, number>();
  readonly #ends = new Set<bigint>();

  note({ queue, fileOffset, auxOffset, size, tail }: TailStep): void {
    if (tail === null) return;
    if (!this.#first.has(queue)) this.#first.set(queue, fileOffset);
    this.#last.set(queue, fileOffset);
    if (queue !== null) {
      if (tail !== auxOffset + BigInt(size)) this.#jumps.set(`${queue} ${tail}`, this.at);
      return;
    }
    if (!this.#ends.delete(auxOffset)) this.#jumps.set(`null ${auxOffset}`, fileOffset);
    this.#ends.add(tail);
  }

  find(queue: number | null, to: bigint, unrecorded: boolean, first: boolean): number {
    const chunk = unrecorded && first ? this.#first.get(queue) : this.#last.get(queue);
    return (unrecorded ? chunk : this.#jumps.get(`${queue} ${to}`)) ?? chunk ?? 0;
  }
}

function* tableLines(report: CheckReport, path: string, paint: Style): Generator<string> {
  const { checks, findings, counts, verdict } = report;
  const painted = verdict === "ok" ? paint.good(verdict) : paint.bad(verdict);
  yield `${printable(path)}: ${painted}`;
  yield "";
  const rows = checks.map((
    check,
  ) => [check, counts[check] === 0 ? "ok" : `${counts[check]} found`]);
  yield* table(["check", "result"], rows);
  for (const check of checks) {
    const listed = findings.filter((finding) => finding.check === check);
    if (listed.length === 0) continue;
    yield "";
    yield `${check}:`;
    for (const { severity, fileOffset, message } of listed) {
      const [first = "", ...rest] = wrap(
        `${hex(fileOffset)} ${severity}: ${printable(message)}`,
        76,
      );
      yield `  ${severity === "error" ? paint.bad(first) : first}`;
      for (const line of rest) yield `    ${line}`;
    }
    const more = counts[check]! - listed.length;
    if (more > 0) yield `  and ${more} more`;
  }
}
