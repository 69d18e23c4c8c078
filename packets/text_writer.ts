import { Mark } from "../parsers/internal.ts";
import type { PacketStream, PayloadFormat } from "./payload_format.ts";
import type { PacketWriter } from "./packet_printer.ts";
import type { PayloadMark } from "./payload_item.ts";
import { LineCache, type TextBuffer } from "../parsers/internal.ts";

const NEWLINE = 10;

/** Room for the bytes of all packets but the longest, three characters each. */
const BYTES_WIDTH = 28;
/** Packets of one byte that are written at once: some 50 KiB of text. */
const MAX_PASSED = 1024;
/** Of longer packets, the rest of the bytes is left out. */
const MAX_BYTES = 48;

/**
 * Writes a line for each packet: its position in the AUX stream, its bytes, its name and payload.
 */
export class TextWriter implements PacketWriter {
  readonly #syncName: string | null;
  /** Lines of the packets of one byte without their positions; null where they differ. */
  readonly #lines: LineCache | null;
  #stream: PacketStream | null = null;

  /** Starts before a queue. */
  constructor({ kindNames, syncKind, hasPlainBytes }: PayloadFormat) {
    this.#syncName = syncKind === null ? null : kindNames[syncKind]!;
    this.#lines = hasPlainBytes ? new LineCache(256) : null;
  }

  /** See {@linkcode PacketWriter}. */
  open(stream: PacketStream): void {
    this.#stream = stream;
  }

  /** See {@linkcode PacketWriter}. */
  packet(out: TextBuffer, high: number, low: number, room: number): number {
    const { kind, bytes, start, size } = this.#stream!.cursor;
    const lines = this.#lines;
    out.position(high, low);
    if (kind <= Mark.Cut) {
      this.#writeMark(out);
      return 1;
    }
    const byte = bytes[start]!;
    if (size > 1 || lines === null || !lines.write(out, byte)) {
      const from = out.length;
      this.#writePacket(out);
      if (size === 1) lines?.keep(out, from, byte);
    }
    if (lines === null || room <= 0) return 1;
    const count = this.#stream!.pass(lines.known, Math.min(room, MAX_PASSED));
    if (count > 0) lines.writeAt(out, high, low + size, { bytes, start: start + size, count });
    return 1 + count;
  }

  /** See {@linkcode PacketWriter}. */
  mark(out: TextBuffer, { mark, auxOffset, size }: PayloadMark): void {
    const low = Number(BigInt.asUintN(32, auxOffset));
    out.position(Number(BigInt.asUintN(32, auxOffset >> 32n)), low);
    out.ascii(`-- ${markText(mark, size)}\n`);
  }

  #writePacket(out: TextBuffer): void {
    const { bytes, start, size } = this.#stream!.cursor;
    const from = out.length;
    out.hexBytes(bytes, start, Math.min(start + size, start + MAX_BYTES, bytes.length));
    if (size > MAX_BYTES) out.ascii(".. ");
    out.padTo(from, BYTES_WIDTH);
    this.#stream!.text(out);
    out.char(NEWLINE);
  }

  #writeMark(out: TextBuffer): void {
    const { kind, bytes, start, size } = this.#stream!.cursor;
    const reason = this.#stream!.reason();
    if (kind === Mark.Skipped) {
      const aim = this.#syncName === null ? null : `looking for ${this.#syncName}`;
      const why = reason ?? aim;
      out.ascii(`-- ${counted(size)} skipped${why === null ? "" : `, ${why}`}`);
    } else {
      out.ascii(kind === Mark.Bad ? "-- bad byte" : "-- cut packet:");
      for (const byte of bytes.subarray(start, start + Math.min(size, MAX_BYTES))) {
        out.ascii(` ${byte.toString(16).padStart(2, "0")}`);
      }
      if (size > MAX_BYTES) out.ascii(" ..");
      if (reason !== null) out.ascii(`, ${reason}`);
    }
    out.char(NEWLINE);
  }
}

function markText(mark: PayloadMark["mark"], size: number | null): string {
  if (size === null) return mark;
  return mark === "missing" ? `${counted(size)} missing` : `${mark} of ${counted(size)}`;
}

function counted(size: number): string {
  if (size > Number.MAX_SAFE_INTEGER) return `more than ${Number.MAX_SAFE_INTEGER} bytes`;
  return size === 1 ? "1 byte" : `${size} bytes`;
}
