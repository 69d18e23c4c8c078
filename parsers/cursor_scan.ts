import { Mark, type PacketCursor, type PacketScan } from "./packet_cursor.ts";

/** Counts what a cursor stops at: for formats without a scan, and for streams too short for it. */
export class CursorScan<C extends PacketCursor> implements PacketScan {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  firstTicks: bigint | null = null;
  lastTicks: bigint | null = null;
  endsInSync = false;
  readonly #cursor: C;
  readonly #ticks: (cursor: C) => bigint | null;

  /** Counts `kinds` kinds; `ticks` reads the timestamp of the packet under the cursor. */
  constructor(cursor: C, kinds: number, ticks: (cursor: C) => bigint | null) {
    this.#cursor = cursor;
    this.#ticks = ticks;
    this.packets = new Float64Array(kinds);
    this.bytes = new Float64Array(kinds);
  }

  push(bytes: Uint8Array): number {
    this.#cursor.refill(bytes);
    while (this.#cursor.next()) this.count();
    return this.#cursor.rest;
  }

  end(): void {
    this.#cursor.end();
    while (this.#cursor.next()) this.count();
    this.endsInSync = this.#cursor.kind > Mark.Cut;
  }

  /** Counts the packet or mark under the cursor, and returns its size. */
  count(): number {
    const { kind, size } = this.#cursor;
    this.packets[kind]!++;
    this.bytes[kind]! += size;
    const ticks = this.#ticks(this.#cursor);
    this.firstTicks ??= ticks;
    this.lastTicks = ticks ?? this.lastTicks;
    return size;
  }
}
