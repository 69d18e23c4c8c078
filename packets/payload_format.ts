import { readable } from "../auxtrace/internal.ts";
import { findFormat, traceFormats } from "../parsers/formats.ts";
import {
  CursorScan,
  FormatError,
  type FormatFacts,
  Mark,
  type PacketCursor,
  type PacketScan,
  type StreamStart,
  type TextBuffer,
  type TraceFormat,
  type UndecodedScan,
} from "../parsers/internal.ts";
import { Feature, type PerfFile } from "../parsers/perf/mod.ts";
import type { PayloadRecording } from "./payload_recording.ts";
import { findTimeConversion } from "./time_conversion.ts";

const NS_PER_S = 1_000_000_000n;
/** Streams that are shorter are counted by the cursor, which has no tables to set up. */
const LEAST_SCAN = 1 << 14;

/** A cursor over one stream, and ways to write down what stands under it. */
export interface PacketStream {
  /** The cursor, before the first byte. */
  readonly cursor: PacketCursor;
  /** Writes name, payload and time of the packet under the cursor; not asked for marks. */
  text(out: TextBuffer): void;
  /** See {@linkcode TraceFormat.pass}; 0 where the format passes over no packets. */
  pass(known: Uint8Array, most: number): number;
  /** Payload of the packet under the cursor by name, and its time: 64-bit values as bigint. */
  fields(): object;
  /** Ticks of the trace's clock that the packet under the cursor tells; null if it tells none. */
  ticks(): bigint | null;
  /** Why there is the mark under the cursor, beyond what its kind says; null if nothing is known. */
  reason(): string | null;
}

/** A payload format, ready to decode the streams of one recording. */
export interface PayloadFormat
  extends Pick<TraceFormat, "type" | "kindNames" | "syncKind" | "hasPlainBytes" | "findSync"> {
  /** Opens a stream for the cursor. */
  open(start: StreamStart): PacketStream;
  /** Opens a stream for a scan, which counts what the cursor stops at; `size` if all of it is known. */
  scan(start: StreamStart, size?: number): PacketScan;
  /** Time of ticks in nanoseconds of the recording's clock; null if that is not known. */
  timeNs(ticks: bigint, start: StreamStart): bigint | null;
  /** Why bytes may be no packets all the same; null if nothing had to be assumed. */
  readonly badReason: string | null;
  /** Opens a stream to look for trace that is not decoded; absent where there cannot be any. */
  undecoded?(start: StreamStart): UndecodedScan;
}

/** Gathers what a recording says of how its payload is decoded. Reads its first records again. */
export function formatFacts(
  file: PerfFile,
  { type, info, hwIds }: Pick<PayloadRecording, "type" | "info" | "hwIds">,
): FormatFacts {
  const needsCpuid = findFormat(type)?.needsCpuid ?? false;
  return {
    type,
    info,
    hwIds,
    time: findTimeConversion(file),
    byteOrder: file.byteOrder,
    cpuid: needsCpuid ? readable(() => file.feature(Feature.cpuid)) : null,
    records: false,
  };
}

/**
 * Chooses the format of a recording's payload.
 *
 * @param formats Where it is looked for; all that auxtail has unless given.
 * @throws {FormatError} If there is none for its type of trace.
 */
export function payloadFormat(
  facts: FormatFacts,
  formats: readonly TraceFormat[] = traceFormats,
): PayloadFormat {
  const format = formats.find(({ type }) => type === facts.type);
  if (format !== undefined) return bind(facts.records && format.recordForm || format, facts);
  throw new FormatError("unsupported", {
    structure: "AUX payload",
    offset: 0,
    expected: "a known type of trace",
    actual: facts.type ?? "none",
    cure: "extract writes its bytes to files, for a decoder of its own",
  });
}

/** Prepares a format for the streams of a recording: timestamps also tell times, where possible. */
function bind(format: TraceFormat, facts: FormatFacts): PayloadFormat {
  const { type, kindNames, syncKind, hasPlainBytes, findSync } = format;
  const decoder = format.decoder(facts);
  const ticksOf = (cursor: PacketCursor) => format.ticks?.(cursor) ?? null;
  const timeNs = (ticks: bigint, start: StreamStart) => decoder.timeNs?.(ticks, start) ?? null;
  const { badReason = null, undecoded } = decoder;
  return {
    type,
    kindNames,
    syncKind,
    hasPlainBytes,
    ...(findSync && { findSync }),
    timeNs,
    badReason,
    ...(undecoded && { undecoded }),
    scan: (start, size = Infinity) =>
      decoder.scan === undefined || size < LEAST_SCAN
        ? new CursorScan(decoder.cursor(start), kindNames.length, ticksOf)
        : decoder.scan(start),
    open(start) {
      const cursor = decoder.cursor(start);
      const timeOfPacket = () => {
        const ticks = ticksOf(cursor);
        return ticks === null ? null : timeNs(ticks, start);
      };
      return {
        cursor,
        ticks: () => ticksOf(cursor),
        reason() {
          if (cursor.kind === Mark.Bad) return badReason;
          return cursor.kind === Mark.Skipped ? decoder.skipReason?.(cursor) ?? null : null;
        },
        pass: (known, most) => format.pass?.(cursor, known, most) ?? 0,
        text(out) {
          format.write(cursor, out);
          writeTime(out, timeOfPacket());
        },
        fields() {
          const time = timeOfPacket();
          const fields = format.fields(cursor);
          return time === null ? fields : { ...fields, timeNs: time };
        },
      };
    },
  };
}

/** Writes a time in seconds, as `perf script` does. */
function writeTime(out: TextBuffer, timeNs: bigint | null): void {
  if (timeNs === null) return;
  const ns = String(timeNs % NS_PER_S).padStart(9, "0");
  out.ascii(` time=${timeNs / NS_PER_S}.${ns}`);
}
