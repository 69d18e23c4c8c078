import { speKindNames } from "./packet_kind.ts";
import type {
  SpeInstructionAddress,
  SpePhysicalAddress,
  SpeVirtualAddress,
} from "./spe_address.ts";
import { SpeCursor, type SpeOptions } from "./spe_cursor.ts";
import type { SpeEvents } from "./spe_events.ts";
import {
  type SpeContext,
  type SpeDataSource,
  speFields,
  type SpeLatency,
  type SpeTicks,
  type SpeUnknownAddress,
  type SpeUnknownCounter,
} from "./spe_fields.ts";
import type { SpeOperation } from "./spe_operation.ts";

/** A packet, or bytes that are none, as a value: where it is, and its payload by name. */
export type SpePacket =
  | SpePacketOf<"BAD" | "CUT" | "PAD" | "ALIGNMENT" | "END">
  | SpePacketOf<"TIMESTAMP"> & SpeTicks
  | SpePacketOf<"EVENTS"> & SpeEvents
  | SpePacketOf<"DATA-SOURCE"> & SpeDataSource
  | SpePacketOf<"CONTEXT"> & SpeContext
  | SpePacketOf<"OPERATION"> & SpeOperation
  | SpePacketOf<"PC" | "TARGET" | "PREVIOUS-TARGET"> & SpeInstructionAddress
  | SpePacketOf<"VA"> & SpeVirtualAddress
  | SpePacketOf<"PA"> & SpePhysicalAddress
  | SpePacketOf<"ADDRESS"> & SpeUnknownAddress
  | SpePacketOf<"TOTAL-LATENCY" | "ISSUE-LATENCY" | "TRANSLATION-LATENCY"> & SpeLatency
  | SpePacketOf<"COUNTER"> & SpeUnknownCounter;

/** What packets of all kinds say. */
export interface SpePacketOf<Kind extends string> {
  /** Name of the kind, one of `speKindNames`. */
  readonly kind: Kind;
  /** Position of the first byte in `bytes`. */
  readonly offset: number;
  /** Number of bytes. */
  readonly size: number;
}

/**
 * Yields the packets of a whole stream as values that are safe to keep.
 *
 * @example The program counter of a sampled operation
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { spePackets } from "@auxtail/auxtail/arm-spe";
 *
 * const bytes = new Uint8Array([0xb0, 0x80, 0x12, 0x40, 0, 0, 0, 0, 0x80, 0x01]);
 * const [pc, end] = spePackets(bytes);
 * assertEquals(pc?.kind === "PC" && pc.address, 0x401280n);
 * assertEquals(end, { kind: "END", offset: 9, size: 1 });
 * ```
 */
export function* spePackets(bytes: Uint8Array, options: SpeOptions = {}): Generator<SpePacket> {
  const cursor = new SpeCursor(bytes, options);
  cursor.end();
  while (cursor.next()) {
    const kind = speKindNames[cursor.kind];
    yield { kind, offset: cursor.offset, size: cursor.size, ...speFields(cursor) } as SpePacket;
  }
}
