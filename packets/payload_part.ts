import type { PayloadBytes } from "./payload_item.ts";

/**
 * Makes an item of some of the bytes of another one, for readers that take small steps. Of the parts
 * of an item only the first can start a stream, or follow a loss.
 */
export function payloadPart(
  item: PayloadBytes,
  { from, size }: { readonly from: number; readonly size: number },
): PayloadBytes {
  return {
    ...item,
    auxOffset: BigInt.asUintN(64, item.auxOffset + BigInt(from)),
    size,
    fileOffset: item.fileOffset === null ? null : item.fileOffset + from,
    follows: from === 0 ? item.follows : "bytes",
    read: (at, into) => item.read(from + at, into.subarray(0, Math.max(size - at, 0))),
  };
}
