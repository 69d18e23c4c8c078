import type { PacketCursor } from "./packet_cursor.ts";
import type { TraceFormat } from "./trace_format.ts";

/** A packet, or a mark of the decoder, as a value. */
export interface PacketValue<F extends object = object> {
  /** Name of its kind, as the format's `kindNames` has it. */
  readonly kind: string;
  /** Position of its first byte in the stream. */
  readonly offset: number;
  /** Number of its bytes. */
  readonly size: number;
  /** Its payload by name. */
  readonly fields: F;
}

/**
 * Yields the packets and marks of the stream under a cursor, each a value to keep, up to its end.
 *
 * Works for the cursors of every format. Going from packet to packet by the cursor itself is several
 * times as fast.
 */
export function* packetValues<C extends PacketCursor, F extends object>(
  cursor: C,
  format: Pick<TraceFormat<C, F>, "kindNames" | "fields">,
): Generator<PacketValue<F>> {
  cursor.end();
  while (cursor.next()) {
    const { kind, offset, size } = cursor;
    yield { kind: format.kindNames[kind]!, offset, size, fields: format.fields(cursor) };
  }
}
