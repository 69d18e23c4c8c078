import { ValidationError } from "@cliffy/command";
import {
  findRecordType,
  type PerfFile,
  type RecordCursor,
  RecordType,
  recordTypeName,
} from "../../parsers/perf/mod.ts";
import { readChunkFields } from "../../parsers/perf/internal.ts";
import { type AnswerOptions, complainOfCut, cureOf, openInput, openToPrint } from "../_common.ts";
import type { Inputs } from "../_inputs.ts";
import { Progress } from "../output/progress.ts";
import { textTable } from "../output/table.ts";
import { jsonText } from "../../text/mod.ts";
import { closestOf } from "./_closest_of.ts";
import { type AnswerText, eachRecording } from "./_each_recording.ts";
import { linesByTime } from "./_lines_by_time.ts";
import { recordFields, recordLine } from "./_record_text.ts";

/** Types below this are counted in an array. */
const ARRAY_TYPES = 256;
const NS_DIGITS = 9;
/** Most characters of lines to hold, by time, of what cannot be read again. */
const MAX_HELD_OF_STREAM = 1 << 25;

/** Options of `auxtail dump`. */
export interface DumpCommandOptions extends AnswerOptions {
  readonly type?: readonly string[] | undefined;
  readonly cpu?: readonly number[] | undefined;
  readonly event?: readonly string[] | undefined;
  readonly time?: string | undefined;
  readonly order: string;
  readonly limit?: number | undefined;
  readonly count?: boolean | undefined;
}

type Filter = (cursor: RecordCursor) => boolean;

/** Prints or counts the records of recordings; exit code 2 if one was cut. */
export async function dump(options: DumpCommandOptions, inputs: Inputs): Promise<void> {
  checkOptions(options);
  const filters = filtersOf(options);
  const joining = options.count
    ? { schema: "auxtail.counts/1", hasNoName: true }
    : { schema: "auxtail.dumps/1", hasNoName: true, areLines: true };
  await eachRecording(inputs, options, joining, (path, out, options) => {
    using file = options.count ? openInput(path) : openToPrint(path);
    checkEventNames(file, options.event ?? []);
    using progress = new Progress(file.size, options);
    const cursor = file.recordCursor();
    if (options.count) {
      printCounts(count(cursor, filters, progress), {
        path: inputs.many ? path : null,
        format: options.format,
        out,
      });
    } else {
      const write = options.format === "ndjson" ? ndjsonLine : recordLine;
      const lines = options.order === "time"
        ? linesByTime(cursor, {
          isWanted: (cursor) => {
            progress.at(cursor.fileOffset);
            return filters.every((filter) => filter(cursor));
          },
          write,
          again: () => requireAgain(path, file).recordCursor(),
          ...(!file.seekable && { maxHeld: MAX_HELD_OF_STREAM }),
        })
        : matching(cursor, filters, progress).map(write);
      out.lines(options.limit === undefined ? lines : lines.take(options.limit));
    }
    const { cut } = cursor;
    const { secondRecording } = file;
    return () => complainOfCut(path, cut, secondRecording);
  });
}

function checkOptions({ format, count, limit }: DumpCommandOptions): void {
  if (format === "json" && !count) {
    throw new ValidationError('--format json goes with --count; use "ndjson" for records');
  }
  if (count && limit !== undefined) {
    throw new ValidationError("--limit does not go with --count");
  }
  if (limit !== undefined && limit < 0) {
    throw new ValidationError(`Cannot stop after ${limit} records: expected 0 or more`);
  }
}

function filtersOf({ type, cpu, event, time }: DumpCommandOptions): Filter[] {
  const filters: Filter[] = [];
  if (type !== undefined) {
    const types = new Set(type.map(typeNumber));
    filters.push((cursor) => types.has(cursor.type));
  }
  if (cpu !== undefined) {
    const cpus = new Set<number | null>(cpu);
    filters.push((cursor) => cpus.has(cpuOf(cursor)));
  }
  if (event !== undefined) {
    const events = new Set<string | null>(event);
    filters.push((cursor) => events.has(cursor.event?.name ?? null));
  }
  if (time !== undefined) {
    const { from, to } = timeRange(time);
    filters.push(({ timeNs }) => timeNs !== null && timeNs >= from && timeNs <= to);
  }
  return filters;
}

