/** Bits of an address. */
export const WHOLE_IP = 64;

/**
 * The last IP of a stream, by which the addresses of IP packets are compressed.
 *
 * Source: SDM volume 3, "IP Compression".
 */
export class LastIp {
  low = 0;
  high = 0;
  /**
   * How many of the low bits are known: all 64 after a PSB packet or a whole address, and none
   * where a stream starts without one, as after a loss.
   */
  knownBits = 0;

  /** Starts again at address 0, as PSB says. */
  reset(): void {
    this.low = 0;
    this.high = 0;
    this.knownBits = WHOLE_IP;
  }

  /**
   * Takes the payload of an IP packet, given as halves.
   *
   * @param code The IPBytes field: 0 leaves the address as it is, 1 replaces 16 bits of it, 2
   * replaces 32, 4 replaces 48; 3 is 48 bits with sign, 6 is all 64.
   */
  update(code: number, low: number, high: number): void {
    switch (code) {
      case 1:
        this.low = ((this.low & 0xffff0000) | low) >>> 0;
        this.#know(16);
        break;
      case 2:
        this.low = low;
        this.#know(32);
        break;
      case 3:
        this.low = low;
        this.high = ((high << 16) >> 16) >>> 0;
        this.knownBits = WHOLE_IP;
        break;
      case 4:
        this.low = low;
        this.high = ((this.high & 0xffff0000) | high) >>> 0;
        this.#know(48);
        break;
      case 6:
        this.low = low;
        this.high = high;
        this.knownBits = WHOLE_IP;
        break;
    }
  }

  #know(bits: number): void {
    if (this.knownBits < bits) this.knownBits = bits;
  }
}
