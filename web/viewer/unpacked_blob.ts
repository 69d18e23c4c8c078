/** Most bytes that a recording may have when it is unpacked: the browser holds them. */
const MAX_SIZE = 2 ** 30;

/**
 * Unpacks a file of the browser if it is gzip; else returns it as it is.
 *
 * @throws {Error} If it is damaged, has several members, or is longer than `maxSize` when unpacked.
 */
export async function unpackedBlob(
  blob: Blob,
  maxSize = MAX_SIZE,
): Promise<{ readonly blob: Blob; readonly packed: "gzip" | null }> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return { blob, packed: null };
  let size = 0;
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, to) {
      size += piece.length;
      if (size > maxSize) throw new Error(`it has more than ${maxSize} bytes unpacked`);
      to.enqueue(piece);
    },
  });
  try {
    const stream = blob.stream().pipeThrough(new DecompressionStream("gzip")).pipeThrough(count);
    return { blob: await new Response(stream).blob(), packed: "gzip" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The file is gzip, and cannot be unpacked here: ${why}. Run gzip -d on it.`);
  }
}
