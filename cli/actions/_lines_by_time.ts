import { RecordType } from "../../parsers/perf/abi.ts";
import { RoundSorter } from "../../parsers/perf/internal.ts";
import type { RecordCursor } from "../../parsers/perf/mod.ts";

/** Most characters of lines that are held while rounds of them fit. */
const MAX_HELD = 1 << 21;
/** Bytes of lines that one reading finds where they do not. */
const BUFFER_SIZE = 1 << 24;
/** Bytes that a line counts for at least, so that many short ones are not held. */
const LEAST_LINE_SIZE = 64;
/** Numbers that are kept of a line. */
const FIELDS = 5;
const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/** How to write the records of a recording by time. */
export interface LinesByTime {
  /** Whether a record is asked for. */
  readonly isWanted: (cursor: RecordCursor) => boolean;
  /** Writes the record under a cursor as a line. */
  readonly write: (cursor: RecordCursor) => string;
  /** Starts another walk over the same records; throws where they come only once. */
  readonly again: () => RecordCursor;
  /** Most characters of lines to hold, by default 2^21. */
  readonly maxHeld?: number;
  /** Bytes of lines to find by one reading, by default 2^24. */
  readonly bufferSize?: number;
}

/**
 * Writes records in order of time; perf's own records and those without a time come at once.
 *
 * Two rounds of lines are held, as long as they fit. From a round on that does not, all records are
 * read again, as often as it takes to find the earliest lines that fit, then the next ones.
 */
export function* linesByTime(cursor: RecordCursor, how: LinesByTime): Generator<string> {
  const rest = yield* linesByRound(cursor, how);
  if (rest === null) return;
  const { isWanted, write, again, bufferSize = BUFFER_SIZE } = how;
  while (cursor.next()) if (isWanted(cursor) && !hasTime(cursor)) yield write(cursor);
  const lines = new EarliestLines(bufferSize);
  for (let areAll = false; !areAll;) {
    const more = again();
    for (let place = 0; more.next();) {
      if (!isWanted(more) || !hasTime(more)) continue;
      const { timeAt } = more;
      const key: Key = [more.high(timeAt), more.low(timeAt), place++];
      const isWritten = key[2] < rest.place && more.timeNs! <= rest.delivered;
      if (!isWritten && lines.takes(key)) lines.add(key, write(more));
    }
    more.close();
    ({ areAll } = lines);
    yield* lines.take();
  }
}

/** What is left to write when lines do not fit: those of records that are later in file or time. */
interface Rest {
  /** How many records with a time come before the round that does not fit. */
  readonly place: number;
  /** Up to this time they were written. */
  readonly delivered: bigint;
}

/** Writes what fits; null if that is all. */
function* linesByRound(
  cursor: RecordCursor,
  { isWanted, write, maxHeld = MAX_HELD }: LinesByTime,
): Generator<string, Rest | null> {
  const sorter = new RoundSorter<string>();
  let held = 0;
  let place = 0;
  let roundStart = 0;
  while (held <= maxHeld) {
    if (!cursor.next()) {
      yield* sorter.flush();
      return null;
    }
    if (isWanted(cursor)) {
      const line = write(cursor);
      if (hasTime(cursor)) {
        sorter.add(line, cursor.timeNs!);
        held += line.length;
        place++;
      } else yield line;
    }
    if (cursor.type !== RecordType.FinishedRound) continue;
    for (const line of sorter.endRound()) {
      held -= line.length;
      yield line;
    }
    roundStart = place;
  }
  return { place: roundStart, delivered: sorter.delivered };
}

/** Where a line belongs: both halves of its time, and how many records with a time come before. */
type Key = readonly [high: number, low: number, place: number];

/**
 * The earliest lines after those that it held before, as many as fit.
 *
 * Lines and keys are kept in buffers outside the heap, which would grow to several times as much
 * where others take their place again and again.
 */
class EarliestLines {
  #bytes: Uint8Array;
  #used = 0;
  #count = 0;
  /** Of each line: high, low and place of its key, its first byte in the buffer, and its size. */
  readonly #fields: Float64Array;
  /** The last of the lines before these, the last of these, and the first that did not fit. */
  #before: Key | null = null;
  #last: Key | null = null;
  #next: Key | null = null;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#fields = new Float64Array(FIELDS * Math.ceil(size / LEAST_LINE_SIZE));
  }

  /** Whether no lines come after these. */
  get areAll(): boolean {
    return this.#next === null;
  }

  /** Whether a line belongs to them, as far as is known. */
  takes(key: Key): boolean {
    return (this.#before === null || compare(key, this.#before) > 0) &&
      (this.#next === null || compare(key, this.#next) < 0);
  }

  /** Adds a line that belongs to them; others make room for it. */
  add(key: Key, text: string): void {
    while (this.takes(key) && !this.#hold(key, text)) {
      if (this.#last === null) this.#bytes = new Uint8Array(3 * text.length);
      else if (compare(key, this.#last) > 0) this.#next = key;
      else this.#dropLaterHalf();
    }
  }

  /** Gives them in order, and makes room for the next ones. */
  *take(): Generator<string> {
    for (const line of this.#sorted()) {
      const [start, end] = this.#place(line);
      yield utf8.decode(this.#bytes.subarray(start, end));
    }
    this.#before = this.#last;
    this.#last = null;
    this.#next = null;
    this.#count = 0;
    this.#used = 0;
  }

  /** Adds a line if there is room. */
  #hold(key: Key, text: string): boolean {
    const at = this.#count * FIELDS;
    if (at === this.#fields.length) return false;
    const { read, written } = encoder.encodeInto(text, this.#bytes.subarray(this.#used));
    if (read < text.length) return false;
    this.#fields.set([...key, this.#used, written], at);
    this.#count++;
    this.#used += written;
    if (this.#last === null || compare(key, this.#last) > 0) this.#last = key;
    return true;
  }

  #dropLaterHalf(): void {
    const sorted = this.#sorted();
    const kept = sorted.subarray(0, this.#count >> 1);
    this.#next = this.#key(sorted[kept.length]!);
    this.#last = kept.length === 0 ? null : this.#key(kept.at(-1)!);
    this.#count = 0;
    this.#used = 0;
    for (const line of kept.sort()) {
      const [start, end] = this.#place(line);
      this.#bytes.copyWithin(this.#used, start, end);
      this.#fields.set([...this.#key(line), this.#used, end - start], FIELDS * this.#count++);
      this.#used += end - start;
    }
  }

  /** The lines by number, in order. */
  #sorted(): Uint32Array {
    const fields = this.#fields;
    return Uint32Array.from({ length: this.#count }, (_, line) => line).sort((a, b) => {
      const [i, j] = [FIELDS * a, FIELDS * b];
      return fields[i]! - fields[j]! || fields[i + 1]! - fields[j + 1]! ||
        fields[i + 2]! - fields[j + 2]!;
    });
  }

  #key(line: number): Key {
    const at = FIELDS * line;
    return [this.#fields[at]!, this.#fields[at + 1]!, this.#fields[at + 2]!];
  }

  #place(line: number): [start: number, end: number] {
    const at = FIELDS * line;
    const start = this.#fields[at + 3]!;
    return [start, start + this.#fields[at + 4]!];
  }
}

function compare(a: Key, b: Key): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Whether a record is the kernel's and has a time. */
function hasTime(cursor: RecordCursor): boolean {
  return cursor.type < RecordType.HeaderAttr && cursor.timeAt >= 0 && cursor.timeNs !== null;
}
