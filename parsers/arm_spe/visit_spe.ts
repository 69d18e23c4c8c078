import { Mark } from "../internal.ts";
import { SpeKind } from "./packet_kind.ts";
import { SpeCursor, type SpeOptions } from "./spe_cursor.ts";

/** Takes packets by role; 64-bit values come as halves. Methods that are missing are not called. */
export interface SpeVisitor {
  /** Takes the timestamp that ends a record, in ticks. */
  timestamp?(high: number, low: number, offset: number): void;
  /** Takes the end of a record without timestamp. */
  end?(offset: number): void;
  /** Takes the bitmap of events. */
  events?(high: number, low: number, offset: number): void;
  /** Takes the data source; only the low half is in use. */
  dataSource?(value: number, offset: number): void;
  /** Takes CONTEXTIDR of an exception level. */
  context?(el: number, contextId: number, offset: number): void;
  /** Takes class and payload of the operation. */
  operation?(operationClass: number, payload: number, offset: number): void;
  /** Takes the payload of an address packet by its index: 0 PC, 1 target, 2 VA, 3 PA, 4 previous target. */
  address?(index: number, high: number, low: number, offset: number): void;
  /** Takes a latency in cycles by its index: 0 total, 1 issue, 2 translation. */
  counter?(index: number, cycles: number, offset: number): void;
  /** Takes bytes that are no packet: `Mark.Bad` or `Mark.Cut`. */
  mark?(kind: number, offset: number, size: number): void;
}

/** Hands the packets of a whole stream to a visitor, padding left out. */
export function visitSpe(bytes: Uint8Array, visitor: SpeVisitor, options: SpeOptions = {}): void {
  const cursor = new SpeCursor(bytes, options);
  cursor.end();
  while (cursor.next()) {
    const { kind, index, high, low, offset } = cursor;
    switch (kind) {
      case Mark.Bad:
      case Mark.Cut:
        visitor.mark?.(kind, offset, cursor.size);
        break;
      case SpeKind.Pad:
      case SpeKind.Alignment:
        break;
      case SpeKind.Timestamp:
        visitor.timestamp?.(high, low, offset);
        break;
      case SpeKind.End:
        visitor.end?.(offset);
        break;
      case SpeKind.Events:
        visitor.events?.(high, low, offset);
        break;
      case SpeKind.DataSource:
        visitor.dataSource?.(low, offset);
        break;
      case SpeKind.Context:
        visitor.context?.(index + 1, low, offset);
        break;
      case SpeKind.Operation:
        visitor.operation?.(index, low, offset);
        break;
      case SpeKind.TotalLatency:
      case SpeKind.IssueLatency:
      case SpeKind.TranslationLatency:
      case SpeKind.Counter:
        visitor.counter?.(index, low, offset);
        break;
      default:
        visitor.address?.(index, high, low, offset);
    }
  }
}
