import type { PacketScan } from "../parsers/packet_cursor.ts";

const PIECE_SIZE = 64 * 1024;

/**
 * Reads `[from, to)` of a file in pieces of 64 KiB, which are valid for the call only.
 *
 * @param use Returns how many of the last bytes it did not use: the next piece begins with them.
 */
export function readPieces(
  path: string,
  use: (piece: Uint8Array) => number,
  { from = 0, to = Infinity }: { from?: number; to?: number } = {},
): void {
  const buffer = new Uint8Array(PIECE_SIZE);
  using file = Deno.openSync(path);
  file.seekSync(from, Deno.SeekMode.Start);
  let rest = 0;
  while (from < to) {
    const wanted = Math.min(PIECE_SIZE - rest, to - from);
    const got = file.readSync(buffer.subarray(rest, rest + wanted));
    if (got === null) break;
    from += got;
    const size = rest + got;
    rest = use(buffer.subarray(0, size));
    buffer.copyWithin(0, size - rest, size);
  }
}

/** Scans the file given as argument and prints packets and bytes of each kind. */
export function printScan(scan: PacketScan, kindNames: readonly string[]): void {
  readPieces(Deno.args[0]!, (piece) => scan.push(piece));
  scan.end();
  const lines = kindNames.map((name, kind) => `${name} ${scan.packets[kind]} ${scan.bytes[kind]}\n`)
    .filter((_, kind) => scan.packets[kind] !== 0);
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("")));
}
