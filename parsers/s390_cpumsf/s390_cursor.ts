import { Mark, type PacketCursor } from "../internal.ts";
import { S390Kind } from "./packet_kind.ts";

const BLOCK_SIZE = 4096;
const TRAILER_AT = BLOCK_SIZE - 64;
const BASIC_SIZE = 32;
const BASIC_DEF = 1;
const FIRST_DIAGNOSTIC_DEF = 0x8001;

/** Sizes of diagnostic entries by type of machine, where trailers do not tell them. */
const DIAGNOSTIC_SIZES: ReadonlyMap<number, number> = new Map([
  [2097, 64],
  [2098, 64],
  [2817, 74],
  [2818, 74],
  [2827, 85],
  [2828, 85],
  [2964, 112],
  [2965, 112],
]);

/** Options of {@linkcode S390Cursor}. */
export interface S390Options {
  /**
   * Type of the machine, the second part of the recording's CPUID: tells the sizes of entries in
   * blocks that do not tell them.
   */
  readonly machineType?: number;
}

/**
 * Moves over the entries of sample data blocks of 4096 bytes in place; fields are big endian.
 *
 * A block is read when all of it is here. From an entry on that is none, or where the sizes of
 * entries are not known, what stands in front of the trailer is skipped. Source: the kernel's
 * tools/perf/util/s390-cpumsf-kernel.h and arch/s390/include/asm/cpu_mf.h.
 *
 * @example The parts of an empty block
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Mark, S390Cursor, S390Kind } from "@auxtail/auxtail/s390-cpumsf";
 *
 * const cursor = new S390Cursor(new Uint8Array(4096));
 * const parts: number[][] = [];
 * while (cursor.next()) parts.push([cursor.kind, cursor.size]);
 * assertEquals(parts, [[Mark.Skipped, 4032], [S390Kind.Trailer, 64]]);
 * ```
 */
export class S390Cursor implements PacketCursor {
  /** See {@linkcode PacketCursor.kind}. */
  kind: number = Mark.Bad;
  /** See {@linkcode PacketCursor.offset}. */
  offset = 0;
  /** See {@linkcode PacketCursor.bytes}. */
  bytes: Uint8Array;
  /** The same bytes, for fields of more than one. */
  view: DataView;
  /** See {@linkcode PacketCursor.start}. */
  start = 0;
  /** See {@linkcode PacketCursor.size}. */
  size = 0;
  /** See {@linkcode PacketCursor.rest}. */
  rest = 0;

  /** Index in `bytes` of what comes next. */
  #next = 0;
  /** The same of the trailer of the block that is being read; 0 between blocks. */
  #trailerAt = 0;
  #basicSize = 0;
  #diagnosticSize = 0;
  #isDiagnosticNext = false;
  /** Position of `bytes[0]` in the stream. */
  #base = 0;
  #isLast = false;
  readonly #machineDiagnosticSize: number | undefined;

  /** Starts in front of the first block of `bytes`. */
  constructor(bytes: Uint8Array = new Uint8Array(0), { machineType }: S390Options = {}) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (machineType !== undefined) this.#machineDiagnosticSize = DIAGNOSTIC_SIZES.get(machineType);
  }

  /** See {@linkcode PacketCursor.refill}. */
  refill(bytes: Uint8Array): void {
    this.#base += this.#next;
    this.#next = 0;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** See {@linkcode PacketCursor.end}. */
  end(): void {
    this.#isLast = true;
  }

  /** See {@linkcode PacketCursor.next}. */
  next(): boolean {
    if (this.#trailerAt === 0) {
      const left = this.bytes.length - this.#next;
      if (left < BLOCK_SIZE) return this.#cut(left);
      this.#openBlock();
    }
    const left = this.#trailerAt - this.#next;
    if (left === 0) {
      this.#trailerAt = 0;
      return this.#stand(S390Kind.Trailer, BLOCK_SIZE - TRAILER_AT);
    }
    if (this.#isDiagnosticNext) return this.#standAtDiagnostic(left);
    return this.#standAtBasic(left);
  }

  #openBlock(): void {
    this.#trailerAt = this.#next + TRAILER_AT;
    this.#isDiagnosticNext = false;
    this.#basicSize = this.view.getUint16(this.#trailerAt + 4);
    this.#diagnosticSize = this.view.getUint16(this.#trailerAt + 6);
    const machineSize = this.#machineDiagnosticSize;
    if (this.#basicSize === 0 && this.#diagnosticSize === 0 && machineSize !== undefined) {
      this.#basicSize = BASIC_SIZE;
      this.#diagnosticSize = machineSize;
    }
  }

  #standAtBasic(left: number): boolean {
    if (this.#basicSize < BASIC_SIZE) return this.#stand(Mark.Skipped, left);
    if (left < this.#basicSize + this.#diagnosticSize) return this.#stand(S390Kind.Unused, left);
    const isBasic = this.view.getUint16(this.#next) === BASIC_DEF;
    if (!isBasic) return this.#stand(Mark.Skipped, left);
    this.#isDiagnosticNext = this.#diagnosticSize > 0;
    return this.#stand(S390Kind.Basic, this.#basicSize);
  }

  #standAtDiagnostic(left: number): boolean {
    this.#isDiagnosticNext = false;
    const size = this.#diagnosticSize;
    const isDiagnostic = size >= 8 && this.view.getUint16(this.#next) >= FIRST_DIAGNOSTIC_DEF;
    return isDiagnostic ? this.#stand(S390Kind.Diagnostic, size) : this.#stand(Mark.Skipped, left);
  }

  #stand(kind: number, size: number): boolean {
    this.kind = kind;
    this.size = size;
    this.start = this.#next;
    this.offset = this.#base + this.#next;
    this.#next += size;
    return true;
  }

  #cut(left: number): boolean {
    if (this.#isLast && left > 0) return this.#stand(Mark.Cut, left);
    this.rest = left;
    return false;
  }
}
