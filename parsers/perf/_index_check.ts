import { offsetText, sizeText } from "../internal.ts";
import { Feature, RecordType } from "./abi.ts";
import type { RecordCheck, ReportFinding } from "./finding.ts";
import { INDEX_ENTRY_SIZE, isWithoutCount } from "./features/auxtrace_index.ts";
import type { PerfFile } from "./perf_file.ts";
import type { RecordCursor } from "./record_cursor.ts";

const PIECE_SIZE = 1 << 16;
/** Two numbers for each record. */
const MAX_PLACES = 1 << 22;
const CURE = "perf finds the trace by this index; auxtail reads the records, and does not need it";

/**
 * Compares the AUXTRACE index with the AUXTRACE records, entry by entry, in one walk.
 *
 * Both are in file order. The index is read in pieces of 64 KiB. Where it comes after the records, 16
 * bytes of each AUXTRACE record are held until then.
 */
export function indexCheck(file: PerfFile): RecordCheck {
  let entries = new IndexEntries(file);
  const comesLast = !file.seekable && file.header.features.includes(Feature.auxtrace);
  /** Position and size of each record, where the index comes last. */
  const places: number[] = [];
  let isWhole = true;
  return { name: "index-matches-records", record, finish };

  function record(cursor: RecordCursor, report: ReportFinding): void {
    if (cursor.type !== RecordType.Auxtrace) return;
    const { fileOffset, size } = cursor;
    if (!comesLast) compare(fileOffset, size, report);
    else if (places.length < MAX_PLACES) places.push(fileOffset, size);
    else isWhole = false;
  }

  function compare(fileOffset: number, size: number, report: ReportFinding): void {
    if (entries.section === undefined) return;
    while (!entries.done && entries.recordAt < fileOffset) {
      stray(report);
      entries.next();
    }
    if (entries.done || entries.recordAt !== fileOffset) {
      report("error", fileOffset, "PERF_RECORD_AUXTRACE is not in the index", CURE);
      return;
    }
    if (entries.recordSize !== size) {
      const message = `index entry ${entries.number}: expected size ${size}, that of the record ` +
        `at 0x${fileOffset.toString(16)}, got ${sizeText(entries.recordSize)}`;
      report("error", entries.fileOffset, message, CURE);
    }
    entries.next();
  }

  function finish(cursor: RecordCursor, report: ReportFinding): void {
    if (comesLast) {
      entries = new IndexEntries(file);
      if (!isWhole || !entries.isHeld) {
        const message = "the index is not compared: it comes last, and is too long to be held";
        report("warning", entries.section?.offset ?? 0, message, "give the file by its name");
        return;
      }
      for (let i = 0; i < places.length; i += 2) compare(places[i]!, places[i + 1]!, report);
    }
    if (entries.misfit !== null) {
      report("error", entries.section?.offset ?? 0, entries.misfit, CURE);
    }
    if (cursor.cut !== null) return;
    for (; !entries.done; entries.next()) stray(report);
  }

  function stray(report: ReportFinding): void {
    const at = offsetText(entries.recordAt);
    const message = `index entry ${entries.number}: no PERF_RECORD_AUXTRACE is next at ${at}`;
    report("error", entries.fileOffset, message, CURE);
  }
}

/** Moves over the entries of the index. */
class IndexEntries {
  /** Where the index stands; undefined if there is none. */
  readonly section;
  /** Why the index does not hold what it announces; null if it does. */
  readonly misfit: string | null = null;
  /** Number of the entry. */
  number = -1;
  /** Position that the entry gives. */
  recordAt = 0;
  /** Size that the entry gives. */
  recordSize = 0;
  /** Whether all of it can be read: a stream may have passed it. */
  readonly isHeld: boolean = true;
  /** Whether there are no more entries. */
  done = false;
  readonly #file: PerfFile;
  readonly #little: boolean;
  readonly #count: number = 0;
  readonly #entriesAt: number = 0;
  readonly #piece = new Uint8Array(PIECE_SIZE);
  readonly #view = new DataView(this.#piece.buffer);
  #first = 0;
  #held = 0;

  constructor(file: PerfFile) {
    this.#file = file;
    this.#little = file.byteOrder === "little";
    const section = this.section = file.featureSection(Feature.auxtrace);
    if (section !== undefined) {
      const end = Math.min(section.offset + section.size, file.size);
      const ends = end > section.offset ? [section.offset, end - 1] : [];
      this.isHeld = ends.every((at) => this.#read(at, 1) === 1);
      const held = this.#read(section.offset, INDEX_ENTRY_SIZE);
      const word = (at: number) => this.#view.getBigUint64(at, this.#little);
      const hasCount = held < INDEX_ENTRY_SIZE || !isWithoutCount(section.size, word(8));
      this.#entriesAt = section.offset + (hasCount ? 8 : 0);
      const count = !hasCount ? section.size / INDEX_ENTRY_SIZE : held < 8 ? 0 : Number(word(0));
      const room = Math.floor(
        (end - this.#entriesAt) / INDEX_ENTRY_SIZE,
      );
      this.#count = Math.max(Math.min(count, room), 0);
      if (count > room) {
        this.misfit = `the index announces ${
          sizeText(count)
        } entries, of which ${this.#count} are there`;
      }
    }
    this.next();
  }

  /** Position of the entry itself. */
  get fileOffset(): number {
    return this.#entriesAt + INDEX_ENTRY_SIZE * this.number;
  }

  /** Moves to the next entry, or sets `done`. */
  next(): void {
    this.number++;
    if (this.number >= this.#count) {
      this.done = true;
      return;
    }
    if (this.number >= this.#first + this.#held) {
      const wanted = Math.min((this.#count - this.number) * INDEX_ENTRY_SIZE, PIECE_SIZE);
      this.#first = this.number;
      this.#held = Math.floor(this.#read(this.fileOffset, wanted) / INDEX_ENTRY_SIZE);
      if (this.#held === 0) {
        this.done = true;
        return;
      }
    }
    const at = INDEX_ENTRY_SIZE * (this.number - this.#first);
    this.recordAt = Number(this.#view.getBigUint64(at, this.#little));
    this.recordSize = Number(this.#view.getBigUint64(at + 8, this.#little));
  }

  #read(offset: number, size: number): number {
    const { container } = this.#file;
    const part = container === "directory" ? "data" : null;
    return this.#file.readBytes(offset, this.#piece.subarray(0, size), part);
  }
}
