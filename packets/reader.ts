import { Mark, type PacketScan } from "../parsers/internal.ts";
import type { PacketStream, PayloadFormat } from "./payload_format.ts";
import type { PayloadBytes, PayloadItem, PayloadMark, PieceStart } from "./payload_item.ts";

const PIECE_SIZE = 1 << 16;

/** Takes what a {@linkcode QueueReader} finds, in order. */
export interface PacketSink {
  /** Whether nothing more is wanted at all. */
  readonly isDone: boolean;
  /** A stream begins. */
  open(stream: PacketStream, bytes: PayloadBytes): void;
  /**
   * A packet, or a mark of the decoder, is under the cursor.
   *
   * @param room Bytes after it up to the next mark of the recording. Packets that start in them may
   * be taken at once, by {@linkcode PacketStream.pass}.
   * @returns Whether more of this stream is wanted.
   */
  packet(room: number): boolean;
  /** A mark of the recording stands before the next packet. */
  mark(mark: PayloadMark): void;
}

/**
 * Reads the streams of a queue packet by packet, in 64 KiB and in time that is linear.
 *
 * A mark of the recording comes before the first packet that starts after the bytes before it.
 */
export class QueueReader {
  readonly #format: PayloadFormat;
  readonly #sink: PacketSink;
  readonly #pieces = new PieceBuffer();
  #stream: PacketStream | null = null;
  /** Whether a packet ended with the last byte of the stream before. */
  #endedInSync = false;
  #wanted = true;
  /** Bytes of the stream so far. */
  #size = 0;
  #marks: { readonly mark: PayloadMark; readonly at: number }[] = [];
  #nextMark = 0;
  /** Position of the next of `#marks` in the stream. */
  #markAt = Infinity;

  /** Starts before the first item. */
  constructor(format: PayloadFormat, sink: PacketSink) {
    this.#format = format;
    this.#sink = sink;
  }

  /** Reads the next item. */
  take(item: PayloadItem): void {
    if (item.type === "mark") {
      this.#marks.push({ mark: item, at: this.#size });
      if (this.#markAt === Infinity) this.#aimAtMark();
      return;
    }
    if (item.follows !== "bytes" || this.#stream === null) this.#start(item);
    for (let from = 0; from < item.size && this.#isWanted();) {
      from += this.#pieces.fill(item, from);
      this.#stream!.cursor.refill(this.#pieces.piece);
      this.#drain();
      this.#pieces.keep(this.#stream!.cursor.rest);
    }
    this.#size += item.size;
  }

  /** Reads what follows from the end of the last stream. */
  finish(): void {
    this.#endedInSync = false;
    if (this.#stream !== null && this.#isWanted()) {
      const { cursor } = this.#stream;
      cursor.refill(this.#pieces.piece); // what is left was moved
      cursor.end();
      this.#drain();
      this.#endedInSync = cursor.kind > Mark.Cut;
    }
    this.#stream = null;
    this.#size = 0;
    this.#flushMarks();
  }

  /** Number of the last bytes of the stream that no packet used so far. */
  unused(): number {
    return this.#stream?.cursor.rest ?? 0;
  }

  #isWanted(): boolean {
    return this.#wanted && !this.#sink.isDone;
  }

  #start(item: PayloadBytes): void {
    this.finish();
    this.#stream = this.#format.open(streamStart(item, this.#endedInSync));
    this.#wanted = true;
    this.#pieces.keep(0);
    this.#sink.open(this.#stream, item);
  }

  #drain(): void {
    const { cursor } = this.#stream!;
    const sink = this.#sink;
    while (cursor.next()) {
      if (cursor.offset >= this.#markAt) {
        this.#marksUpTo(cursor.offset);
        if (sink.isDone) return;
      }
      if (!sink.packet(this.#markAt - cursor.offset - cursor.size)) {
        this.#wanted = false;
        return;
      }
    }
  }

  #marksUpTo(offset: number): void {
    while (offset >= this.#markAt) {
      this.#sink.mark(this.#marks[this.#nextMark++]!.mark);
      this.#aimAtMark();
    }
  }

