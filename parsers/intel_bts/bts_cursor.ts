import { FixedSizeCursor, joinU64, type PacketCursor } from "../internal.ts";
import { BTS_RECORD_SIZE, BtsKind, btsKindNames } from "./packet_kind.ts";

const PREDICTED = 1 << 4;

/**
 * Moves over Intel BTS records in place.
 *
 * @example Reading a branch
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { BtsCursor, BtsKind } from "@auxtail/auxtail/intel-bts";
 *
 * const bytes = new Uint8Array(24);
 * bytes.set([0x80, 0x12, 0x40]);
 * const records = new BtsCursor(bytes);
 * assertEquals(records.next(), true);
 * assertEquals(records.kind, BtsKind.Branch);
 * assertEquals(records.fromLow, 0x401280);
 * ```
 */
export class BtsCursor extends FixedSizeCursor implements PacketCursor {
  /** Low half of the address that the branch is at. */
  get fromLow(): number {
    return this.view.getUint32(this.start, true);
  }

  /** High half of the address that the branch is at. */
  get fromHigh(): number {
    return this.view.getUint32(this.start + 4, true);
  }

  /** Low half of the address that it went to. */
  get toLow(): number {
    return this.view.getUint32(this.start + 8, true);
  }

  /** High half of the address that it went to. */
  get toHigh(): number {
    return this.view.getUint32(this.start + 12, true);
  }

  /** Low half of the word of flags. */
  get miscLow(): number {
    return this.view.getUint32(this.start + 16, true);
  }

  /** High half of the word of flags. */
  get miscHigh(): number {
    return this.view.getUint32(this.start + 20, true);
  }

  /** Whether the branch was predicted. */
  get isPredicted(): boolean {
    return (this.miscLow & PREDICTED) !== 0;
  }

  /** Size of every record. */
  protected override packetSize(): number {
    return BTS_RECORD_SIZE;
  }

  /** Kind of the record at `at`. */
  protected override packetKind(at: number): number {
    const { view } = this;
    const from = view.getUint32(at, true) | view.getUint32(at + 4, true);
    const to = view.getUint32(at + 8, true) | view.getUint32(at + 12, true);
    return (from | to) === 0 ? BtsKind.Filler : BtsKind.Branch;
  }
}

/** What a record says. */
export interface BtsFields {
  /** Address of the branch. */
  readonly from: bigint;
  /** Address that it went to. */
  readonly to: bigint;
  /** The word of flags. */
  readonly misc: bigint;
  /** Bit 4 of it: whether the branch was predicted. */
  readonly predicted: boolean;
}

/** Returns the record under the cursor by name; marks have no fields. */
export function btsFields(cursor: BtsCursor): BtsFields | Record<string, never> {
  return cursor.kind < BtsKind.Branch ? {} : recordFields(cursor);
}

/** Describes the record under the cursor as `perf script -D` does: `401280 -> 401290 pred`. */
export function btsText(cursor: BtsCursor): string {
  if (cursor.kind < BtsKind.Branch) return btsKindNames[cursor.kind]!;
  const { from, to, predicted } = recordFields(cursor);
  return `${from.toString(16)} -> ${to.toString(16)} ${predicted ? "pred" : "miss"}`;
}

function recordFields(cursor: BtsCursor): BtsFields {
  return {
    from: joinU64(cursor.fromHigh, cursor.fromLow),
    to: joinU64(cursor.toHigh, cursor.toLow),
    misc: joinU64(cursor.miscHigh, cursor.miscLow),
    predicted: cursor.isPredicted,
  };
}
