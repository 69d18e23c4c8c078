const PSB_SIZE = 16;
/** A PSB packet. */
export const PSB: Uint8Array = Uint8Array.from(
  { length: PSB_SIZE },
  (_, i) => i % 2 === 0 ? 0x02 : 0x82,
);
/** PSB alternates between the two bytes that differ in this bit. */
const FLIP = 0x80;

/**
 * Finds the next PSB packet: 8 times the bytes 02 82. Looks at about one byte of 16.
 *
 * @param from Position at which the search starts.
 * @returns Position of its first byte, -1 when there is none.
 */
export function findPsb(bytes: Uint8Array, from = 0): number {
  const end = bytes.length;
  let at = from;
  while (at + PSB_SIZE <= end) {
    const inside = at + PSB_SIZE - 1; // of any PSB that starts in [at, inside]
    let stop = inside + 1;
    if (isPsbByte(bytes[inside]!)) {
      const start = psbStart(bytes, at, inside);
      while (stop - start < PSB_SIZE && stop < end && bytes[stop] === (bytes[stop - 1]! ^ FLIP)) {
        stop++;
      }
      if (stop - start === PSB_SIZE) return start;
    }
    at = stop;
  }
  return -1;
}

/**
 * Says how many of the last bytes could be the beginning of a PSB packet.
 *
 * @param from Position from which on there is no whole one.
 */
export function psbBeginning(bytes: Uint8Array, from: number): number {
  const last = bytes.length - 1;
  if (last < from || !isPsbByte(bytes[last]!)) return 0;
  return last + 1 - psbStart(bytes, from, last);
}

function isPsbByte(byte: number): boolean {
  return (byte | FLIP) === 0x82;
}

/** First byte 02 of the alternating run around `inside`; the one after `inside` if there is none. */
function psbStart(bytes: Uint8Array, from: number, inside: number): number {
  let start = inside;
  while (start > from && bytes[start - 1] === (bytes[start]! ^ FLIP)) start--;
  return bytes[start] === 0x82 ? start + 1 : start;
}
