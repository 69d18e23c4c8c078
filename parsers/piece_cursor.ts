import { Mark, type PacketCursor } from "./packet_cursor.ts";

/**
 * What cursors over streams that come in pieces have in common: the piece at hand, and where it lies
 * in the stream.
 *
 * @internal
 */
export abstract class PieceCursor implements PacketCursor {
  kind: number = Mark.Bad;
  offset = 0;
  bytes: Uint8Array;
  /** The same bytes, for fields of more than one. */
  view: DataView;
  start = 0;
  size = 0;
  rest = 0;

  /** Index in `bytes` of what comes next. */
  protected at = 0;
  /** Position of `bytes[0]` in the stream. */
  protected base = 0;
  #isLast = false;

  /** Starts before the first packet of `bytes`. */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  abstract next(): boolean;

  refill(bytes: Uint8Array): void {
    this.base += this.at;
    this.at = 0;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  end(): void {
    this.#isLast = true;
  }

  /** Puts the next bytes under the cursor. */
  protected stand(kind: number, size: number): true {
    this.kind = kind;
    this.size = size;
    this.start = this.at;
    this.offset = this.base + this.at;
    this.at += size;
    return true;
  }

  /** Stops before a packet of which only `left` bytes are here; at the end these become a mark. */
  protected stop(left: number): boolean {
    if (this.#isLast && left > 0) return this.stand(Mark.Cut, left);
    this.rest = left;
    return false;
  }
}

/**
 * A cursor over packets that all have the same size: only the end of the stream can cut one, and no
 * byte is bad.
 *
 * @internal
 */
export abstract class FixedSizeCursor extends PieceCursor {
  /** Size of the packets in bytes, asked for before a packet of which `left` bytes are here. */
  protected abstract packetSize(at: number, left: number): number;

  /** Kind of the packet at `at`, which is whole. */
  protected abstract packetKind(at: number): number;

  override next(): boolean {
    const { at } = this;
    const left = this.bytes.length - at;
    const size = this.packetSize(at, left);
    return left < size ? this.stop(left) : this.stand(this.packetKind(at), size);
  }
}
