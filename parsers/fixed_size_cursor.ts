import { Mark, type PacketCursor } from "./packet_cursor.ts";

/**
 * A cursor over packets that all have the same size: what differs is how their kind is told.
 *
 * No byte is bad: only the end of the stream can cut a packet.
 */
export abstract class FixedSizeCursor implements PacketCursor {
  /** See {@linkcode PacketCursor.kind}. */
  kind: number = Mark.Bad;
  /** See {@linkcode PacketCursor.offset}. */
  offset = 0;
  /** See {@linkcode PacketCursor.bytes}. */
  bytes: Uint8Array;
  /** The same bytes, for fields of more than one. */
  view: DataView;
  /** See {@linkcode PacketCursor.start}. */
  start = 0;
  /** See {@linkcode PacketCursor.size}. */
  size = 0;
  /** See {@linkcode PacketCursor.rest}. */
  rest = 0;

  #next = 0;
  /** Position of `bytes[0]` in the stream. */
  #base = 0;
  #isLast = false;

  /** Starts in front of the first packet of `bytes`. */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Size of the packets in bytes, asked for in front of a packet of which `left` bytes are here. */
  protected abstract packetSize(at: number, left: number): number;

  /** Kind of the packet at `at`, which is whole. */
  protected abstract packetKind(at: number): number;

  /** See {@linkcode PacketCursor.refill}. */
  refill(bytes: Uint8Array): void {
    this.#base += this.#next;
    this.#next = 0;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** See {@linkcode PacketCursor.end}. */
  end(): void {
    this.#isLast = true;
  }

  /** See {@linkcode PacketCursor.next}. */
  next(): boolean {
    const at = this.#next;
    const left = this.bytes.length - at;
    const size = this.packetSize(at, left);
    const isCut = left < size;
    if (left === 0 || isCut && !this.#isLast) {
      this.rest = left;
      return false;
    }
    this.kind = isCut ? Mark.Cut : this.packetKind(at);
    this.size = isCut ? left : size;
    this.start = at;
    this.offset = this.#base + at;
    this.#next += this.size;
    return true;
  }
}
