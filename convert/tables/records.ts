import { MINUS_ONE, RECORD_HEADER_SIZE, RecordType } from "../../parsers/perf/abi.ts";
import { layoutOf, ownFields } from "../../parsers/perf/internal.ts";
import { type PerfEvent, type RecordCursor, recordTypeName } from "../../parsers/perf/mod.ts";
import { writeJson } from "../_json_bytes.ts";
import { SampleText } from "../_sample_text.ts";
import type { RowSource, TableSource } from "../_table_source.ts";
import { NullColumn, TextRows } from "../_text_column.ts";
import { type ColumnValues, type RowBatch, tableOf } from "../table.ts";

const MOST_ROWS = 512;
/** Bytes of `fields` with which a batch is full: some records have half a million. */
const MOST_TEXT = 1 << 18;

/** A row for each record. */
export const recordTable: TableSource = {
  table: tableOf(
    "records",
    "file_offset:u64 type:u32 name:text size:u32 misc:u32 event:text? cpu:u32? pid:u32? " +
      "tid:u32? time_ns:u64? fields:text",
  ),
  fill() {
    const rows = new RecordRows();
    return { rows, record: (cursor) => rows.add(cursor) };
  },
};

/** Gathers the rows of records, of which there are more than of all else. */
class RecordRows implements RowSource {
  readonly #samples = new SampleText();
  readonly #fields = new TextRows(MOST_ROWS);
  #columns = new RecordColumns();
  #rows = 0;

  get isFull(): boolean {
    return this.#rows >= MOST_ROWS || this.#fields.out.length >= MOST_TEXT;
  }

  add(cursor: RecordCursor): void {
    const row = this.#rows++;
    const { event } = cursor;
    const columns = this.#columns;
    const { fileOffset } = cursor;
    columns.offsets[2 * row] = fileOffset;
    columns.offsets[2 * row + 1] = fileOffset / 2 ** 32;
    columns.types[row] = cursor.type;
    columns.sizes[row] = cursor.size;
    columns.miscs[row] = cursor.misc;
    columns.names.push(recordTypeName(cursor.type));
    columns.events.push(event?.name ?? null);
    this.#fields.begin();
    if (event === null || !this.#addSample(cursor, event, row)) {
      columns.cpus.set(row, cursor.cpu ?? MINUS_ONE);
      columns.pids.set(row, cursor.pid ?? MINUS_ONE);
      columns.tids.set(row, cursor.tid ?? MINUS_ONE);
      columns.setTime(row, cursor, cursor.timeAt);
      writeJson(this.#fields.out, ownFields(cursor.record()));
    }
    this.#fields.end();
  }

  *take(fileOffset: number): Generator<RowBatch> {
    if (this.#rows === 0) return;
    const rows = this.#rows;
    const columns = [...this.#columns.take(rows), this.#fields.take()];
    this.#columns = new RecordColumns();
    this.#rows = 0;
    yield { table: recordTable.table, fileOffset, rows, columns };
  }

  /** Adds what a sample without long fields says, which does not need its record; else false. */
  #addSample(cursor: RecordCursor, event: PerfEvent, row: number): boolean {
    if (cursor.type !== RecordType.Sample) return false;
    const layout = layoutOf(event);
    if (layout.hasMore || layout.wordsSize > cursor.size - RECORD_HEADER_SIZE) return false;
    if (!this.#samples.write(cursor, layout, this.#fields.out)) return false;
    const { sample: { cpu, tid, time } } = layout;
    const columns = this.#columns;
    columns.cpus.set(row, cpu < 0 ? MINUS_ONE : cursor.u32(cpu));
    columns.pids.set(row, tid < 0 ? MINUS_ONE : cursor.u32(tid));
    columns.tids.set(row, tid < 0 ? MINUS_ONE : cursor.u32(tid + 4));
    columns.setTime(row, cursor, time);
    return true;
  }
}

/** The columns but `fields`. */
class RecordColumns {
  /** Low and high halves in turn. */
  readonly offsets = new Uint32Array(2 * MOST_ROWS);
  readonly types = new Uint32Array(MOST_ROWS);
  readonly names: string[] = [];
  readonly sizes = new Uint32Array(MOST_ROWS);
  readonly miscs = new Uint32Array(MOST_ROWS);
  readonly events: (string | null)[] = [];
  readonly cpus = new KnownNumbers();
  readonly pids = new KnownNumbers();
  readonly tids = new KnownNumbers();
  /** Like `offsets`; 0 where it is unknown. */
  readonly #times = new Uint32Array(2 * MOST_ROWS);
  #knownTimes = 0;

  /** Sets the time that stands at an offset in the record; -1 if it has none. */
  setTime(row: number, cursor: RecordCursor, at: number): void {
    if (at < 0) return;
    const low = cursor.low(at);
    const high = cursor.high(at);
    if ((low === 0 && high === 0) || (low === MINUS_ONE && high === MINUS_ONE)) return;
    this.#times[2 * row] = low;
    this.#times[2 * row + 1] = high;
    this.#knownTimes++;
  }

  take(rows: number): ColumnValues[] {
    const times = new BigUint64Array(this.#times.buffer, 0, rows);
    return [
      new BigUint64Array(this.offsets.buffer, 0, rows),
      this.types.subarray(0, rows),
      this.names,
      this.sizes.subarray(0, rows),
      this.miscs.subarray(0, rows),
      this.events,
      this.cpus.take(rows),
      this.pids.take(rows),
      this.tids.take(rows),
      knownOf(times, this.#knownTimes, (time) => time || null),
    ];
  }
}

/** The numbers of a column, of which some are unknown. */
class KnownNumbers {
  readonly #values = new Uint32Array(MOST_ROWS);
  #known = 0;

  /** -1 is that of none. */
  set(row: number, value: number): void {
    this.#values[row] = value;
    if (value !== MINUS_ONE) this.#known++;
  }

  take(rows: number): ColumnValues {
    const values = this.#values.subarray(0, rows);
    return knownOf(values, this.#known, (value) => value === MINUS_ONE ? null : value);
  }
}

/** The values, of which as many are known as given. */
function knownOf<T>(
  values: ColumnValues & ArrayLike<T>,
  known: number,
  knownValue: (value: T) => T | null,
): ColumnValues {
  if (known === values.length) return values;
  return known === 0 ? new NullColumn(values.length) : Array.from(values, knownValue);
}
