import type { PacketCursor } from "../internal.ts";
import type { BlockItemSize } from "./_packet_decoder.ts";
import { type PtOptions, PtStream } from "./_pt_stream.ts";
import type { PtKind } from "./packet_kind.ts";
import { PSB } from "./sync.ts";

export type { BlockItemSize, PtOptions };

/**
 * Reads the Intel PT packets of a stream one by one, without an object for each.
 *
 * A byte at which no packet starts is a mark of its own; decoding continues at the next PSB packet.
 * That one can begin before the mark, in bytes that looked like other packets: where the trace was
 * cut, the packet that was being written takes the first bytes after the cut for its own.
 * Where the bytes end inside a packet before the stream ends, the packet is read when the rest of it
 * comes. Source: SDM volume 3, "Trace Packets and Data Types".
 *
 * @example Branches of a stream
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PtCursor, PtKind } from "@auxtail/auxtail/intel-pt";
 *
 * const packets = new PtCursor(Uint8Array.of(0x06, 0xfe, 0x00), { synced: true });
 * let branches = 0;
 * while (packets.next()) if (packets.kind === PtKind.Tnt) branches += packets.count;
 * assertEquals(branches, 7);
 * ```
 */
export class PtCursor implements PacketCursor {
  readonly #stream: PtStream;

  /** Starts before the first of `bytes`, which are borrowed until the next `refill()`. */
  constructor(bytes?: Uint8Array, options: PtOptions = {}) {
    this.#stream = new PtStream(options);
    if (bytes !== undefined) this.#stream.refill(bytes);
  }

  /** Kind of the packet, or a mark. */
  get kind(): PtKind {
    return this.#stream.kind;
  }

  /** Position of its first byte in the stream. */
  get offset(): number {
    return this.#stream.offset;
  }

  /** The bytes at hand; of a PSB packet that began in an earlier piece, its own. */
  get bytes(): Uint8Array {
    return this.#stream.start < 0 ? PSB : this.#stream.bytes;
  }

  /** Index of its first byte in `bytes`; of skipped bytes it means nothing. */
  get start(): number {
    return Math.max(this.#stream.start, 0);
  }

  /** Number of its bytes. */
  get size(): number {
    return this.#stream.size;
  }

  /** After `next()` returned false: how many of the last bytes the next piece has to begin with. */
  get rest(): number {
    return this.#stream.rest;
  }

  /**
   * Lower half of the payload: what follows the opcode as a little-endian number.
   *
   * Of TNT the branches, left-aligned in both halves, the oldest in bit 63, 1 for a taken one; of
   * MODE.Exec the bits of the mode (16, 32, 64), of MODE.TSX InTX (bit 0) and TXAbort (bit 1); of
   * CBR the ratio, of TMA the CTC, of CYC the cycles, of BBP the type of the block, of CFE the
   * vector; of TRIG the bits of the triggers, and from bit 8 on the count of instructions.
   */
  get low(): number {
    return this.#stream.decoder.low;
  }

  /** Upper half of the payload; see `low`. */
  get high(): number {
    return this.#stream.decoder.high;
  }

  /**
   * A small number beside the payload.
   *
   * Of TNT the branches; of packets with an IP the IPBytes field; of MODE.Exec the whole byte; of
   * TMA the fast counter; of PTWRITE the size field; of BBP 1 for 4-byte items; of BIP the item; of
   * CFE and EVD the type; of TRIG the byte of flags; of VMCS 5.
   */
  get count(): number {
    return this.#stream.decoder.count;
  }

  /**
   * Whether the packet is one with an IP, and all bits of this are known, as they are from the first
   * PSB packet or whole address on.
   */
  get hasIp(): boolean {
    return this.#stream.decoder.hasIp;
  }

  /** Lower half of the last IP, after the packet. */
  get ipLow(): number {
    return this.#stream.decoder.lastIp.low;
  }

  /** Upper half of the last IP, after the packet. */
  get ipHigh(): number {
    return this.#stream.decoder.lastIp.high;
  }

  /**
   * How many of the low bits of the last IP are known, after the packet: 64 from a PSB packet or a
   * whole address on. A packet of a stream that starts without them may tell fewer: 16, 32 or 48.
   */
  get ipBits(): number {
    return this.#stream.decoder.lastIp.knownBits;
  }

  /** Bytes of the items of the block that is open after the packet; 0 if none is. */
  get blockItemSize(): BlockItemSize {
    return this.#stream.decoder.itemSize;
  }

  /** Continues with the next piece: the `rest` of the one before, then new bytes. */
  refill(bytes: Uint8Array): void {
    this.#stream.refill(bytes);
  }

  /** Says that no more bytes follow: what is left becomes marks. */
  end(): void {
    this.#stream.end();
  }

  /** Moves to the next packet or mark; false where the bytes, or all of them, are used up. */
  next(): boolean {
    return this.#stream.next();
  }

  /**
   * Passes over the packets after the one under the cursor as long as each is a single byte that
   * the caller knows: has met as a packet of this size. What is under the cursor stays there, and
   * they follow it in `bytes`.
   *
   * @param known 1 for each byte that is known.
   * @param most How many packets to pass over at most.
   * @returns How many were passed over.
   */
  pass(known: Uint8Array, most: number): number {
    return this.#stream.pass(known, most);
  }
}
