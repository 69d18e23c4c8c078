import { PacketDecoder } from "./_packet_decoder.ts";

/** No entry of the table is larger: the size of EVD. */
export const MAX_ADVANCE = 11;

let table: Uint8Array | undefined;

/**
 * By a pair of bytes, the first of them in the lower half: how many bytes the packets have whose
 * kinds and sizes the pair tells, outside of blocks. These are one or two packets. 0 where the pair
 * does not tell, or the packet is one to look at: TSC, PSB, BBP.
 */
export function pairTable(): Uint8Array {
  return table ??= makeTable();
}

function makeTable(): Uint8Array {
  const table = new Uint8Array(65536);
  const decoder = new PacketDecoder();
  const bytes = new Uint8Array(MAX_ADVANCE);
  const sizeOf = (first: number, second: number) => {
    bytes[0] = first;
    bytes[1] = second;
    return Math.max(0, decoder.decode(bytes, 0, bytes.length));
  };
  const alone = Array.from({ length: 256 }, (_, byte) => tellsAll(byte) ? sizeOf(byte, 0) : 0);
  for (let pair = 0; pair < table.length; pair++) {
    const first = pair & 0xff;
    const second = pair >> 8;
    const size = alone[first]!;
    if (size === 1) table[pair] = 1 + alone[second]!;
    else if (size > 1) table[pair] = size;
    else if (pairTellsAll(first, second)) table[pair] = sizeOf(first, second);
  }
  return table;
}

/** Whether a first byte that starts a packet tells its kind and size. */
function tellsAll(byte: number): boolean {
  const isLongCyc = (byte & 7) === 7;
  return !isLongCyc && byte !== 0x02 && byte !== 0x19 && byte !== 0x99 && byte !== 0xd9;
}

/**
 * The same of two bytes. Packets that also depend on later ones are not valid before zeros:
 * PSB, MNT, long TNT. CFE with an IP is another kind, TMA can be bad, and BBP changes how what follows
 * is read.
 */
function pairTellsAll(first: number, second: number): boolean {
  switch (first) {
    case 0x02:
      return second !== 0x13 && second !== 0x63 && second !== 0x73;
    case 0x99:
    case 0xd9:
      return true;
    default:
      return (first & 7) === 7 && (second & 1) === 0;
  }
}
