import { Mark, type PacketCursor } from "../internal.ts";
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
 * The format has no sync points: behind a byte at which no packet starts, it goes on with the next
 * byte. Costs nothing per packet but the fields. Source: Arm Architecture Reference Manual, chapter
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
export class SpeCursor implements PacketCursor {
  /** What stands under the cursor: a `SpeKind` or a `Mark`. */
  kind: number = Mark.Bad;
  /** Position of its first byte in the stream. */
  offset = 0;
  /** See {@linkcode PacketCursor.bytes}. */
  bytes: Uint8Array;
  /** See {@linkcode PacketCursor.start}. */
  start = 0;
  /** Number of its bytes. */
  size = 0;
  /** See {@linkcode PacketCursor.rest}. */
  rest = 0;
  /**
   * Index of the packet: which address or counter, the class of the operation, of a context its
   * exception level minus 1. 0 for other kinds.
   */
  index = 0;
  /** Low half of the payload; 0 where there is none. */
  low = 0;
  /** High half of the payload. */
  high = 0;

  #view: DataView;
  /** Index of the next packet in `bytes`. */
  #next = 0;
  /** Position of `bytes[0]` in the stream. */
  #base = 0;
  #isLast = false;
  /** Low bits of the position of the stream's first byte. */
  readonly #alignment: number;

  /** Starts in front of the first packet of `bytes`. */
  constructor(bytes: Uint8Array = new Uint8Array(0), { position = 0n }: SpeOptions = {}) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#alignment = Number(position & 0xfn);
  }

  /** See {@linkcode PacketCursor.refill}. */
  refill(bytes: Uint8Array): void {
    this.#base += this.#next;
    this.#next = 0;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** See {@linkcode PacketCursor.end}. */
  end(): void {
    this.#isLast = true;
  }

  /** See {@linkcode PacketCursor.next}. */
  next(): boolean {
    const at = this.#next;
    const left = this.bytes.length - at;
    if (left === 0) return this.#stop(0);
    const header = this.bytes[at]!;
    const size = SIZES[header]!;
    if (size === 0) return this.#extended(header, left);
    if (size > left) return this.#cut(left);
    this.index = INDEXES[header]!;
    this.#readPayload(at + 1, size - 1);
    return this.#stand(KINDS[header]!, size);
  }

  #extended(header: number, left: number): boolean {
    if (left === 1) return this.#cut(left);
    const at = this.#next;
    const second = this.bytes[at + 1]!;
    const kind = extendedKind(header, second);
    const size = extendedSize(header, second, this.#alignment + this.#base + at);
    if (size > left) return this.#cut(left);
    const hasPayload = kind !== SpeKind.Alignment && kind !== Mark.Bad;
    this.index = hasPayload ? (header & 3) << 3 | second & 7 : 0;
    this.#readPayload(at + 2, hasPayload ? size - 2 : 0);
    return this.#stand(kind, size);
  }

  #readPayload(at: number, size: number): void {
    const view = this.#view;
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

  #stand(kind: number, size: number): boolean {
    this.kind = kind;
    this.size = size;
    this.start = this.#next;
    this.offset = this.#base + this.#next;
    this.#next += size;
    return true;
  }

  /** Stops in front of a packet of which only `left` bytes are here. */
  #cut(left: number): boolean {
    if (!this.#isLast) return this.#stop(left);
    this.index = 0;
    this.#readPayload(0, 0);
    return this.#stand(Mark.Cut, left);
  }

  #stop(rest: number): boolean {
    this.rest = rest;
    return false;
  }
}
