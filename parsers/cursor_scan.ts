import { Mark, type PacketCursor, type PacketScan } from "./packet_cursor.ts";

/** Counts what a cursor stops at: for formats without a scan, and for streams too short for it. */
export class CursorScan<C extends PacketCursor> implements PacketScan {
  /** See {@linkcode PacketScan.packets}. */
  readonly packets: Float64Array;
  /** See {@linkcode PacketScan.bytes}. */
  readonly bytes: Float64Array;
  /** See {@linkcode PacketScan.firstTicks}. */
  firstTicks: bigint | null = null;
  /** See {@linkcode PacketScan.lastTicks}. */
  lastTicks: bigint | null = null;
  /** See {@linkcode PacketScan.endsInSync}. */
  endsInSync = false;
  readonly #cursor: C;
  readonly #ticks: (cursor: C) => bigint | null;

  /** Counts `kinds` kinds; `ticks` reads the timestamp of the packet under the cursor. */
  constructor(cursor: C, kinds: number, ticks: (cursor: C) => bigint | null = () => null) {
    this.#cursor = cursor;
    this.#ticks = ticks;
    this.packets = new Float64Array(kinds);
    this.bytes = new Float64Array(kinds);
  }

  /** See {@linkcode PacketScan.push}. */
  push(bytes: Uint8Array): number {
    this.#cursor.refill(bytes);
    this.#drain();
    return this.#cursor.rest;
  }

  /** See {@linkcode PacketScan.end}. */
  end(): void {
    this.#cursor.end();
    this.#drain();
    this.endsInSync = this.#cursor.kind > Mark.Cut;
  }

  #drain(): void {
    const cursor = this.#cursor;
    while (cursor.next()) {
      this.packets[cursor.kind]!++;
      this.bytes[cursor.kind]! += cursor.size;
      const ticks = this.#ticks(cursor);
      this.firstTicks ??= ticks;
      this.lastTicks = ticks ?? this.lastTicks;
    }
  }
}
