import {
  Mark,
  type PacketStream,
  type PacketWriter,
  type PayloadFormat,
  type PayloadMark,
  TextBuffer,
} from "../../packets/mod.ts";
import { counted } from "../../report/internal.ts";

/** Of longer packets, the rest of the bytes is left out. */
const MAX_BYTES = 48;

/** A packet, or a mark, as it is shown. Plain data. */
export interface PacketRow {
  /** Position in the queue's stream. */
  readonly position: bigint;
  /** Its bytes in hexadecimal; empty for skipped bytes and marks of the recording. */
  readonly bytes: string;
  /** Name and payload, or what the mark says. */
  readonly text: string;
  /** Whether it is a mark: bytes that are no packet, or a loss. */
  readonly isMark: boolean;
}

export class RowWriter implements PacketWriter {
  readonly rows: PacketRow[] = [];
  readonly #format: PayloadFormat;
  readonly #scratch = new TextBuffer(256);
  #stream: PacketStream | null = null;

  constructor(format: PayloadFormat) {
    this.#format = format;
  }

  open(stream: PacketStream): void {
    this.#stream = stream;
  }

  packet(_out: TextBuffer, high: number, low: number): number {
    const { kind, size } = this.#stream!.cursor;
    const position = BigInt(high) << 32n | BigInt(low);
    const isMark = kind <= Mark.Cut;
    const bytes = kind === Mark.Skipped ? "" : this.#hexBytes();
    this.rows.push({
      position,
      bytes,
      text: isMark ? this.#mark(kind, size) : this.#text(),
      isMark,
    });
    return 1;
  }

  mark(_out: TextBuffer, { mark, auxOffset, size }: PayloadMark): void {
    this.rows.push({ position: auxOffset, bytes: "", text: markText(mark, size), isMark: true });
  }

  #text(): string {
    const out = this.#scratch;
    out.length = 0;
    this.#stream!.text(out);
    return new TextDecoder().decode(out.text());
  }

  #mark(kind: number, size: number): string {
    if (kind === Mark.Bad) return "byte at which no packet starts";
    if (kind === Mark.Cut) return "packet that the end of the stream cut";
    const { syncKind, kindNames } = this.#format;
    const aim = syncKind === null ? null : `looking for ${kindNames[syncKind]}`;
    const why = this.#stream!.reason() ?? aim;
    return `${bytesText(size)} skipped${why === null ? "" : `, ${why}`}`;
  }

  #hexBytes(): string {
    const { bytes, start, size } = this.#stream!.cursor;
    const shown = bytes.subarray(start, start + Math.min(size, MAX_BYTES));
    const digits = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0"));
    return `${digits.join(" ")}${size > MAX_BYTES ? " …" : ""}`;
  }
}

/** Says what a mark of the recording is about. */
export function markText(mark: PayloadMark["mark"], size: number | null): string {
  if (size === null) return mark;
  return mark === "missing" ? `${bytesText(size)} missing` : `${mark} of ${bytesText(size)}`;
}

function bytesText(size: number): string {
  if (size > Number.MAX_SAFE_INTEGER) return "2^53 bytes or more";
  return counted(size, "byte");
}
