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
