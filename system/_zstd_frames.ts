const FRAME = 0x28;
/** What each byte of a frame's magic can be: of one with data, and of one that is skipped. */
const MAGIC: readonly ((byte: number) => boolean)[] = [
  (byte) => byte === FRAME || byte >> 4 === 5,
  (byte) => byte === 0xb5 || byte === 0x2a,
  (byte) => byte === 0x2f || byte === 0x4d,
  (byte) => byte === 0xfd || byte === 0x18,
];
const MAGIC_SIZE = 4;
const BLOCK_HEADER_SIZE = 3;
const CHECKSUM_SIZE = 4;
const RLE_BLOCK = 1;

type Field = "magic" | "size to skip" | "descriptor" | "block" | "checksum";

/**
 * Follows the frames of a zstd stream, which tells where it may end and where something else starts.
 *
 * Only the headers of frames and blocks are looked at. Source: RFC 8878, section 3.1.
 */
export class ZstdFrames {
  #field: Field = "magic";
  #wanted = MAGIC_SIZE;
  /** Bytes of the field so far. */
  #bytes: number[] = [];
  /** Bytes before the next field. */
  #rest = 0;
  #hasChecksum = false;

  /** Whether the last frame is whole and no other has begun. */
  get isBetween(): boolean {
    return this.#field === "magic" && this.#bytes.length === 0 && this.#rest === 0;
  }

  /**
   * Passes the next field, or the bytes after it up to the next one, as far as they are there.
   *
   * @returns The position after it; `at` where no frame can start, or continue, with the byte there.
   */
  pass(bytes: Uint8Array, at: number): number {
    if (this.#rest > 0) {
      const count = Math.min(bytes.length - at, this.#rest);
      this.#rest -= count;
      return at + count;
    }
    while (at < bytes.length && this.#bytes.length < this.#wanted) {
      const byte = bytes[at]!;
      if (this.#field === "magic" && !MAGIC[this.#bytes.length]!(byte)) return at;
      this.#bytes.push(byte);
      at++;
    }
    if (this.#bytes.length === this.#wanted) this.#end();
    return at;
  }

  #end(): void {
    const [first = 0] = this.#bytes;
    const value = this.#bytes.reduceRight((so, byte) => so * 256 + byte, 0);
    switch (this.#field) {
      case "magic":
        if (first === FRAME) this.#next("descriptor", 1, 0);
        else this.#next("size to skip", 4, 0);
        return;
      case "size to skip":
        return this.#next("magic", MAGIC_SIZE, value);
      case "descriptor": {
        const isSingle = (first & 0x20) !== 0;
        const dictionaryId = [0, 1, 2, 4][first & 3]!;
        const contentSize = [isSingle ? 1 : 0, 2, 4, 8][first >> 6]!;
        this.#hasChecksum = (first & 4) !== 0;
        const size = (isSingle ? 0 : 1) + dictionaryId + contentSize;
        return this.#next("block", BLOCK_HEADER_SIZE, size);
      }
      case "block": {
        const size = (value >> 1 & 3) === RLE_BLOCK ? 1 : value >> 3;
        if ((value & 1) === 0) return this.#next("block", BLOCK_HEADER_SIZE, size);
        if (this.#hasChecksum) return this.#next("checksum", CHECKSUM_SIZE, size);
        return this.#next("magic", MAGIC_SIZE, size);
      }
      case "checksum":
        return this.#next("magic", MAGIC_SIZE, 0);
    }
  }

  #next(field: Field, wanted: number, rest: number): void {
    this.#field = field;
    this.#wanted = wanted;
    this.#rest = rest;
    this.#bytes = [];
  }
}
