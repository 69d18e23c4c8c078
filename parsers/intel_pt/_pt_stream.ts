import { Mark } from "../internal.ts";
import { BAD, type BlockItemSize, PacketDecoder } from "./_packet_decoder.ts";
import { PtKind } from "./packet_kind.ts";
import { findPsb, PSB, psbBeginning } from "./sync.ts";

const NO_BYTES = new Uint8Array();
/** Most bytes of a PSB packet that can lie before one of its bytes. */
const BEFORE = PSB.length - 1;

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
export class PtStream {
  // The fields up to `rest` are those of PtCursor.

  /** Decodes the packets; holds their payloads. */
  readonly decoder: PacketDecoder = new PacketDecoder();
  kind: PtKind = Mark.Bad;
  offset = 0;
  bytes: Uint8Array = NO_BYTES;
  /** See `PtCursor`; negative for a PSB packet that began in an earlier piece. */
  start = 0;
  size = 0;
  rest = 0;
  /** Index of the next packet. */
  at = 0;
  /** Position of `bytes[0]` in the stream. */
  base = 0;
  /** Whether there is a packet at `at`, rather than bytes to be passed over. */
  synced: boolean;
  /** Where in the stream the bytes begin that are passed over on the way to a PSB packet. */
  #skippedFrom = 0;
  /** Where in the stream the last PSB packet ends. */
  #psbEnd = 0;
  /** Where in the stream the PSB packet begins that a bad byte is part of; -1 if it is of none. */
  #psbAround = -1;
  /** The bytes before `bytes[0]`. */
  readonly #before = new Uint8Array(BEFORE);
  #ended = false;

  /** Starts before the first byte of a stream. */
  constructor({ synced = false, blockItemSize = 0 }: PtOptions) {
    this.synced = synced;
    this.decoder.itemSize = blockItemSize;
  }

  refill(bytes: Uint8Array): void {
    this.base += this.bytes.length - this.rest;
    this.at = 0;
    this.rest = 0;
    this.bytes = bytes;
  }

  end(): void {
    this.#ended = true;
  }

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
    if (this.kind === PtKind.Psb) this.#psbEnd = this.base + this.at;
    return true;
  }

  /** After the last packet or mark: whether a packet ends with the last byte. */
  get endsInSync(): boolean {
    return this.synced && this.kind !== Mark.Cut;
  }

  pass(known: Uint8Array, most: number): number {
    const { bytes, at, start } = this;
    if (!this.synced || start < 0 || this.decoder.itemSize !== 0) return 0;
    const end = Math.min(bytes.length, at + most);
    let to = at;
    while (to < end && known[bytes[to]!] !== 0) to++;
    this.at = to;
    return to - at;
  }

  #bad(): boolean {
    this.#psbAround = this.#findPsbAround();
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
      this.#before.copyWithin(0, this.at);
      const from = Math.max(0, this.at - BEFORE);
      this.#before.set(this.bytes.subarray(from, this.at), BEFORE - (this.at - from));
      return false;
    }
    this.#mark(Mark.Cut, this.base + this.at, rest);
    this.rest = 0;
    this.at += rest;
    return true;
  }

  /**
   * Finds the PSB packet that the bad byte at `at` is part of; -1 if it is part of no PSB. Where
   * the bytes of one look like other packets, the first of them that does not is a 02 inside of it.
   */
  #findPsbAround(): number {
    const { bytes, at } = this;
    if (bytes[at] !== PSB[0] || bytes[at + 1] !== PSB[1]) return -1;
    const window = new Uint8Array(2 * BEFORE + 1);
    window.set(this.#before.subarray(Math.min(at, BEFORE)));
    const from = Math.max(0, at - BEFORE);
    window.set(bytes.subarray(from, at + PSB.length), BEFORE - (at - from));
    const first = this.base + at - BEFORE;
    const found = findPsb(window, Math.max(0, this.#psbEnd - first));
    return found === -1 || found >= BEFORE ? -1 : first + found;
  }

  /** Goes back to the PSB packet that the bad byte was part of. */
  #goBack(): true {
    const offset = this.#psbAround;
    this.#psbAround = -1;
    this.decoder.decode(PSB, 0, PSB.length);
    this.synced = true;
    this.kind = PtKind.Psb;
    this.offset = offset;
    this.start = offset - this.base;
    this.size = PSB.length;
    this.at = this.start + PSB.length;
    this.#psbEnd = this.base + this.at;
    return true;
  }

  #sync(): boolean {
    if (this.#psbAround >= 0) return this.#goBack();
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
