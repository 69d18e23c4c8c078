import {
  type AuxAnnouncement,
  type AuxChunkHeader,
  type AuxListener,
  type AuxLoss,
  type ReplayOptions,
  type ReplayReport,
  ReportReplay,
  type TailStep,
} from "../auxtrace/mod.ts";
import { type RemedyFacts, remedyFor } from "../auxtrace/internal.ts";
import { PayloadIndex } from "../packets/mod.ts";
import {
  AuxFlag,
  type FormatError,
  type PerfFile,
  type RecordCursor,
  recordTypeName,
} from "../parsers/perf/mod.ts";
import { joinU64 } from "../parsers/internal.ts";
import { jsonText } from "../text/mod.ts";
import { packetBatches } from "./_packet_rows.ts";
import { Rows } from "./_rows.ts";
import { ownFields } from "./own_fields.ts";
import { type RowBatch, type Table, type TableName, TABLES, USUAL_TABLES } from "./table.ts";

/** Options of {@linkcode tableBatches}. */
export interface TableOptions extends Pick<ReplayOptions, "bits" | "perf" | "fromArch"> {
  /** The name of the recording in its row of `recordings`. */
  readonly name: string;
  /** Where it is, for the same row; null unless given. */
  readonly path?: string;
  /** Which tables; all but `packets` unless given. */
  readonly tables?: readonly TableName[];
}

/** What {@linkcode tableBatches} returns. */
export interface TablesRead {
  /** What the replay found. */
  readonly report: ReplayReport;
  /** Where and why the recording ends early; null if it does not. */
  readonly cut: FormatError | null;
}

/** Records after which a batch comes even if it has no rows, as a bit mask. */
const MANY = 0xffff;
/** Lowest bit of the PMU's format in the flags of an AUX record. */
const FORMAT_UNIT = AuxFlag.FormatMask & -AuxFlag.FormatMask;
/** Losses that are held, as their queue's `idx` and the remedy may be known only later. */
const MOST_LOSSES = 1 << 16;

/**
 * Reads a recording as tables, some thousand rows at a time, in memory that does not depend on
 * their number. One pass over the records serves all tables; `packets` follow, for which some 50
 * bytes a chunk and 24 bytes an AUX record are held. Up to 65,536 losses are held until the whole
 * recording is known, and come in file order; of more, each 65,536 have the remedy that follows from
 * what is known by then. A batch without rows tells how far the file is read.
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
 * @throws {FormatError} If there are more queues than any machine has or, with packets, more AUX
 * records or samples than can be held.
 * @throws {TypeError} If packets are asked for of a stream that only moves forward.
 */
export function* tableBatches(
  file: PerfFile,
  options: TableOptions,
): Generator<RowBatch, TablesRead> {
  const { tables = USUAL_TABLES, bits = 32 } = options;
  const rowsOf = (name: TableName) => tables.includes(name) ? new Rows(TABLES[name]) : null;
  const chunks = rowsOf("chunks");
  const aux = rowsOf("aux_records");
  const tails = rowsOf("tails");
  const losses = rowsOf("losses");
  const records = rowsOf("records");
  const all = [chunks, aux, tails, losses, records].filter((rows) => rows !== null);
  const index = tables.includes("packets") ? new PayloadIndex(file) : null;
  const held: AuxLoss[] = [];
  const listeners: AuxListener[] = [];
  if (index) listeners.push(index);
  if (chunks) listeners.push({ chunk: (chunk) => addChunk(chunks, chunk) });
  if (aux) listeners.push({ announcement: (record) => addAux(aux, record) });
  if (losses) listeners.push({ loss: (loss) => held.push(loss) });
  const addLosses = () => {
    const { basis } = replay.walk;
    const facts = { basis, type: file.auxtraceInfo?.type ?? null };
    const inFileOrder = held.splice(0).sort((a, b) => a.fileOffset - b.fileOffset);
    for (const loss of inFileOrder) addLoss(losses!, loss, facts);
  };
  const replay = new ReportReplay(file, {
    ...options,
    listeners,
    ...(tails && { onStep: (step) => addTail(tails, step, bits) }),
  });
  const cursor = file.recordCursor();
  let walked = 0;
  while (cursor.next()) {
    replay.record(cursor);
    if (records) addRecord(records, cursor);
    if (held.length >= MOST_LOSSES) addLosses();
    for (const rows of all) if (rows.isFull) yield* rows.take(cursor.fileOffset);
    if ((++walked & MANY) === 0) {
      yield nothing(TABLES[tables[0] ?? "recordings"], cursor.fileOffset);
    }
  }
  const report = replay.finish(cursor);
  addLosses();
  for (const rows of all) yield* rows.take(file.size);
  if (tables.includes("recordings")) {
    yield* recordingRow(recordingValues(file, report, options)).take(file.size);
  }
  const cut = index ? yield* packetBatches(file, index.recording(replay.walk, cursor.cut)) : null;
  return { report, cut: cursor.cut ?? cut };
}

