import type { PayloadBytes } from "./payload_item.ts";

/**
 * Makes an item of some of the bytes of another one, for readers that go in small steps. Of the
 * parts of an item only the first can start a stream, or follow a loss.
 */
export function payloadPart(
  item: PayloadBytes,
  { from, size }: { readonly from: number; readonly size: number },
): PayloadBytes {
  const { auxOffset, fileOffset } = item;
  return {
    type: "bytes",
    auxOffset: auxOffset + BigInt(from),
    size,
    fileOffset: fileOffset === null ? null : fileOffset + from,
    part: item.part,
    follows: from === 0 ? item.follows : "bytes",
    cpu: item.cpu,
    reference: item.reference,
    raw: item.raw,
    read: (at, into) => item.read(from + at, into.subarray(0, Math.max(size - at, 0))),
  };
}