  #aimAtMark(): void {
    const mark = this.#marks[this.#nextMark];
    if (mark === undefined) this.#forgetMarks();
    else this.#markAt = mark.at;
  }

  #flushMarks(): void {
    for (const { mark } of this.#marks.slice(this.#nextMark)) this.#sink.mark(mark);
    this.#forgetMarks();
  }

  #forgetMarks(): void {
    this.#marks = [];
    this.#nextMark = 0;
    this.#markAt = Infinity;
  }
}

/** Where a stream starts; a loss between two packets leaves the next one in sync. */
function streamStart(
  { auxOffset, cpu, reference, raw, follows }: PayloadBytes,
  endedInSync: boolean,
): PieceStart {
  return { auxOffset, cpu, reference, raw, follows, synced: follows === "loss" && endedInSync };
}

/** Counts the packets of the streams of a queue. */
export class QueueScanner {
  readonly #format: PayloadFormat;
  readonly #add: (scan: PacketScan, start: PieceStart) => void;
  readonly #pieces = new PieceBuffer();
  #start: PieceStart | null = null;
  #scan: PacketScan | null = null;
  /** Whether a packet ended with the last byte of the stream before. */
  #endedInSync = false;

  /** `add` takes the scan of each stream when it is complete. */
  constructor(format: PayloadFormat, add: (scan: PacketScan, start: PieceStart) => void) {
    this.#format = format;
    this.#add = add;
  }

  /** Reads the next bytes. */
  take(item: PayloadBytes): void {
    if (item.follows !== "bytes" || this.#start === null) {
      this.finish();
      this.#start = streamStart(item, this.#endedInSync);
    }
    for (let from = 0; from < item.size;) {
      from += this.#pieces.fill(item, from);
      if (this.#pieces.isFull) this.#pieces.keep(this.#push());
    }
  }

  /** Number of the last bytes of the stream that no packet used so far. */
  unused(): number {
    if (this.#start === null) return 0;
    this.#pieces.keep(this.#push());
    return this.#pieces.kept;
  }

  /**
   * Number of packets and marks of the stream so far, by kind; null between streams. Complete
   * after {@linkcode unused}, which counts what is at hand.
   */
  get counted(): Float64Array | null {
    return this.#scan?.packets ?? null;
  }

  /** Ends the last stream. */
  finish(): void {
    if (this.#start === null) return;
    this.#push();
    this.#scan!.end();
    this.#endedInSync = this.#scan!.endsInSync;
    this.#add(this.#scan!, this.#start);
    this.#start = null;
    this.#scan = null;
    this.#pieces.keep(0);
  }

  /** Counts what is at hand; returns how many of the last bytes were not used. */
  #push(): number {
    const { piece } = this.#pieces;
    this.#scan ??= this.#format.scan(this.#start!, piece.length);
    return this.#scan.push(piece);
  }
}

/** The piece of a stream that is at hand: what is left of the one before, then new bytes. */
class PieceBuffer {
  /** Number of bytes that were left of the piece before. */
  kept = 0;
  #bytes = new Uint8Array(PIECE_SIZE);
  #length = 0;

  /** The bytes at hand. */
  get piece(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Whether no more fits. */
  get isFull(): boolean {
    return this.#length === this.#bytes.length;
  }

  /** Reads on from position `from` of the item, as much as fits; returns how many bytes. */
  fill(item: PayloadBytes, from: number): number {
    if (this.kept > this.#bytes.length / 2) {
      const bytes = new Uint8Array(this.#bytes.length * 2);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    const end = Math.min(this.#bytes.length, this.#length + item.size - from);
    const count = item.read(from, this.#bytes.subarray(this.#length, end));
    if (count === 0) throw new RangeError(`Cannot read byte ${from} of ${item.size}`);
    this.#length += count;
    return count;
  }

  /** Keeps the last `size` bytes for the next piece. */
  keep(size: number): void {
    if (size > 0) this.#bytes.copyWithin(0, this.#length - size, this.#length);
    this.kept = size;
    this.#length = size;
  }
}
