import type { PacketSink } from "./reader.ts";
import type { PacketStream } from "./payload_format.ts";
import type { PayloadBytes, PayloadMark } from "./payload_item.ts";
import type { TextBuffer } from "../parsers/internal.ts";

const TWO_32 = 2 ** 32;

/** Which packets and marks are printed. Plain data. */
export interface PacketFilter {
  /** Least position in the AUX stream. */
  readonly from: bigint;
  /** Position that packets have to start before; null for no end. */
  readonly to: bigint | null;
  /** Kinds by name, those of marks in upper case; null for all. */
  readonly kinds: readonly string[] | null;
  /** Number of packets and marks to print at most. */
  readonly limit: number;
}

/** The filter that lets everything through. */
export const EVERYTHING: PacketFilter = { from: 0n, to: null, kinds: null, limit: Infinity };

/** Writes packets down in some form; positions come as halves. */
export interface PacketWriter {
  /** A stream begins. */
  open(stream: PacketStream, bytes: PayloadBytes): void;
  /**
   * Writes what is under the stream's cursor: a packet, or a mark of the decoder.
   *
   * @param room How many of the bytes after it are wanted, too: packets that start there may be
   * written at once. Their positions have the same upper half.
   * @returns Number of packets and marks that were written.
   */
  packet(out: TextBuffer, high: number, low: number, room: number): number;
  /** Writes a mark of the recording. */
  mark(out: TextBuffer, mark: PayloadMark): void;
}

/** Options of {@linkcode PacketPrinter}. */
export interface PrinterOptions {
  /** Names of the format's kinds. */
  readonly kindNames: readonly string[];
  /** What to print; everything unless given. */
  readonly filter?: PacketFilter;
  /** Called when the buffer is well filled; sets its length back. */
  readonly flush?: (out: TextBuffer) => void;
}

/** How much text is gathered before it is handed on, in bytes. */
const FLUSH_AT = 1 << 15;

/** Prints what passes a filter. */
export class PacketPrinter implements PacketSink {
  /** Whether the limit was met. */
  isDone: boolean;
  /** Number of packets and marks that were printed. */
  printed = 0;
  readonly #writer: PacketWriter;
  readonly #out: TextBuffer;
  readonly #flush: ((out: TextBuffer) => void) | undefined;
  readonly #filter: PacketFilter;
  readonly #hasRange: boolean;
  /** Whether every packet is wanted. */
  readonly #takesAll: boolean;
  /** 1 for each kind that is wanted; null for all. */
  readonly #kinds: Uint8Array | null;
  #stream: PacketStream | null = null;
  #baseHigh = 0;
  #baseLow = 0;

  /** Prints into `out`. */
  constructor(writer: PacketWriter, out: TextBuffer, options: PrinterOptions) {
    this.#writer = writer;
    this.#out = out;
    this.#flush = options.flush;
    this.#filter = options.filter ?? EVERYTHING;
    const { from, to, kinds, limit } = this.#filter;
    this.#hasRange = from > 0n || to !== null;
    this.#kinds = kinds &&
      Uint8Array.from(options.kindNames, (name) => kinds.includes(name) ? 1 : 0);
    this.#takesAll = !this.#hasRange && kinds === null && limit === Infinity;
    this.isDone = limit <= 0;
  }

  /** See {@linkcode PacketSink}. */
  open(stream: PacketStream, bytes: PayloadBytes): void {
    this.#stream = stream;
    this.#baseHigh = Number(BigInt.asUintN(32, bytes.auxOffset >> 32n));
    this.#baseLow = Number(BigInt.asUintN(32, bytes.auxOffset));
    this.#writer.open(stream, bytes);
  }

  /** See {@linkcode PacketSink}. */
  packet(room: number): boolean {
    const { kind, offset, size } = this.#stream!.cursor;
    const sum = this.#baseLow + offset;
    const low = sum >>> 0;
    const high = sum < TWO_32 ? this.#baseHigh : (this.#baseHigh + Math.floor(sum / TWO_32)) >>> 0;
    if (this.#hasRange) {
      const position = BigInt(high) << 32n | BigInt(low);
      if (!this.#isInRange(position)) return !this.#isAfter(position);
    }
    if (this.#kinds !== null && this.#kinds[kind] === 0) return true;
    const inHalf = this.#takesAll ? TWO_32 - low - size : 0;
    this.#count(this.#writer.packet(this.#out, high, low, Math.min(room, inHalf)));
    return !this.isDone;
  }

  /** See {@linkcode PacketSink}. */
  mark(mark: PayloadMark): void {
    const { kinds } = this.#filter;
    if (this.isDone || !this.#isInRange(mark.auxOffset)) return;
    if (kinds !== null && !kinds.includes(mark.mark.toUpperCase())) return;
    this.#writer.mark(this.#out, mark);
    this.#count(1);
  }

  #count(printed: number): void {
    this.printed += printed;
    this.isDone = this.printed >= this.#filter.limit;
    if (this.#out.length >= FLUSH_AT) this.#flush?.(this.#out);
  }

  #isInRange(position: bigint): boolean {
    const { from, to } = this.#filter;
    return position >= from && (to === null || position < to);
  }

  /** Whether what follows in the stream is out of range, too: not where positions may wrap. */
  #isAfter(position: bigint): boolean {
    const { to } = this.#filter;
    return to !== null && position >= to && this.#baseHigh < 2 ** 31;
  }
}
