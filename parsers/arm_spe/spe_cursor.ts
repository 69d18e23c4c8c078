import { Mark, type PacketCursor, PieceCursor } from "../internal.ts";
import { extendedKind, extendedSize, INDEXES, KINDS, SIZES } from "./_headers.ts";
import { SpeKind } from "./packet_kind.ts";

/** Options of the decoders of Arm SPE. */
export interface SpeOptions {
  /** Position of the stream's first byte in the AUX area, on which ALIGNMENT packets depend; 0 unless given. */
  readonly position?: bigint;
}

/**
 * Moves over Arm SPE packets in place.
 *
 * The format has no sync points: after a byte at which no packet starts, it continues with the
 * next byte. Costs nothing per packet but the fields. Source: Arm Architecture Reference Manual, chapter
 * "Statistical Profiling Extension Sample Record Specification".
 *
 * @example Reading a timestamp
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { SpeCursor, SpeKind } from "@auxtail/auxtail/arm-spe";
 *
 * const packets = new SpeCursor(new Uint8Array([0x71, 0xd2, 4, 0, 0, 0, 0, 0, 0]));
 * assertEquals(packets.next(), true);
 * assertEquals(packets.kind, SpeKind.Timestamp);
 * assertEquals(packets.low, 1234);
 * ```
 */
export class SpeCursor extends PieceCursor implements PacketCursor {
  /**
   * Index of the packet: which address or counter, the class of the operation, of a context its
   * exception level minus 1. 0 for other kinds.
   */
  index = 0;
  /** Low half of the payload; 0 where there is none. */
  low = 0;
  /** High half of the payload. */
  high = 0;

  /** Low bits of the position of the stream's first byte. */
  readonly #alignment: number;

  /** Starts before the first packet of `bytes`. */
  constructor(bytes?: Uint8Array, { position = 0n }: SpeOptions = {}) {
    super(bytes);
    this.#alignment = Number(position & 0xfn);
  }

  /** See {@linkcode PacketCursor.next}. */
  override next(): boolean {
    const { at } = this;
    const left = this.bytes.length - at;
    if (left === 0) return this.stop(0);
    const header = this.bytes[at]!;
    const size = SIZES[header]!;
    if (size === 0) return this.#extended(header, left);
    if (size > left) return this.#cut(left);
    this.index = INDEXES[header]!;
    this.#readPayload(at + 1, size - 1);
    return this.stand(KINDS[header]!, size);
  }

  #extended(header: number, left: number): boolean {
    if (left === 1) return this.#cut(left);
    const { at } = this;
    const second = this.bytes[at + 1]!;
    const kind = extendedKind(header, second);
    const size = extendedSize(header, second, this.#alignment + this.base + at);
    if (size > left) return this.#cut(left);
    const hasPayload = kind !== SpeKind.Alignment && kind !== Mark.Bad;
    this.index = hasPayload ? (header & 3) << 3 | second & 7 : 0;
    this.#readPayload(at + 2, hasPayload ? size - 2 : 0);
    return this.stand(kind, size);
  }

  #readPayload(at: number, size: number): void {
    const { view } = this;
    this.high = 0;
    if (size === 0) {
      this.low = 0;
    } else if (size === 1) {
      this.low = this.bytes[at]!;
    } else if (size === 2) {
      this.low = view.getUint16(at, true);
    } else {
      this.low = view.getUint32(at, true);
      if (size === 8) this.high = view.getUint32(at + 4, true);
    }
  }

  /** Stops before a packet of which only `left` bytes are here. */
  #cut(left: number): boolean {
    this.index = 0;
    this.#readPayload(0, 0);
    return this.stop(left);
  }
}
