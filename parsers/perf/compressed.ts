import { FormatError } from "../internal.ts";
import { RECORD_HEADER_SIZE, RecordType } from "./abi.ts";
import { recordTypeName } from "./record_type.ts";
import { blockCut, type EarlyEnd } from "./_record_cuts.ts";
import { startsFrame, ZstdBlocks } from "./_zstd_blocks.ts";

const HEADER_SIZE = 16;
const MAX_SIZE = 0xffff;

/** The window around a compressed record, while the records in it are read. */
export interface Outer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly limit: number;
  readonly next: number;
  readonly at: number;
  readonly type: number;
}

/** Where a PERF_RECORD_COMPRESSED2 stands in the window. */
interface Compressed2Place {
  readonly view: DataView;
  readonly at: number;
  /** Bytes that are there from `at` on. */
  readonly left: number;
  /** Position of the record in its file. */
  readonly position: number;
  readonly little: boolean;
}

/** Size that perf requires of a PERF_RECORD_COMPRESSED2 with this `data_size`, in bytes. */
export function compressed2Size(dataSize: number): number {
  return Math.ceil((HEADER_SIZE + dataSize) / 8) * 8;
}

/**
 * Number of zstd bytes in a PERF_RECORD_COMPRESSED2: what it says, if its own size agrees with
 * that, else all that it has. perf 6.16 to 7.1 write no `data_size` with `--aio`: it is 0, or
 * whatever the buffer held before.
 */
export function compressed2Payload(size: number, dataSize: number): number {
  return size === compressed2Size(dataSize) ? dataSize : Math.max(size - HEADER_SIZE, 0);
}

/**
 * Finds the bounds of PERF_RECORD_COMPRESSED2 records, which perf 6.16 to 7.1 write wrongly.
 *
 * These patch only the first of several records that one push of data makes: its `data_size` is
 * that of the whole run, and its size the low 16 bits of that, aligned to 8 bytes. A single record
 * of 65,529 bytes or more gets the size 0 in the same way. The other records of a run follow
 * directly, with the right size and any `data_size`. No padding follows the run, as perf fails to
 * write it. Source: tools/perf/builtin-record.c `record__pushfn()`, `process_comp_header()`.
 */
export class Compressed2Framing {
  /** Whether no more bytes come, so that a run is judged by what is there. */
  isLast = false;
  /** Bytes of the run that are to follow, headers included, and where. */
  #left = 0;
  #position = 0;

  /** Size of a record in bytes; more than `left` where that does not suffice to tell it. */
  sizeOf(place: Compressed2Place): number {
    const { view, at, left, little } = place;
    if (left < HEADER_SIZE) return HEADER_SIZE;
    const size = view.getUint16(at + 6, little);
    if (this.#continues(place, size)) return size;
    const dataSize = dataSizeAt(place);
    const total = HEADER_SIZE + dataSize;
    const aligned = compressed2Size(dataSize);
    const isRun = aligned > MAX_SIZE && aligned < 2 ** 32 && aligned % (MAX_SIZE + 1) === size;
    if (!isRun) return size;
    if (total <= MAX_SIZE) return total;
    // What `--aio` leaves in data_size may look like a run's: the second header decides.
    if (left < MAX_SIZE + RECORD_HEADER_SIZE && !this.isLast) return MAX_SIZE + RECORD_HEADER_SIZE;
    return hasSecond(place, Math.min(total - MAX_SIZE, MAX_SIZE)) || !isFollowed(place, size)
      ? MAX_SIZE
      : size;
  }

  /** Number of zstd bytes of a record with the size that {@linkcode sizeOf} found. */
  take(place: Compressed2Place, size: number): number {
    const { view, at, position, little } = place;
    const stated = view.getUint16(at + 6, little);
    const dataSize = dataSizeAt(place);
    const continues = this.#continues(place, stated);
    if (continues) this.#left -= size;
    else this.#left = stated === size ? 0 : HEADER_SIZE + dataSize - size;
    this.#position = position + size;
    return continues ? size - HEADER_SIZE : compressed2Payload(size, dataSize);
  }

  #continues({ position }: Compressed2Place, size: number): boolean {
    return this.#left > HEADER_SIZE && position === this.#position &&
      size === Math.min(this.#left, MAX_SIZE);
  }
}

function dataSizeAt({ view, at, little }: Compressed2Place): number {
  return Number(view.getBigUint64(at + 8, little));
}

/** Whether a record of `size` bytes follows the first of a run. */
function hasSecond({ view, at, left, little }: Compressed2Place, size: number): boolean {
  return left >= MAX_SIZE + RECORD_HEADER_SIZE &&
    view.getUint32(at + MAX_SIZE, little) === RecordType.Compressed2 &&
    view.getUint16(at + MAX_SIZE + 6, little) === size;
}

/** Whether the end, or something like a record, is `size` bytes after the start of a record. */
function isFollowed({ view, at, left, little }: Compressed2Place, size: number): boolean {
  if (size < HEADER_SIZE || size === left) return size === left;
  if (size + RECORD_HEADER_SIZE > left) return false;
  const type = view.getUint32(at + size, little);
  return type > 0 && type < 0x80 && view.getUint16(at + size + 6, little) >= RECORD_HEADER_SIZE;
}

/** Tells at the end of a zstd stream what of its records never came out. */
export class CompressedLoss {
  readonly #blocks = new ZstdBlocks();
  #pieces = 0;
  #decoded = 0;
  #startsFrame = true;
  #type = 0;
  #offset = 0;

  /** Takes in the zstd bytes of the record at `offset`. */
  push(piece: Uint8Array, type: number, offset: number): void {
    if (piece.length === 0) return;
    if (this.#pieces === 0) this.#startsFrame = startsFrame(piece);
    const mayBeLost = this.#blocks.areWhole && (this.#decoded > 0 || this.#pieces === 0);
    if (mayBeLost) [this.#type, this.#offset] = [type, offset];
    this.#pieces += piece.length;
    this.#blocks.push(piece);
  }

  /** Counts what was decoded. */
  count(size: number): void {
    this.#decoded += size;
  }

  /** Whether something is missing at the end of the stream. */
  get isOpen(): boolean {
    return !this.#blocks.areWhole || (this.#pieces > 0 && this.#decoded === 0);
  }

  /** Why the decoder may fail at the first piece: perf starts one frame for all files it switches to. */
  get cure(): string | undefined {
    if (this.#startsFrame) return undefined;
    return "no zstd frame starts there: the record is damaged, or this is a later file of perf " +
      "record --switch-output -z, which cannot be decompressed without the first one; record " +
      "again without -z";
  }

  /** Says what is missing. */
  error(why: EarlyEnd): FormatError {
    if (!this.#blocks.areWhole) return blockCut(why, this.#type, this.#offset);
    return new FormatError("corrupt", {
      structure: recordTypeName(this.#type),
      offset: this.#offset,
      expected: "records",
      actual: `${this.#pieces} bytes of zstd data without any`,
      cure: "what was recorded there is lost; compare it with the original, or record again",
    });
  }
}
