import { joinU64 } from "../internal.ts";

const MOST_BYTES = 9;

/** The timestamp of a trace unit, of which packets give the low bits. */
export class EtmTime {
  low = 0;
  high = 0;
  /** How many of the low bits are known: all 64, but after a loss those that packets gave. */
  knownBits: number;
  /** Whether the next packet gives all bits. */
  #isNextWhole: boolean;

  /** Starts a stream; `isNextWhole` unless its first timestamp can leave out bits that were lost. */
  constructor(isNextWhole: boolean) {
    this.#isNextWhole = isNextWhole;
    this.knownBits = isNextWhole ? 64 : 0;
  }

  /** Both halves, in ticks of the trace's clock. */
  get value(): bigint {
    return joinU64(this.high, this.low);
  }

  /** Says that the next packet gives all bits: those that it leaves out are zero. */
  expectWhole(): void {
    this.#isNextWhole = true;
  }

  /** Takes over the bits of a packet: seven to a byte, eight in the ninth. */
  read(bytes: Uint8Array, at: number): void {
    let low = 0;
    let high = 0;
    let count = 0;
    let byte: number;
    do {
      byte = bytes[at + count]!;
      const bits = count === MOST_BYTES - 1 ? byte : byte & 0x7f;
      const shift = 7 * count;
      if (shift < 32) low |= bits << shift;
      if (shift > 28) high |= bits << (shift - 32);
      else if (shift === 28) high |= bits >> 4;
      count++;
    } while (byte >= 0x80 && count < MOST_BYTES);
    const changed = count === MOST_BYTES ? 64 : 7 * count;
    if (this.#isNextWhole) {
      this.knownBits = 64;
    } else if (changed < 32) {
      low |= this.low & (-1 << changed);
      high = this.high;
    } else if (changed < 64) {
      high |= this.high & (-1 << (changed - 32));
    }
    this.knownBits = Math.max(this.knownBits, changed);
    this.low = low >>> 0;
    this.high = high >>> 0;
    this.#isNextWhole = false;
  }
}