/** Tells how far the file is read. */
function nothing(table: Table, fileOffset: number): RowBatch {
  return { table, fileOffset, rows: 0, columns: table.columns.map(() => []) };
}

/** The row of a recording that could not be read. */
export function failedRecording(
  { name, path, bits = 32 }: TableOptions,
  error: string,
): Generator<RowBatch> {
  return recordingRow({ name, path, bits, error }).take(0);
}

/** A row of `recordings` from what is known, by the names of the columns. */
function recordingRow(known: Readonly<Record<string, unknown>>): Rows {
  const rows = new Rows(TABLES.recordings);
  rows.add(...TABLES.recordings.columns.map(({ name }) => known[name] ?? null));
  return rows;
}

function recordingValues(
  file: PerfFile,
  { input, recording, totals, limit, queues, flagged, judgement, ...report }: ReplayReport,
  { name, path }: TableOptions,
): Record<string, unknown> {
  const tails = queues.flatMap(({ lastTail }) => lastTail === null ? [] : [lastTail]);
  const seconds = queues.flatMap(({ secondsToLimit }) => secondsToLimit ?? []);
  return {
    name,
    path,
    container: input.container,
    finalised: input.finalised,
    hostname: recording.hostname,
    arch: recording.arch,
    "kernel_is_64_bit": recording.kernelIs64Bit,
    "os_release": file.features().values.osrelease,
    "perf_version": recording.perfVersion,
    cmdline: recording.cmdline?.join(" "),
    "auxtrace_type": recording.auxtraceType,
    mode: recording.mode,
    basis: report.basis,
    verdict: report.verdict,
    conclusion: report.conclusion,
    bits: limit.bits,
    "generic_refuses": judgement.generic.refuses,
    "released_accessor": judgement.released.accessor,
    "released_refuses": judgement.released.refuses,
    ...Object.fromEntries(
      Object.entries(totals).map(([name, total]) => [snakeCase(name), BigInt(total)]),
    ),
    "first_flagged_tail": flagged[0]?.tail,
    "first_flagged_time_ns": flagged[0]?.timeNs,
    "last_tail": tails.length === 0 ? null : tails.reduce((a, b) => a > b ? a : b),
    "seconds_to_limit": seconds.length === 0 ? null : Math.min(...seconds),
    error: (input.cut ?? input.damage)?.reason,
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
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

/** A chunk whose payload was cut is a cut, not a chunk. */
function addChunk(rows: Rows, chunk: AuxChunkHeader): void {
  const { queue, number, fileOffset, size, presentSize, high, low } = chunk;
  if (presentSize < size) return;
  rows.add(
    queue.idx,
    queue.cpu,
    queue.tid,
    BigInt(number),
    BigInt(fileOffset),
    joinU64(high, low),
    BigInt(size),
    joinU64(chunk.referenceHigh, chunk.referenceLow),
  );
}

function addAux(rows: Rows, record: AuxAnnouncement): void {
  const { fileOffset, fields, flags, origin } = record;
  const { timeHigh, timeLow, event, cpu, pid, tid } = origin;
  rows.add(
    BigInt(fileOffset),
    joinU64(timeHigh, timeLow) || null,
    event?.name ?? null,
    cpu,
    pid,
    tid,
    joinU64(fields.offsetHigh, fields.offsetLow),
    joinU64(fields.sizeHigh, fields.sizeLow),
    joinU64(fields.flagsHigh, flags),
    (flags & AuxFlag.Truncated) !== 0,
    (flags & AuxFlag.Overwrite) !== 0,
    (flags & AuxFlag.Partial) !== 0,
    (flags & AuxFlag.Collision) !== 0,
    (flags & AuxFlag.FormatMask) / FORMAT_UNIT,
  );
}

function addLoss(rows: Rows, loss: AuxLoss, facts: RemedyFacts): void {
  const { kind, queue, fileOffset, from, to, timeNs, events } = loss;
  rows.add(
    queue?.idx ?? null,
    queue?.cpu ?? null,
    queue?.tid ?? null,
    kind,
    BigInt(fileOffset),
    from,
    to,
    timeNs,
    events === null ? null : BigInt(events),
    remedyFor(loss, facts),
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
