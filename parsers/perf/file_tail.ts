import type { ByteSource } from "../internal.ts";

const PIECE_SIZE = 1 << 16;

/**
 * What stands after the records of a source that only moves forward, held when it has passed: the
 * feature sections of a regular file.
 */
export class FileTail implements ByteSource {
  /** Position of its first byte. */
  readonly start: number;
  readonly #source: ByteSource;
  readonly #maxSize: number;
  readonly #onEnd: () => void;
  readonly #piece = new Uint8Array(PIECE_SIZE);
  #held = new Uint8Array(0);
  #size = 0;

  /**
   * Begins at `start`.
   *
   * @param maxSize Most bytes that are held.
   * @param onEnd Called when all has been read.
   */
  constructor(
    source: ByteSource,
    start: number,
    { maxSize, onEnd }: { readonly maxSize: number; readonly onEnd: () => void },
  ) {
    this.#source = source;
    this.start = start;
    this.#maxSize = maxSize;
    this.#onEnd = onEnd;
  }

  /** Size of the source, which is known at its end. */
  get size(): number {
    return this.#source.size;
  }

  /** Position after the last byte that is held. */
  get end(): number {
    return this.start + Math.min(this.#size, this.#held.length);
  }

  /** Reads to the end of the source; false where an asynchronous one has no more bytes yet. */
  take(): boolean {
    for (;;) {
      const count = this.#source.read(this.start + this.#size, this.#piece);
      if (count < 0) return false;
      if (count === 0) break;
      this.#hold(this.#piece.subarray(0, count));
      this.#size += count;
    }
    this.#onEnd();
    return true;
  }

  /** Copies bytes that are held. */
  read(offset: number, into: Uint8Array): number {
    if (offset < this.start) return 0;
    const from = offset - this.start;
    const part = this.#held.subarray(from, Math.min(from + into.length, this.#size));
    into.set(part);
    return part.length;
  }

  #hold(piece: Uint8Array): void {
    const end = Math.min(this.#size + piece.length, this.#maxSize);
    if (end <= this.#size) return;
    if (end > this.#held.length) {
      const larger = new Uint8Array(Math.min(Math.max(end, 2 * this.#held.length), this.#maxSize));
      larger.set(this.#held.subarray(0, this.#size));
      this.#held = larger;
    }
    this.#held.set(piece.subarray(0, end - this.#size), this.#size);
  }
}
