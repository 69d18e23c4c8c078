const MAX_SIZE = 0xffff;
const HEADER_SIZE = 16;

/** The window around a compressed record, while the records in it are read. */
export interface Outer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly limit: number;
  readonly next: number;
  readonly at: number;
}

/**
 * Sizes of PERF_RECORD_COMPRESSED2 records, whose writers were broken for a while.
 *
 * perf 6.16 and its successors patched only the first of several records that one write produced:
 * its size is then the low 16 bits of the whole run's, and the run's other records follow it
 * unpadded, with sizes that are right and a `data_size` that is not. Source:
 * tools/perf/builtin-record.c `zstd_compress()`.
 */
export class CompressedChain {
  /** Bytes of padding after the record that {@linkcode piece} looked at last. */
  padding = 0;
  #left = 0;
  #total = 0;

  /** Size of the record at `at`, of which `left` bytes are there, in bytes. */
  sizeOf(view: DataView, at: number, left: number, little: boolean): number {
    if (left < HEADER_SIZE) return HEADER_SIZE;
    const size = view.getUint16(at + 6, little);
    if (this.#left > 0) return size;
    const total = HEADER_SIZE + Number(view.getBigUint64(at + 8, little));
    return size >= HEADER_SIZE && total <= size ? size : Math.min(total, MAX_SIZE);
  }

  /** The zstd bytes of a record with the size that {@linkcode sizeOf} found. */
  piece(bytes: Uint8Array, view: DataView, at: number, size: number, little: boolean): Uint8Array {
    this.padding = 0;
    if (this.#left === 0) {
      this.#total = HEADER_SIZE + Number(view.getBigUint64(at + 8, little));
      if (this.#total <= size && view.getUint16(at + 6, little) === size) {
        return bytes.subarray(at + HEADER_SIZE, at + this.#total);
      }
      this.#left = this.#total;
    }
    this.#left = Math.max(this.#left - size, 0);
    if (this.#left === 0) this.padding = (8 - this.#total % 8) % 8;
    return bytes.subarray(at + HEADER_SIZE, at + size);
  }
}
