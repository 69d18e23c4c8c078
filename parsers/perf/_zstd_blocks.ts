const MAGIC = 0xfd2f_b528;

/** Whether a zstd frame starts there. */
export function startsFrame(bytes: Uint8Array): boolean {
  return bytes.length >= 4 &&
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === MAGIC;
}

/** Sizes in bytes of what is looked at; all else is passed over. */
const SIZES = { magic: 4, skippable: 4, flags: 1, block: 3 };

/**
 * Follows the blocks of a zstd stream without decoding them, to tell whether it ends inside one.
 *
 * Source: RFC 8878, sections 3.1.1 and 3.1.2. What is wrong is left to the decoder to say.
 */
export class ZstdBlocks {
  #next: keyof typeof SIZES = "magic";
  #value = 0;
  #count = 0;
  #passed = 0;
  #checksumSize = 0;

  /** Whether all blocks so far are whole. */
  get areWhole(): boolean {
    return this.#passed === 0 && this.#count === 0;
  }

  /** Takes in the next bytes of the stream. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#passed > 0) {
        const count = Math.min(this.#passed, bytes.length - at);
        this.#passed -= count;
        at += count;
        continue;
      }
      this.#value += bytes[at++]! * 2 ** (8 * this.#count++);
      if (this.#count < SIZES[this.#next]) continue;
      const value = this.#value;
      this.#value = this.#count = 0;
      this.#look(value);
    }
  }

  #look(value: number): void {
    switch (this.#next) {
      case "magic":
        this.#next = value === MAGIC ? "flags" : "skippable";
        break;
      case "skippable":
        this.#next = "magic";
        this.#passed = value;
        break;
      case "flags": {
        const isSingleSegment = (value >> 5 & 1) === 1;
        const windowSize = isSingleSegment ? 0 : 1;
        const dictionarySize = [0, 1, 2, 4][value & 3]!;
        const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][value >> 6]!;
        this.#next = "block";
        this.#passed = windowSize + dictionarySize + contentSize;
        this.#checksumSize = value & 4;
        break;
      }
      case "block": {
        const isLast = (value & 1) === 1;
        const isRle = (value >> 1 & 3) === 1;
        this.#next = isLast ? "magic" : "block";
        this.#passed = (isRle ? 1 : value >> 3) + (isLast ? this.#checksumSize : 0);
        break;
      }
    }
  }
}