function cpuOf(cursor: RecordCursor): number | null {
  return readChunkFields(cursor)?.cpu ?? cursor.cpu;
}

function typeNumber(name: string): number {
  const type = findRecordType(name);
  if (type !== undefined) return type;
  const known = Object.values(RecordType).map((type) => recordTypeName(type).slice(12));
  const wanted = name.toUpperCase().replace(/^PERF_RECORD_/, "");
  throw new ValidationError(`Unknown record type "${name}"${closestOf(wanted, known)}`);
}

/** The events of a pipe come with its records, so their names cannot be refused beforehand. */
function checkEventNames(file: PerfFile, names: readonly string[]): void {
  const known = file.events.flatMap(({ name }) => name === null ? [] : [name]);
  if (file.header.pipe || !file.seekable || known.length === 0) return;
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new ValidationError(`The recording has no event "${name}"${closestOf(name, known)}`);
  }
}

function timeRange(text: string): { from: bigint; to: bigint } {
  const parts = text.split(",");
  const [from = "", to = ""] = parts;
  if (parts.length !== 2 || from + to === "") {
    throw new ValidationError(`Cannot read the time "${text}": expected FROM,TO`);
  }
  const range = { from: timeNs(from) ?? 0n, to: timeNs(to) ?? 2n ** 64n };
  if (range.from > range.to) {
    throw new ValidationError(`Cannot read the time "${text}": FROM is after TO`);
  }
  return range;
}

/** Reads a time exactly; null for no text. */
function timeNs(text: string): bigint | null {
  if (text === "") return null;
  const [, whole, ns, fraction = ""] = text.match(/^(\d+)(?:(ns)|\.(\d{1,9}))?$/) ?? [];
  if (whole === undefined) {
    throw new ValidationError(`Cannot read the time "${text}": expected 12.345 or 12345000000ns`);
  }
  return ns === undefined ? BigInt(whole + fraction.padEnd(NS_DIGITS, "0")) : BigInt(whole);
}

function* matching(
  cursor: RecordCursor,
  filters: readonly Filter[],
  progress: Progress,
): Generator<RecordCursor> {
  while (cursor.next()) {
    progress.at(cursor.fileOffset);
    if (filters.every((filter) => filter(cursor))) yield cursor;
  }
}

function requireAgain(path: string, file: PerfFile): PerfFile {
  if (file.seekable) return file;
  throw new Deno.errors.InvalidData(
    `${path} cannot be read again, and has more records between two FINISHED_ROUND than are held ` +
      `to sort them: ${cureOf(file)}, or use --order file`,
  );
}

function ndjsonLine(cursor: RecordCursor): string {
  return jsonText(recordFields(cursor));
}

/** Counts records by type in one walk that allocates nothing for them. */
function count(
  cursor: RecordCursor,
  filters: readonly Filter[],
  progress: Progress,
): Map<number, number> {
  const known = new Float64Array(ARRAY_TYPES);
  const others = new Map<number, number>();
  let walked = 0;
  while (cursor.next()) {
    if ((++walked & 0xff) === 0) progress.at(cursor.fileOffset);
    if (filters.length > 0 && !filters.every((filter) => filter(cursor))) continue;
    const { type } = cursor;
    if (type < ARRAY_TYPES) known[type]!++;
    else others.set(type, (others.get(type) ?? 0) + 1);
  }
  const counted = [...known.entries()].filter(([, number]) => number > 0);
  return new Map([...counted, ...others]);
}

function printCounts(
  counts: ReadonlyMap<number, number>,
  { path, format, out }: {
    /** Where the recording is, if it is one of several. */
    readonly path: string | null;
    readonly format: string;
    readonly out: AnswerText;
  },
): void {
  const rows = [...counts].sort(([a], [b]) => a - b)
    .map(([type, number]) => [recordTypeName(type), number] as const);
  if (format !== "table") {
    const records = Object.fromEntries(rows);
    const input = path === null ? {} : { input: { path } };
    const report = { schema: "auxtail.count/1", ...input, records };
    out.line(jsonText(report, format === "json" ? 2 : undefined));
    return;
  }
  const total = rows.reduce((so, [, number]) => so + number, 0);
  const cells = [...rows, ["total", total] as const].map(([name, number]) => [name, `${number}`]);
  out.lines(textTable(["type", "records"], cells));
}
