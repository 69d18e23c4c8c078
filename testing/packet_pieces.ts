import type { PacketCursor, PacketScan } from "../parsers/packet_cursor.ts";

/** What stood under a cursor: kind, offset and size, and what else was asked for. */
export type Seen = readonly [kind: number, offset: number, size: number, detail: string];

/** Pieces of these sizes, again and again, until all bytes are in one. */
export function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let from = 0, i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

/**
 * Reads a stream that comes in pieces to its end, as a reader of files does: what a piece leaves
 * over is put in front of the next one.
 */
export function readPieces<C extends PacketCursor>(
  cursor: C,
  parts: Iterable<Uint8Array>,
  detail: (cursor: C) => string = () => "",
): Seen[] {
  const seen: Seen[] = [];
  const drain = () => {
    while (cursor.next()) seen.push([cursor.kind, cursor.offset, cursor.size, detail(cursor)]);
  };
  carryOver(parts, (piece) => {
    cursor.refill(piece);
    drain();
    return cursor.rest;
  });
  cursor.end();
  drain();
  return seen;
}

/** Counts a stream that comes in pieces. */
export function scanPieces<S extends PacketScan>(scan: S, parts: Iterable<Uint8Array>): S {
  carryOver(parts, (piece) => scan.push(piece));
  scan.end();
  return scan;
}

/** Packets and bytes by kind, as a scan counts them. */
export function countSeen(
  seen: readonly Seen[],
  kinds: number,
): Pick<PacketScan, "packets" | "bytes"> {
  const packets = new Float64Array(kinds);
  const bytes = new Float64Array(kinds);
  for (const [kind, , size] of seen) {
    packets[kind]! += 1;
    bytes[kind]! += size;
  }
  return { packets, bytes };
}

/** Numbers from 0 up to `limit` - 1 that are the same for the same seed (xorshift). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Hands on each part behind what `use` did not use of the one before. */
export function carryOver(parts: Iterable<Uint8Array>, use: (piece: Uint8Array) => number): void {
  let rest = new Uint8Array(0);
  for (const part of parts) {
    const piece = new Uint8Array(rest.length + part.length);
    piece.set(rest);
    piece.set(part, rest.length);
    rest = piece.slice(piece.length - use(piece));
  }
}
