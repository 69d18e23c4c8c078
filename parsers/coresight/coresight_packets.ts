import { CoresightCursor, type CoresightSources } from "./coresight_cursor.ts";
import { type EtmFields, etmFields } from "./etm_fields.ts";
import { EtmKind, etmKindNames } from "./etm_kind.ts";

/** A packet or mark of a CoreSight fragment, as a value. */
export interface CoresightPacket {
  /** Name of the kind, as OpenCSD has it, or of the mark. */
  readonly kind: string;
  /** Trace id of the source; 0 for none. */
  readonly traceId: number;
  /** Position of its first byte in the fragment. */
  readonly offset: number;
  /** Number of its bytes. */
  readonly size: number;
  /** Payload by name; see {@linkcode etmFields}. */
  readonly fields: EtmFields;
}

/** What {@linkcode visitCoresight} calls. */
export interface CoresightVisitor {
  /** A packet with atoms only: bit i is the i-th oldest, 1 for a taken branch. */
  atoms?(atoms: number, count: number): void;
  /** A target address, in halves, if all its bits are known. */
  address?(high: number, low: number): void;
  /** A timestamp, in halves, if all its bits are known. */
  time?(high: number, low: number): void;
  /** All other packets and the marks. */
  other?(kind: EtmKind, cursor: CoresightCursor): void;
}

/**
 * Yields the packets of a whole fragment as values that are safe to keep.
 *
 * @example The packets of a raw fragment
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { coresightPackets, traceUnits } from "@auxtail/auxtail/coresight";
 *
 * const params = [{ name: "TRCIDR1", value: 0x4100f423n }];
 * const units = traceUnits({ cpus: [{ cpu: 0, kind: "etmv4", magic: 0n, traceId: 16, params }] });
 * const bytes = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xfd, 0x02, 0x85, 0x01]);
 * const packets = [...coresightPackets(bytes, { units, isRaw: true })];
 * assertEquals(packets.map(({ kind }) => kind), ["I_ASYNC", "I_ATOM_F3", "I_TIMESTAMP"]);
 * assertEquals(packets[2]?.fields, { timestamp: 0x85n });
 * ```
 */
export function* coresightPackets(
  bytes: Uint8Array,
  sources: CoresightSources,
): Generator<CoresightPacket> {
  const cursor = new CoresightCursor(sources, bytes);
  cursor.end();
  while (cursor.next()) {
    const { traceId, offset, size } = cursor;
    yield { kind: etmKindNames[cursor.kind]!, traceId, offset, size, fields: etmFields(cursor) };
  }
}

/** Passes the packets of a whole fragment to a visitor; nothing is allocated per packet. */
export function visitCoresight(
  bytes: Uint8Array,
  visitor: CoresightVisitor,
  sources: CoresightSources,
): void {
  const cursor = new CoresightCursor(sources, bytes);
  cursor.end();
  while (cursor.next()) {
    const { kind, etm } = cursor;
    if (etm === null) visitor.other?.(kind, cursor);
    else if (kind >= EtmKind.AtomF6 && kind <= EtmKind.AtomF3) {
      visitor.atoms?.(etm.atoms, etm.atomCount);
    } else if (isTargetAddress(kind) && etm.addressBits === 64) {
      visitor.address?.(etm.addressHigh, etm.addressLow);
    } else if (kind === EtmKind.Timestamp && etm.timeBits === 64) {
      visitor.time?.(etm.timeHigh, etm.timeLow);
    } else visitor.other?.(kind, cursor);
  }
}

function isTargetAddress(kind: EtmKind): boolean {
  return kind >= EtmKind.AddressContext32Is0 && kind <= EtmKind.Address64Is1 &&
    kind !== EtmKind.TimestampMarker;
}
