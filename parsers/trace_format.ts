import type { PacketCursor, PacketScan } from "./packet_cursor.ts";
import type { TextBuffer } from "./text_buffer.ts";
import type { TscTime } from "./tsc_time.ts";

/** What a decoder has to know of a stream's first byte. */
export interface StreamStart {
  /** Position in the AUX stream. */
  readonly auxOffset: bigint;
  /** CPU of the ring, or of the AUX record of a thread's ring; null if unknown. */
  readonly cpu: number | null;
  /** `reference` of the AUXTRACE record: a reading of the trace's clock; 0 for AUX samples. */
  readonly reference: bigint;
  /** CoreSight: whether it is the stream of one source, rather than formatted frames of several. */
  readonly raw: boolean;
  /**
   * Whether a packet starts with it, as after a loss between two packets. Otherwise decoding starts
   * at the first sync point, if the format has any.
   */
  readonly synced?: boolean;
}

/** What PERF_RECORD_AUX_OUTPUT_HW_ID says of a CPU's trace unit. */
export interface HardwareId {
  /** Id of the CPU's trace in streams that several CPUs share. */
  readonly traceId: number;
  /** Number of the sink that collects it; null where the record does not tell. */
  readonly sinkId: number | null;
}

/** What a recording says of how its payload is decoded. Plain data: a Worker can be sent it. */
export interface FormatFacts {
  /** Type of the trace; null if the recording does not say. */
  readonly type: string | null;
  /** The decoded AUXTRACE_INFO record; null if there is none. */
  readonly info: { readonly type: string } | null;
  /** Ids of trace units, by CPU, in the formats that have any. */
  readonly hwIds: ReadonlyMap<number, HardwareId>;
  /** How ticks of the trace become times; null if unknown. */
  readonly time: TscTime | null;
  /** Byte order of the recording machine; null if unknown, as of bare bytes. */
  readonly byteOrder: "little" | "big" | null;
  /** CPUID of the recording machine, for formats that depend on it; null if unknown. */
  readonly cpuid: string | null;
  /** Whether to join packets to records, in the formats that have any. */
  readonly records: boolean;
  /**
   * Whether a packet is trusted to start with the first byte of every region: of a stream, and after
   * each loss. Otherwise, as unless given, formats that need a sync point look for one.
   */
  readonly fromStart?: boolean;
  /**
   * CoreSight, without `info`: registers of the trace units by name. The lengths of packets depend on
   * TRCIDR0, TRCIDR2, TRCCONFIGR and TRCDEVARCH; those that are not given are assumed.
   */
  readonly registers?: Readonly<Record<string, number>>;
}

/** Trace in a recording that is not decoded. Plain data. */
export interface UndecodedTrace {
  /** Id of its source in frames; null for bytes without frames. */
  readonly traceId: number | null;
  /** CPU of the trace unit; null if no unit is known. */
  readonly cpu: number | null;
  /** What there is no decoder for: `PTM`, `ETMv3`, `STM or ITM`. */
  readonly what: string;
  /** Its bytes. */
  readonly bytes: number;
}

/** Says that there is no decoder: `no decoder for PTM (CPU 0, trace ID 0x10)`. */
export function undecodedText({ what, cpu, traceId }: Omit<UndecodedTrace, "bytes">): string {
  const id = traceId === null ? null : `trace ID 0x${traceId.toString(16)}`;
  if (cpu === null) {
    return `no decoder for ${what}${id === null ? "" : `: ${id} is of no unit in AUXTRACE_INFO`}`;
  }
  return `no decoder for ${what} (${id === null ? `CPU ${cpu}` : `CPU ${cpu}, ${id}`})`;
}

/** Finds the trace of a stream that is not decoded. */
export interface UndecodedScan {
  /**
   * Looks at a piece.
   *
   * @returns How many of the last bytes were not used: the next piece has to begin with them.
   */
  push(bytes: Uint8Array): number;
  /** What was found so far. */
  found(): UndecodedTrace[];
}

/** Makes what decodes the streams of one recording. */
export interface StreamDecoder<C extends PacketCursor = PacketCursor> {
  /** Opens a stream for a cursor. */
  cursor(start: StreamStart): C;
  /** Opens a stream for a scan; without one, the cursor counts. */
  scan?(start: StreamStart): PacketScan;
  /** Time of ticks in nanoseconds of the recording's clock; null if that is not known. */
  timeNs?(ticks: bigint, start: StreamStart): bigint | null;
  /** Why bytes may be no packets all the same; absent if nothing had to be assumed. */
  readonly badReason?: string;
  /** Why the bytes under the cursor were skipped; null if only the next sync point is looked for. */
  skipReason?(cursor: C): string | null;
  /** Trace units that the recording names and that are not decoded; absent where there are none. */
  readonly undecodedUnits?: readonly Omit<UndecodedTrace, "bytes">[];
  /** Opens a stream to look for trace that is not decoded; absent where there cannot be any. */
  undecoded?(start: StreamStart): UndecodedScan;
}

/**
 * A payload format: all that readers of packets know of it. Each folder of `parsers/` has one in its
 * `format.ts`; `formats.ts` lists them.
 */
export interface TraceFormat<C extends PacketCursor = PacketCursor, F extends object = object> {
  /** Name of the type of trace, as `AuxtraceType` has it. */
  readonly type: string;
  /** Vendors' names of the kinds, by number; the first three are marks of the decoder. */
  readonly kindNames: readonly string[];
  /** Kind at which a decoder can start; null if it can at every packet. */
  readonly syncKind: number | null;
  /** Whether the text of a packet of one byte follows from this byte, whatever was before. */
  readonly hasPlainBytes: boolean;
  /** Whether decoding depends on {@linkcode FormatFacts.cpuid}. */
  readonly needsCpuid?: boolean;
  /** Whether the bytes of each AUX record are a stream of their own. */
  readonly hasFragments?: boolean;
  /** Size in bytes of records, if each chunk starts with one and may end inside of one. */
  readonly recordSize?: number;
  /** The form in which packets are joined to records. */
  readonly recordForm?: TraceFormat;
  /** Prepares decoding the streams of a recording. */
  decoder(facts: FormatFacts): StreamDecoder<C>;
  /** Writes name and payload of the packet under a cursor; not asked for marks. */
  write(cursor: C, out: TextBuffer): void;
  /** Payload of the packet under a cursor by name: 64-bit values and addresses as bigint. */
  fields(cursor: C): F;
  /** Ticks of the trace's clock that the packet under a cursor tells; null if it tells none. */
  ticks?(cursor: C): bigint | null;
  /**
   * Passes over the next packets as long as each is a single byte that is known, `most` of them at
   * most, and returns how many they are; what is under the cursor stays there.
   */
  pass?(cursor: C, known: Uint8Array, most: number): number;
  /**
   * Position from `from` on where a stream can be cut, -1 if there is none. Without it, streams are
   * cut anywhere if `syncKind` is null, else nowhere.
   */
  findSync?(bytes: Uint8Array, from: number): number;
  /** Bytes of whole records that begin a snapshot and end the one before; without it, none do. */
  snapshotOverlap?(older: Uint8Array, newer: Uint8Array): number;
  /** Decodes the halves of the id in a PERF_RECORD_AUX_OUTPUT_HW_ID; null if it is unknown. */
  hardwareId?(high: number, low: number): HardwareId | null;
}
