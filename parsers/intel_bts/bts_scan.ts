import { Mark, type PacketScan } from "../internal.ts";
import { BTS_RECORD_SIZE, BtsKind, btsKindNames } from "./packet_kind.ts";

/**
 * Counts Intel BTS records, and fillers among them.
 *
 * @example Counting branches
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { BtsKind, BtsScan } from "@auxtail/auxtail/intel-bts";
 *
 * const bytes = new Uint8Array(48);
 * bytes[0] = 1;
 * const scan = new BtsScan();
 * scan.push(bytes);
 * scan.end();
 * assertEquals(scan.packets[BtsKind.Branch], 1);
 * assertEquals(scan.packets[BtsKind.Filler], 1);
 * ```
 */
export class BtsScan implements PacketScan {
  /** See {@linkcode PacketScan.packets}. */
  readonly packets: Float64Array = new Float64Array(btsKindNames.length);
  /** See {@linkcode PacketScan.bytes}. */
  readonly bytes: Float64Array = new Float64Array(btsKindNames.length);
  /** The format has no timestamps. */
  readonly firstTicks = null;
  /** The format has no timestamps. */
  readonly lastTicks = null;
  /** Every byte can start a record. */
  readonly endsInSync = true;

  #rest = 0;

  /** See {@linkcode PacketScan.push}. */
  push(bytes: Uint8Array): number {
    this.#rest = bytes.length % BTS_RECORD_SIZE;
    const records = (bytes.length - this.#rest) / BTS_RECORD_SIZE;
    const filler = countFiller(bytes, records * BTS_RECORD_SIZE);
    this.#count(BtsKind.Filler, filler, filler * BTS_RECORD_SIZE);
    this.#count(BtsKind.Branch, records - filler, (records - filler) * BTS_RECORD_SIZE);
    return this.#rest;
  }

  /** See {@linkcode PacketScan.end}. */
  end(): void {
    if (this.#rest > 0) this.#count(Mark.Cut, 1, this.#rest);
    this.#rest = 0;
  }

  #count(kind: number, packets: number, bytes: number): void {
    this.packets[kind]! += packets;
    this.bytes[kind]! += bytes;
  }
}

function countFiller(bytes: Uint8Array, end: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let filler = 0;
  for (let at = 0; at < end; at += BTS_RECORD_SIZE) {
    const from = view.getInt32(at, true) | view.getInt32(at + 4, true);
    const to = view.getInt32(at + 8, true) | view.getInt32(at + 12, true);
    if ((from | to) === 0) filler++;
  }
  return filler;
}
