import { type ReplayReport, ReportReplay, type TailStep } from "../auxtrace/mod.ts";
import {
  AUXTRACE_SIZE,
  type FormatError,
  type PerfFile,
  type RecordCursor,
  RecordType,
  recordTypeName,
} from "../parsers/perf/mod.ts";
import { packetBatches } from "./_packet_rows.ts";
import { Rows } from "./_rows.ts";
import { jsonText } from "./json_text.ts";
import { ownFields } from "./own_fields.ts";
import { type RowBatch, type Table, type TableName, TABLES, USUAL_TABLES } from "./table.ts";

/** Options of {@linkcode tableBatches}. */
export interface TableOptions {
  /** The recording, as its row in `recordings` shall call it. */
  readonly name: string;
  /** Where it is, for the same row; null unless given. */
  readonly path?: string;
  /** Which tables; all but `packets` unless given. */
  readonly tables?: readonly TableName[];
  /** Bits that a tail may have, 8 to 52; by default 32. */
  readonly bits?: number;
  /** Judge as a 32-bit perf on this machine would behave; by default by the generic accessors. */
  readonly fromArch?: string;
}

/** What {@linkcode tableBatches} returns. */
export interface TablesRead {
  /** What the replay found. */
  readonly report: ReplayReport;
  /** Where and why the recording ends early; null if it does not. */
  readonly cut: FormatError | null;
}

const AUX_SIZE = 32;
const ALL = 0xffffffff;
/** Records after which a batch comes even if it has no rows, as a bit mask. */
const MANY = 0xffff;

/**
 * Reads a recording as tables, some thousand rows at a time, in memory that does not depend on
 * their number. The records are walked over once for all tables, and the payload once for
 * `packets`, for which some 50 bytes a chunk are held. A batch without rows tells how far the file
 * is read.
 *
 * @example The tails of a recording
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { tableBatches } from "@auxtail/auxtail/convert";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const [batch] = tableBatches(file, { name: "perf.data", tables: ["tails"] });
 * const refused = batch!.table.columns.findIndex(({ name }) => name === "refused");
 * assertEquals(batch!.columns[refused]!.filter((value) => value === true).length, 2);
 * ```
 *
 * @throws {FormatError} If there are more queues than any machine has.
 * @throws {TypeError} If packets are asked for of a stream that only moves forward.
 */
export function* tableBatches(
  file: PerfFile,
  options: TableOptions,
): Generator<RowBatch, TablesRead> {
  const { tables = USUAL_TABLES, bits = 32, fromArch } = options;
  const rowsOf = (name: TableName) => tables.includes(name) ? new Rows(TABLES[name]) : null;
  const chunks = rowsOf("chunks");
  const aux = rowsOf("aux_records");
  const tails = rowsOf("tails");
  const records = rowsOf("records");
  const all = [chunks, aux, tails, records].filter((rows) => rows !== null);
  const replay = new ReportReplay(file, {
    bits,
    ...(fromArch !== undefined && { fromArch }),
    ...(tails && { onStep: (step) => addTail(tails, step, bits) }),
  });
  const numbers = new Map<number, number>();
  const cursor = file.recordCursor();
  let walked = 0;
  while (cursor.next()) {
    replay.record(cursor);
    if (chunks && cursor.type === RecordType.Auxtrace && cursor.size >= AUXTRACE_SIZE) {
      addChunk(chunks, cursor, numbers);
    }
    if (aux && cursor.type === RecordType.Aux && cursor.size >= AUX_SIZE) addAux(aux, cursor);
    if (records) addRecord(records, cursor);
    for (const rows of all) if (rows.isFull) yield* rows.take(cursor.fileOffset);
    if ((++walked & MANY) === 0) {
      yield nothing(TABLES[tables[0] ?? "recordings"], cursor.fileOffset);
    }
  }
  const report = replay.finish(cursor);
  for (const rows of all) yield* rows.take(file.size);
  if (tables.includes("recordings")) yield* recordingRow(file, report, options).take(file.size);
  const cut = tables.includes("packets") ? yield* packetBatches(file) : null;
  return { report, cut: cursor.cut ?? cut };
}

/** Tells how far the file is read. */
function nothing(table: Table, fileOffset: number): RowBatch {
  return { table, fileOffset, rows: 0, columns: table.columns.map(() => []) };
}

