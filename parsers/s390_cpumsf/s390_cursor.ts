import { Mark, type PacketCursor, PieceCursor } from "../internal.ts";
import { S390Kind } from "./packet_kind.ts";

const BLOCK_SIZE = 4096;
const TRAILER_AT = BLOCK_SIZE - 64;
const BASIC_SIZE = 32;
const BASIC_DEF = 1;
const FIRST_DIAGNOSTIC_DEF = 0x8001;

/** Sizes of diagnostic entries by type of machine, where trailers do not tell them. */
const DIAGNOSTIC_SIZES: Readonly<Record<number, number>> = {
  2097: 64,
  2098: 64,
  2817: 74,
  2818: 74,
  2827: 85,
  2828: 85,
  2964: 112,
  2965: 112,
};

/** Options of {@linkcode S390Cursor}. */
export interface S390Options {
  /**
   * Type of the machine, the second part of the recording's CPUID: tells the sizes of entries in
   * blocks that do not tell them.
   */
  readonly machineType?: number | undefined;
}

/**
 * Moves over the entries of sample data blocks of 4096 bytes in place; fields are big endian.
 *
 * A block is read when all of it is here. Where a block's sizes of entries are not known, or
 * from bytes on that start no entry, all bytes before its trailer are skipped. Source: the kernel's
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
export class S390Cursor extends PieceCursor implements PacketCursor {
  /** Index in `bytes` of the trailer of the block that is being read; 0 between blocks. */
  #trailerAt = 0;
  #basicSize = 0;
  #diagnosticSize = 0;
  #isDiagnosticNext = false;
  readonly #machineDiagnosticSize: number | undefined;

  /** Starts before the first block of `bytes`. */
  constructor(bytes?: Uint8Array, { machineType }: S390Options = {}) {
    super(bytes);
    if (machineType !== undefined) this.#machineDiagnosticSize = DIAGNOSTIC_SIZES[machineType];
  }

  /** See {@linkcode PacketCursor.next}. */
  override next(): boolean {
    if (this.#trailerAt === 0) {
      const left = this.bytes.length - this.at;
      if (left < BLOCK_SIZE) return this.stop(left);
      this.#openBlock();
    }
    const left = this.#trailerAt - this.at;
    if (left === 0) {
      this.#trailerAt = 0;
      return this.stand(S390Kind.Trailer, BLOCK_SIZE - TRAILER_AT);
    }
    if (this.#isDiagnosticNext) return this.#standAtDiagnostic(left);
    return this.#standAtBasic(left);
  }

  #openBlock(): void {
    this.#trailerAt = this.at + TRAILER_AT;
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
    if (this.#basicSize < BASIC_SIZE) return this.stand(Mark.Skipped, left);
    if (left < this.#basicSize + this.#diagnosticSize) return this.stand(S390Kind.Unused, left);
    const isBasic = this.view.getUint16(this.at) === BASIC_DEF;
    if (!isBasic) return this.stand(Mark.Skipped, left);
    this.#isDiagnosticNext = this.#diagnosticSize > 0;
    return this.stand(S390Kind.Basic, this.#basicSize);
  }

  #standAtDiagnostic(left: number): boolean {
    this.#isDiagnosticNext = false;
    const size = this.#diagnosticSize;
    const isDiagnostic = size >= 8 && this.view.getUint16(this.at) >= FIRST_DIAGNOSTIC_DEF;
    return isDiagnostic ? this.stand(S390Kind.Diagnostic, size) : this.stand(Mark.Skipped, left);
  }
}
