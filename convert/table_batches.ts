import { type ReplayReport, ReportReplay } from "../auxtrace/mod.ts";
import type { FormatError, PerfFile } from "../parsers/perf/mod.ts";
import type { RowBatch, Table, TableOptions } from "./table.ts";
import { SOURCES, TABLES, USUAL_TABLES } from "./tables.ts";

/** What {@linkcode tableBatches} returns. */
export interface TablesRead {
  /** What the replay found. */
  readonly report: ReplayReport;
  /** Where and why the recording ends early; null if it does not. */
  readonly cut: FormatError | null;
}

/** Records after which a batch comes even if it has no rows, as a bit mask. */
const MANY = 0xffff;

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
 * assertEquals([...batch!.columns[refused]!].filter((value) => value === true).length, 2);
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
  const { tables = USUAL_TABLES } = options;
  const fillers = Object.values(SOURCES).filter(({ table }) => tables.includes(table.name))
    .map((source) => source.fill(file, options));
  const withSteps = fillers.filter(({ step }) => step !== undefined);
  const replay = new ReportReplay(file, {
    ...options,
    listeners: fillers.flatMap(({ listener }) => listener ?? []),
    ...(withSteps.length > 0 && {
      onStep: (step) => withSteps.forEach((filler) => filler.step!(step)),
    }),
  });
  const ofRecords = fillers.filter(({ record }) => record !== undefined);
  const withRows = fillers.filter(({ rows }) => rows !== undefined);
  const cursor = file.recordCursor();
  let walked = 0;
  while (cursor.next()) {
    replay.record(cursor);
    for (let i = 0; i < ofRecords.length; i++) ofRecords[i]!.record!(cursor);
    for (let i = 0; i < withRows.length; i++) {
      const { rows } = withRows[i]!;
      if (rows!.isFull) yield* rows!.take(cursor.fileOffset);
    }
    if ((++walked & MANY) === 0) {
      yield noRows(TABLES[tables[0] ?? "recordings"], cursor.fileOffset);
    }
  }
  const report = replay.finish(cursor);
  let { cut } = cursor;
  for (const filler of fillers) {
    filler.finish?.(report);
    if (filler.rows) yield* filler.rows.take(file.size);
  }
  for (const filler of fillers) {
    const payloadCut = filler.payload && (yield* filler.payload(replay.walk, cursor.cut));
    cut ??= payloadCut ?? null;
  }
  return { report, cut };
}

/** Tells how far the file is read. */
function noRows(table: Table, fileOffset: number): RowBatch {
  return { table, fileOffset, rows: 0, columns: table.columns.map(() => []) };
}
