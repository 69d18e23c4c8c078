import { assert, assertEquals } from "@std/assert";
import { countSeen, pieces, readPieces, scanPieces, type Seen } from "./packet_pieces.ts";
import { Mark } from "../parsers/internal.ts";
import {
  PtColumns,
  PtCursor,
  PtKind,
  ptKindNames,
  type PtOptions,
  PtScan,
} from "../parsers/intel_pt/mod.ts";

const PSB_SIZE = 16;

/** Packets and marks of a stream that comes in pieces, by the cursor. */
export function seenByCursor(
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length],
  options?: PtOptions,
): Seen[] {
  return readPieces(
    new PtCursor(undefined, options),
    pieces(bytes, sizes),
    ({ low, high, count, ipLow, ipHigh, ipBits }) =>
      `${low} ${high} ${count} ${ipLow} ${ipHigh} ${ipBits}`,
  );
}

/** The same by the columns. */
export function seenByColumns(
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length],
  options?: PtOptions & { readonly capacity?: number },
): Seen[] {
  const columns = new PtColumns(undefined, options);
  const seen: Seen[] = [];
  const drain = () => {
    for (let rows = columns.fill(); rows > 0; rows = columns.fill()) {
      for (let row = 0; row < rows; row++) seen.push(rowOf(columns, row));
    }
  };
  let rest: number[] = [];
  for (const part of pieces(bytes, sizes)) {
    const piece = Uint8Array.from([...rest, ...part]);
    columns.refill(piece);
    drain();
    rest = [...piece.subarray(piece.length - columns.rest)];
  }
  columns.end();
  drain();
  return seen;
}

/** Fails unless all ways to read a stream agree, cut into pieces of these sizes. */
export function assertSameByAll(
  seen: readonly Seen[],
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length],
  options?: PtOptions,
): void {
  assertEquals(seenByCursor(bytes, sizes, options), seen);
  assertEquals(seenByColumns(bytes, sizes, options), seen);
  const { packets, bytes: counted } = scanPieces(new PtScan(options), pieces(bytes, sizes));
  assertEquals({ packets, bytes: counted }, countSeen(seen, ptKindNames.length));
}

/** All packets and marks of a stream in one batch. */
export interface Decoded {
  /** The columns, filled once. */
  readonly columns: PtColumns;
  /** How many rows of them. */
  readonly rows: number;
}

/**
 * Decodes a whole stream by the columns; fails unless cursor and scan agree, and each packet follows
 * the one before. Only after a bad byte a PSB packet may begin before it.
 */
export function decodeByAll(bytes: Uint8Array): Decoded {
  const columns = new PtColumns(bytes, { capacity: bytes.length + 1 });
  columns.end();
  const rows = columns.fill();
  const packets = new Float64Array(ptKindNames.length);
  const cursor = new PtCursor(bytes);
  cursor.end();
  let end = 0;
  let repeated = 0;
  for (let row = 0; row < rows; row++) {
    assert(cursor.next() && isAt(cursor, columns, row), `row ${row}`);
    const { kind, offset, size } = cursor;
    const isBack = kind === PtKind.Psb && columns.kind[row - 1] === Mark.Bad &&
      end - offset < PSB_SIZE;
    assert(size > 0 && (isBack ? offset <= end : offset === end), `row ${row} follows`);
    repeated += end - offset;
    end = offset + size;
    packets[cursor.kind]! += 1;
  }
  assertEquals([cursor.next(), cursor.rest, end], [false, 0, bytes.length]);
  const scan = new PtScan();
  scan.push(bytes);
  scan.end();
  assertEquals(scan.packets, packets);
  assertEquals(scan.bytes.reduce((sum, size) => sum + size, 0), bytes.length + repeated);
  return { columns, rows };
}

function isAt(cursor: PtCursor, columns: PtColumns, row: number): boolean {
  return cursor.kind === columns.kind[row] && cursor.offset === columns.offset[row] &&
    cursor.size === columns.size[row] && cursor.count === columns.count[row] &&
    cursor.low === columns.low[row] && cursor.high === columns.high[row] &&
    cursor.ipLow === columns.ipLow[row] && cursor.ipHigh === columns.ipHigh[row] &&
    cursor.ipBits === columns.ipBits[row];
}

function rowOf(columns: PtColumns, row: number): Seen {
  const { low, high, count, ipLow, ipHigh, ipBits } = columns;
  const detail = [low, high, count, ipLow, ipHigh, ipBits].map((column) => column[row]).join(" ");
  return [columns.kind[row]!, columns.offset[row]!, columns.size[row]!, detail];
}
