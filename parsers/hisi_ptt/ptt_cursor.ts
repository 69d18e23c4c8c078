import { FixedSizeCursor, type PacketCursor } from "../internal.ts";
import { PttKind } from "./packet_kind.ts";

/** Bits 31:11 of the first word of packets of 8 words are all ones. */
const CHECK = 0x1fffff;

/**
 * Moves over the packets of HiSilicon's PCIe Tune and Trace device (PTT) in place.
 *
 * The first word of the stream tells which of the two sizes all of its packets have. Source:
 * Documentation/trace/hisi-ptt.rst of the kernel.
 *
 * @example Counting packets of 4 words
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PttCursor, PttKind } from "@auxtail/auxtail/hisi-ptt";
 *
 * const packets = new PttCursor(new Uint8Array(32));
 * let count = 0;
 * while (packets.next()) if (packets.kind === PttKind.FourWords) count++;
 * assertEquals(count, 2);
 * ```
 */
export class PttCursor extends FixedSizeCursor implements PacketCursor {
  #kind: PttKind | null = null;

  /** Reads a word of the packet by its number. */
  word(index: number): number {
    return this.view.getUint32(this.start + 4 * index, true);
  }

  /** Size of every record. */
  protected override packetSize(at: number, left: number): number {
    if (this.#kind === null && left >= 4) {
      const isCheck = this.view.getUint32(at, true) >>> 11 === CHECK;
      this.#kind = isCheck ? PttKind.EightWords : PttKind.FourWords;
    }
    return this.#kind === PttKind.EightWords ? 32 : 16;
  }

  /** Kind of the record at `at`. */
  protected override packetKind(): number {
    return this.#kind!;
  }
}