/** The row of a recording that could not be read. */
export function* failedRecording(
  { name, path, bits = 32 }: TableOptions,
  error: string,
): Generator<RowBatch> {
  const rows = new Rows(TABLES.recordings);
  const known: Record<string, unknown> = { name, path, bits, error };
  rows.add(...TABLES.recordings.columns.map((column) => known[column.name] ?? null));
  yield* rows.take(0);
}

function recordingRow(file: PerfFile, report: ReplayReport, options: TableOptions): Rows {
  const { input, recording, totals, limit, queues, flagged } = report;
  const { values } = file.features();
  const first = flagged[0];
  const tails = queues.flatMap(({ lastTail }) => lastTail === null ? [] : [lastTail]);
  const seconds = queues.flatMap(({ secondsToLimit }) =>
    secondsToLimit === null ? [] : [secondsToLimit]
  );
  const rows = new Rows(TABLES.recordings);
  rows.add(
    options.name,
    options.path ?? null,
    input.container,
    input.finalised,
    recording.hostname,
    recording.arch,
    recording.kernelIs64Bit,
    values.osrelease ?? null,
    recording.perfVersion,
    recording.cmdline?.join(" ") ?? null,
    recording.auxtraceType,
    recording.mode,
    report.verdict,
    report.conclusion,
    limit.bits,
    ...[
      totals.queues,
      totals.chunks,
      totals.auxBytes,
      totals.auxRecords,
      totals.flaggedTails,
      totals.bytesAfterLimit,
      totals.tornReadWindows,
      totals.gaps,
      totals.truncatedRecords,
      totals.partialRecords,
      totals.collisionRecords,
      totals.lostRecords,
      totals.lostEvents,
    ].map(BigInt),
    first?.tail ?? null,
    first?.timeNs ?? null,
    tails.length === 0 ? null : tails.reduce((a, b) => a > b ? a : b),
    seconds.length === 0 ? null : Math.min(...seconds),
    input.cut?.reason ?? null,
  );
  return rows;
}

function addTail(rows: Rows, step: TailStep, bits: number): void {
  const { queue, cpu, tid, chunk, fileOffset, auxOffset, size, head, tail } = step;
  const room = tail === null ? null : 2n ** BigInt(bits) - 1n - tail;
  rows.add(
    queue,
    cpu,
    tid,
    BigInt(chunk),
    BigInt(fileOffset),
    auxOffset,
    BigInt(size),
    head,
    tail,
    step.tailExact,
    step.refused,
    room !== null && room < 0n ? 0n : room,
    step.timeNs,
  );
}

function addChunk(rows: Rows, cursor: RecordCursor, numbers: Map<number, number>): void {
  const idx = cursor.u32(32);
  const number = numbers.get(idx) ?? 0;
  numbers.set(idx, number + 1);
  rows.add(
    idx,
    unlessAll(cursor.u32(40)),
    unlessAll(cursor.u32(36)),
    BigInt(number),
    BigInt(cursor.fileOffset),
    cursor.u64(16),
    BigInt(cursor.payloadSize),
    cursor.u64(24),
  );
}

function addAux(rows: Rows, cursor: RecordCursor): void {
  const { fileOffset, timeNs, event, cpu, pid, tid } = cursor;
  const flags = cursor.low(24);
  rows.add(
    BigInt(fileOffset),
    timeNs,
    event?.name ?? null,
    cpu,
    pid,
    tid,
    cursor.u64(8),
    cursor.u64(16),
    cursor.u64(24),
    (flags & 1) !== 0,
    (flags & 2) !== 0,
    (flags & 4) !== 0,
    (flags & 8) !== 0,
    flags >>> 8 & 0xff,
  );
}

function addRecord(rows: Rows, cursor: RecordCursor): void {
  rows.add(
    BigInt(cursor.fileOffset),
    cursor.type,
    recordTypeName(cursor.type),
    cursor.size,
    cursor.misc,
    cursor.event?.name ?? null,
    cursor.cpu,
    cursor.pid,
    cursor.tid,
    cursor.timeNs,
    jsonText(ownFields(cursor.record())),
  );
}

function unlessAll(value: number): number | null {
  return value === ALL ? null : value;
}
