import { BtsCursor, type BtsFields, btsFields } from "./bts_cursor.ts";
import { BtsKind } from "./packet_kind.ts";

/** A branch as a value. */
export interface BtsRecord extends BtsFields {
  /** Position of the record in `bytes`. */
  readonly offset: number;
}

/**
 * Yields the branches of a whole stream; filler and a record that is cut are left out.
 *
 * @example From where to where
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { btsRecords } from "@auxtail/auxtail/intel-bts";
 *
 * const bytes = new Uint8Array(24);
 * bytes.set([0x80, 0x12, 0x40]);
 * bytes.set([0x90, 0x12, 0x40], 8);
 * const [branch] = btsRecords(bytes);
 * assertEquals(branch, { offset: 0, from: 0x401280n, to: 0x401290n, misc: 0n, predicted: false });
 * ```
 */
export function* btsRecords(bytes: Uint8Array): Generator<BtsRecord> {
  const cursor = new BtsCursor(bytes);
  while (cursor.next()) {
    if (cursor.kind !== BtsKind.Branch) continue;
    yield { offset: cursor.offset, ...btsFields(cursor) } as BtsRecord;
  }
}
