import { Mark } from "../internal.ts";
import { PtKind } from "./packet_kind.ts";
import { PtCursor, type PtOptions } from "./pt_cursor.ts";

/** What {@linkcode visitPt} calls; the numbers are those of {@linkcode PtCursor}. */
export interface PtVisitor {
  /** Takes branches, left-aligned in two halves, the oldest in bit 63. */
  branches?(offset: number, count: number, high: number, low: number): void;
  /** Takes a packet with an IP, and this as two halves, if it is known. */
  ip?(offset: number, kind: PtKind, high: number, low: number): void;
  /** Takes the payload of a TSC packet. */
  tsc?(offset: number, high: number, low: number): void;
  /** Takes the payload of a packet of another kind. */
  other?(offset: number, kind: PtKind, count: number, high: number, low: number): void;
  /** Takes bytes that are no packet. */
  mark?(offset: number, mark: PtKind, size: number): void;
}

/** Calls a visitor for the packets and marks of a stream, without an object for each. */
export function visitPt(bytes: Uint8Array, visitor: PtVisitor, options?: PtOptions): void {
  const cursor = new PtCursor(bytes, options);
  cursor.end();
  while (cursor.next()) {
    const { kind, offset } = cursor;
    if (kind <= Mark.Cut) visitor.mark?.(offset, kind, cursor.size);
    else if (kind === PtKind.Tnt) visitor.branches?.(offset, cursor.count, cursor.high, cursor.low);
    else if (cursor.hasIp) visitor.ip?.(offset, kind, cursor.ipHigh, cursor.ipLow);
    else if (kind === PtKind.Tsc) visitor.tsc?.(offset, cursor.high, cursor.low);
    else visitor.other?.(offset, kind, cursor.count, cursor.high, cursor.low);
  }
}
