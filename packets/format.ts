import type { PacketCursor, PacketScan } from "../parsers/internal.ts";
import type { AuxtraceType } from "../parsers/perf/mod.ts";
import type { PayloadBytes } from "./payload.ts";
import type { TextBuffer } from "./text_buffer.ts";

/** What a decoder has to know of a stream's first byte. */
export interface StreamStart
  extends Pick<PayloadBytes, "auxOffset" | "cpu" | "reference" | "raw" | "follows"> {
  /**
   * Whether a packet starts with it, as after a loss between two packets. Otherwise decoding starts
   * at the first sync point, if the format has any.
   */
  readonly synced?: boolean;
}

/** A cursor over one stream, and ways to write down what stands under it. */
export interface PacketStream {
  /** The cursor, before the first byte. */
  readonly cursor: PacketCursor;
  /** Writes name and payload of the packet under the cursor. Marks are not asked for. */
  text(out: TextBuffer): void;
  /**
   * Passes over the next packets as long as each is a single byte that is known, `most` of them at
   * most, and returns how many they are; what is under the cursor stays there.
   */
  pass(known: Uint8Array, most: number): number;
  /** Payload of the packet under the cursor by name: 64-bit values and addresses as bigint. */
  fields(): object;
  /** Ticks of the trace's clock that the packet under the cursor tells; null if it tells none. */
  ticks(): bigint | null;
}

/** What is known of one payload format. */
export interface PayloadFormat {
  /** Name of the format. */
  readonly type: AuxtraceType;
  /** Vendors' names of the kinds, by number; the first three are marks of the decoder. */
  readonly kindNames: readonly string[];
  /** Kind at which a decoder can start; null if it can at every packet. */
  readonly syncKind: number | null;
  /** Whether what a packet of one byte says follows from this byte, whatever was before. */
  readonly hasPlainBytes: boolean;
  /** Opens a stream for the cursor. */
  open(start: StreamStart): PacketStream;
  /** Opens a stream for the scan, which counts what the cursor stops at. */
  scan(start: StreamStart): PacketScan;
  /** Time of ticks in nanoseconds of the recording's clock; null if that is not known. */
  timeNs(ticks: bigint, start: StreamStart): bigint | null;
  /** Position from `from` on where a stream can be cut, -1 if there is none. */
  findSync?(bytes: Uint8Array, from: number): number;
}

/** The decoder of a format, from which {@linkcode formatOf} makes the rest. */
export interface PacketDecoder<C extends PacketCursor>
  extends Pick<PayloadFormat, "type" | "kindNames" | "syncKind" | "hasPlainBytes" | "findSync"> {
  /** Opens a stream. */
  cursor(start: StreamStart): C;
  /** Opens a stream for a scan; without one, the cursor counts. */
  scan?(start: StreamStart): PacketScan;
  /** See {@linkcode PacketStream.pass}; without it, no packets are passed over. */
  pass?(cursor: C, known: Uint8Array, most: number): number;
  /** Writes name and payload of the packet under a cursor. */
  write(cursor: C, out: TextBuffer): void;
  /** Payload of the packet under a cursor. */
  fields(cursor: C): object;
  /** Ticks of the packet under a cursor; null where it has no timestamp. */
  ticks(cursor: C): bigint | null;
  /** See {@linkcode PayloadFormat.timeNs}. */
  timeNs(ticks: bigint, start: StreamStart): bigint | null;
}
