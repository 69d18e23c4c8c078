import { Mark, type PacketCursor, type PacketScan } from "../parsers/internal.ts";
import type { PacketDecoder, PacketStream, PayloadFormat } from "./format.ts";
import type { TextBuffer } from "./text_buffer.ts";

const NS_PER_S = 1_000_000_000n;

/** Makes a format of a decoder: timestamps also tell times where those are known. */
export function formatOf<C extends PacketCursor>(decoder: PacketDecoder<C>): PayloadFormat {
  const { type, kindNames, syncKind, hasPlainBytes, findSync } = decoder;
  const format: PayloadFormat = {
    type,
    kindNames,
    syncKind,
    hasPlainBytes,
    ...(findSync && { findSync }),
    scan: (start) => decoder.scan?.(start) ?? new CursorScan(format.open(start), kindNames.length),
    timeNs: (ticks, start) => decoder.timeNs(ticks, start),
    open(start) {
      const cursor = decoder.cursor(start);
      const timeNs = () => {
        const ticks = decoder.ticks(cursor);
        return ticks === null ? null : decoder.timeNs(ticks, start);
      };
      return {
        cursor,
        ticks: () => decoder.ticks(cursor),
        pass: (known, most) => decoder.pass?.(cursor, known, most) ?? 0,
        text(out) {
          decoder.write(cursor, out);
          writeTime(out, timeNs());
        },
        fields() {
          const time = timeNs();
          const fields = decoder.fields(cursor);
          return time === null ? fields : { ...fields, timeNs: time };
        },
      };
    },
  };
  return format;
}

/** Writes a time in seconds, as `perf script` does. */
function writeTime(out: TextBuffer, timeNs: bigint | null): void {
  if (timeNs === null) return;
  const ns = String(timeNs % NS_PER_S).padStart(9, "0");
  out.ascii(` time=${timeNs / NS_PER_S}.${ns}`);
}

/** Counts what a cursor stops at: for formats without a scan, and for streams too short for it. */
export class CursorScan implements PacketScan {
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
  readonly #stream: PacketStream;

  /** Counts `kinds` kinds. */
  constructor(stream: PacketStream, kinds: number) {
    this.#stream = stream;
    this.packets = new Float64Array(kinds);
    this.bytes = new Float64Array(kinds);
  }

  /** See {@linkcode PacketScan.push}. */
  push(bytes: Uint8Array): number {
    this.#stream.cursor.refill(bytes);
    this.#drain();
    return this.#stream.cursor.rest;
  }

  /** See {@linkcode PacketScan.end}. */
  end(): void {
    this.#stream.cursor.end();
    this.#drain();
    this.endsInSync = this.#stream.cursor.kind > Mark.Cut;
  }

  #drain(): void {
    const { cursor } = this.#stream;
    while (cursor.next()) {
      this.packets[cursor.kind]!++;
      this.bytes[cursor.kind]! += cursor.size;
      const ticks = this.#stream.ticks();
      this.firstTicks ??= ticks;
      this.lastTicks = ticks ?? this.lastTicks;
    }
  }
}
