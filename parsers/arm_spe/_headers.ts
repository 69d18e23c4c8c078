import { Mark } from "../internal.ts";
import { SpeKind } from "./packet_kind.ts";

const ADDRESSES = [SpeKind.Pc, SpeKind.Target, SpeKind.Va, SpeKind.Pa, SpeKind.PreviousTarget];
const COUNTERS = [SpeKind.TotalLatency, SpeKind.IssueLatency, SpeKind.TranslationLatency];

/** Kind by header byte: `Bad` where no packet starts, and where the second byte decides. */
export const KINDS: Uint8Array = Uint8Array.from({ length: 256 }, (_, header) => kindOf(header));

/**
 * Size by header byte, in bytes: 1 where no packet starts, 0 where the second byte decides.
 *
 * Bits 5:4 of the header are the binary logarithm of the payload's size.
 */
export const SIZES: Uint8Array = KINDS.map((kind, header) => {
  if ((header & 0xfc) === 0x20) return 0;
  return kind === Mark.Bad || kind === SpeKind.Pad || kind === SpeKind.End
    ? 1
    : 1 + payloadSize(header);
});

/** Index of the packet by header byte; 0 for kinds that have none. */
export const INDEXES: Uint8Array = KINDS.map((kind, header) => {
  if (kind === SpeKind.Operation || kind === SpeKind.Context) return header & 3;
  return isAddress(header) || isCounter(header) ? header & 7 : 0;
});

/** Kind of an extended packet by its header and second byte. */
export function extendedKind(header: number, second: number): number {
  if (second === 0) return SpeKind.Alignment;
  const index = (header & 3) << 3 | second & 7;
  if (isAddress(second)) return ADDRESSES[index] ?? SpeKind.Address;
  return isCounter(second) ? COUNTERS[index] ?? SpeKind.Counter : Mark.Bad;
}

/**
 * Size of an extended packet in bytes.
 *
 * @param position Where it starts: that of the AUX area, at least its low four bits.
 */
export function extendedSize(header: number, second: number, position: number): number {
  if (second === 0) {
    const alignment = 2 << (header & 3);
    return alignment - (position & alignment - 1);
  }
  return isAddress(second) || isCounter(second) ? 2 + payloadSize(second) : 1;
}

function kindOf(header: number): number {
  if (header === 0x00) return SpeKind.Pad;
  if (header === 0x01) return SpeKind.End;
  if (header === 0x71) return SpeKind.Timestamp;
  if ((header & 0xcf) === 0x42) return SpeKind.Events;
  if ((header & 0xcf) === 0x43) return SpeKind.DataSource;
  if ((header & 0xfc) === 0x48) return SpeKind.Operation;
  if ((header & 0xfc) === 0x64) return SpeKind.Context;
  if (isAddress(header)) return ADDRESSES[header & 7] ?? SpeKind.Address;
  if (isCounter(header)) return COUNTERS[header & 7] ?? SpeKind.Counter;
  return Mark.Bad;
}

function isAddress(header: number): boolean {
  return (header & 0xf8) === 0xb0;
}

function isCounter(header: number): boolean {
  return (header & 0xf8) === 0x98;
}

function payloadSize(header: number): number {
  return 1 << (header >> 4 & 3);
}
