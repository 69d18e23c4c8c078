import { Mark } from "../packet_cursor.ts";
import { BAD, type BlockItemSize, PacketDecoder } from "./_packet_decoder.ts";
import type { PtKind } from "./packet_kind.ts";
import { findPsb, psbBeginning } from "./sync.ts";

const NO_BYTES = new Uint8Array();

/** In which state an Intel PT stream starts. */
export interface PtOptions {
  /**
   * Whether its first byte is known to start a packet. Otherwise decoding starts at the first PSB
   * packet.
   */
  readonly synced?: boolean;
  /** Bytes of the items of the block that is open at its start; 0, the default, if none is. */
  readonly blockItemSize?: BlockItemSize;
}

/**
 * Packets and marks of a stream, as `PtCursor` shows them. Fast readers move `at` past packets that
 * they read themselves.
 */
export class PacketStream {
  /** Decodes the packets; holds their payloads. */
  readonly decoder: PacketDecoder = new PacketDecoder();
  /** See `PtCursor`. */
  kind: PtKind = Mark.Bad;
  /** See `PtCursor`. */
  offset = 0;
  /** See `PtCursor`. */
  bytes: Uint8Array = NO_BYTES;
  /** See `PtCursor`. */
  start = 0;
  /** See `PtCursor`. */
  size = 0;
  /** See `PtCursor`. */
  rest = 0;
  /** Index of the next packet. */
  at = 0;
  /** Position of `bytes[0]` in the stream. */
  base = 0;
  /** Whether there is a packet at `at`, rather than bytes to be passed over. */
  synced: boolean;
  /** Where in the stream the bytes begin that are passed over on the way to a PSB packet. */
  #skippedFrom = 0;
  #ended = false;

  /** Starts in front of the first byte of a stream. */
  constructor({ synced = false, blockItemSize = 0 }: PtOptions) {
    this.synced = synced;
    this.decoder.itemSize = blockItemSize;
  }

  /** See `PtCursor`. */
  refill(bytes: Uint8Array): void {
    this.base += this.bytes.length - this.rest;
    this.at = 0;
    this.rest = 0;
    this.bytes = bytes;
  }

  /** See `PtCursor`. */
  end(): void {
    this.#ended = true;
  }

  /** See `PtCursor`. */
  next(): boolean {
    if (!this.synced) return this.#sync();
    const { bytes, at, decoder } = this;
    const size = decoder.decode(bytes, at, bytes.length);
    if (size <= 0) return size === BAD ? this.#bad() : this.#cut();
    this.kind = decoder.kind;
    this.start = at;
    this.offset = this.base + at;
    this.size = size;
    this.at = at + size;
    return true;
  }

  /** See `PtCursor`. */
  pass(known: Uint8Array, most: number): number {
    if (!this.synced || this.decoder.itemSize !== 0) return 0;
    const { bytes, at } = this;
    const end = Math.min(bytes.length, at + most);
    let to = at;
    while (to < end && known[bytes[to]!] !== 0) to++;
    this.at = to;
    return to - at;
  }

  #bad(): boolean {
    this.#mark(Mark.Bad, this.base + this.at, 1);
    this.at++;
    this.synced = false;
    this.#skippedFrom = this.base + this.at;
    this.decoder.itemSize = 0;
    return true;
  }

  #cut(): boolean {
    const rest = this.bytes.length - this.at;
    if (rest === 0 || !this.#ended) {
      this.rest = rest;
      return false;
    }
    this.#mark(Mark.Cut, this.base + this.at, rest);
    this.rest = 0;
    this.at += rest;
    return true;
  }

  #sync(): boolean {
    const { bytes } = this;
    const found = findPsb(bytes, this.at);
    this.synced = found >= 0;
    this.rest = this.synced || this.#ended ? 0 : psbBeginning(bytes, this.at);
    this.at = this.synced ? found : bytes.length - this.rest;
    if (!this.synced && !this.#ended) return false;
    const from = this.#skippedFrom;
    const size = this.base + this.at - from;
    this.#skippedFrom += size;
    if (size === 0) return this.synced && this.next();
    this.#mark(Mark.Skipped, from, size);
    return true;
  }

  #mark(kind: PtKind, offset: number, size: number): void {
    this.decoder.clear();
    this.kind = kind;
    this.offset = offset;
    this.start = Math.max(0, offset - this.base);
    this.size = size;
  }
}
