import { joinU64 } from "../u64.ts";

const MOST_BYTES = 9;

/** The timestamp of a trace unit, of which packets give the low bits. */
export class EtmTime {
  /** Low half. */
  low = 0;
  /** High half. */
  high = 0;
  #isKnown = false;

  /** Both halves, in ticks of the trace's clock. */
  get value(): bigint {
    return joinU64(this.high, this.low);
  }

  /** Says that the next packet gives all bits: those that it leaves out are zero. */
  expectWhole(): void {
    this.#isKnown = false;
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
    const changed = 7 * count;
    if (this.#isKnown && changed < 32) {
      low |= this.low & (-1 << changed);
      high = this.high;
    } else if (this.#isKnown && count < MOST_BYTES) {
      high |= this.high & (-1 << (changed - 32));
    }
    this.low = low >>> 0;
    this.high = high >>> 0;
    this.#isKnown = true;
  }
}
