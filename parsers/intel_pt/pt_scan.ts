import { joinU64, type PacketScan } from "../internal.ts";
import { PacketDecoder } from "./_packet_decoder.ts";
import { type PtOptions, PtStream } from "./_pt_stream.ts";
import { MAX_ADVANCE, pairTable } from "./_pair_table.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";

/** Pairs that are counted before the histogram could overflow. */
const MAX_COUNTED = 2 ** 32 - 1;

/**
 * Counts the packets of an Intel PT stream by kind: exactly those, and the marks, at which a
 * {@linkcode PtCursor} stops.
 *
 * Two bytes at once index a table, which says how far the next packet is that the pair does not
 * show, and a histogram, from which the counts are made when they are asked for. Pairs that do not
 * tell all are decoded.
 *
 * @example Packets of each kind
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PtKind, PtScan } from "@auxtail/auxtail/intel-pt";
 *
 * const scan = new PtScan({ synced: true });
 * scan.push(Uint8Array.of(0x06, 0xfe, 0x00));
 * scan.end();
 * assertEquals([scan.packets[PtKind.Tnt], scan.packets[PtKind.Pad]], [2, 1]);
 * ```
 */
export class PtScan implements PacketScan {
  readonly #packets = new Float64Array(ptKindNames.length);
  readonly #bytes = new Float64Array(ptKindNames.length);
  readonly #histogram = new Uint32Array(65536);
  readonly #advance = pairTable();
  readonly #stream: PtStream;
  #firstTicks: bigint | null = null;
  #lastLow = 0;
  #lastHigh = 0;
  /** Bytes, of which each pair has at least one, since the histogram was last emptied. */
  #unsummed = 0;

  /** Starts before the first byte of a stream. */
  constructor(options: PtOptions = {}) {
    this.#stream = new PtStream(options);
  }

  /** Number of packets, or marks, by kind. */
  get packets(): Float64Array {
    this.#sum();
    return this.#packets;
  }

  /** Number of their bytes, by kind. */
  get bytes(): Float64Array {
    this.#sum();
    return this.#bytes;
  }

  /** See `PacketScan`. */
  get endsInSync(): boolean {
    return this.#stream.endsInSync;
  }

  /** Payload of the first TSC packet: the lower 56 bits of the counter; null if there was none. */
  get firstTicks(): bigint | null {
    return this.#firstTicks;
  }

  /** Payload of the last TSC packet, as `firstTicks`. */
  get lastTicks(): bigint | null {
    return this.#firstTicks === null ? null : joinU64(this.#lastHigh, this.#lastLow);
  }

  /**
   * Counts the packets of a piece.
   *
   * @returns How many of the last bytes were not used: the next piece has to begin with them.
   */
  push(bytes: Uint8Array): number {
    if (this.#unsummed + bytes.length > MAX_COUNTED) this.#sum();
    this.#unsummed += bytes.length;
    const stream = this.#stream;
    stream.refill(bytes);
    do {
      if (stream.synced && stream.decoder.itemSize === 0) {
        stream.at = countPairs(bytes, stream.at, this.#advance, this.#histogram);
      }
    } while (this.#countNext());
    return stream.rest;
  }

  /** Says that no more bytes follow the last piece. */
  end(): void {
    this.#stream.end();
    while (this.#countNext());
  }

  #countNext(): boolean {
    const stream = this.#stream;
    if (!stream.next()) return false;
    this.#packets[stream.kind]! += 1;
    this.#bytes[stream.kind]! += stream.size;
    if (stream.kind === PtKind.Tsc) this.#tsc(stream.decoder.low, stream.decoder.high);
    return true;
  }

  #tsc(low: number, high: number): void {
    this.#firstTicks ??= joinU64(high, low);
    this.#lastLow = low;
    this.#lastHigh = high;
  }

  /** Empties the histogram: decodes each pair once, as far as the table went. */
  #sum(): void {
    if (this.#unsummed === 0) return;
    this.#unsummed = 0;
    const decoder = new PacketDecoder();
    const bytes = new Uint8Array(2 + MAX_ADVANCE);
    for (let pair = 0; pair < this.#histogram.length; pair++) {
      const times = this.#histogram[pair]!;
      if (times === 0) continue;
      bytes[0] = pair & 0xff;
      bytes[1] = pair >> 8;
      for (let at = 0; at < this.#advance[pair]!;) {
        const size = decoder.decode(bytes, at, bytes.length);
        this.#packets[decoder.kind]! += times;
        this.#bytes[decoder.kind]! += times * size;
        at += size;
      }
    }
    this.#histogram.fill(0);
  }
}

/** Counts by pairs up to the first one that has to be decoded; returns where it is. */
function countPairs(
  bytes: Uint8Array,
  from: number,
  advance: Uint8Array,
  histogram: Uint32Array,
): number {
  // A view that is made here needs no checks in the loop.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - MAX_ADVANCE;
  let at = from;
  while (at <= last) {
    const pair = view.getUint16(at, true);
    const step = advance[pair]!;
    if (step === 0) break;
    histogram[pair]!++;
    at += step;
  }
  return at;
}
