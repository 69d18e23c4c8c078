/**
 * The last IP of a stream, by which the addresses of IP packets are compressed.
 *
 * Source: SDM volume 3, "IP Compression".
 */
export class LastIp {
  /** Lower half of the address. */
  low = 0;
  /** Upper half of the address. */
  high = 0;
  /** Whether all bits are known: from a PSB packet or a whole address on. */
  known = false;

  /** Starts again at address 0, as PSB says. */
  reset(): void {
    this.low = 0;
    this.high = 0;
    this.known = true;
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
        break;
      case 2:
        this.low = low;
        break;
      case 3:
        this.low = low;
        this.high = ((high << 16) >> 16) >>> 0;
        this.known = true;
        break;
      case 4:
        this.low = low;
        this.high = ((this.high & 0xffff0000) | high) >>> 0;
        break;
      case 6:
        this.low = low;
        this.high = high;
        this.known = true;
        break;
    }
  }
}
