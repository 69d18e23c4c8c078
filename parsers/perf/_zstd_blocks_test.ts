import { assertEquals } from "@std/assert";
import { ZstdBlocks } from "./_zstd_blocks.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** Header of a block, and its content: one byte where a byte is repeated. */
function block(type: number, size: number, isLast: boolean): number[] {
  const header = size << 3 | type << 1 | Number(isLast);
  const content = new Array(type === RLE ? 1 : size).fill(0xfd);
  return [header & 0xff, header >> 8 & 0xff, header >> 16, ...content];
}

/**
 * Frame headers, by their flags. Bits 0 and 1: 0, 1, 2 or 4 bytes of dictionary id; bit 2: 4 bytes of
 * checksum after the last block; bit 5: no byte with the size of the window; bits 6 and 7: 0, 2, 4 or
 * 8 bytes with the size of the content, 1 instead of 0 with bit 5. Source: RFC 8878, 3.1.1.1.
 */
const HEADERS: readonly (readonly [flags: number, size: number])[] = [
  ...[[0x00, 1], [0x01, 2], [0x02, 3], [0x03, 5], [0x20, 1], [0x40, 3], [0x60, 2]] as const,
  ...[[0x80, 5], [0xc0, 9], [0xe3, 12], [0x04, 1], [0x24, 1]] as const,
];

/** Two frames and a skippable one in pieces, of which none may be cut. */
function pieces(flags: number, headerSize: number): number[][] {
  const header = [flags, ...new Array(headerSize).fill(0xff)];
  const checksum = (flags & 4) === 0 ? [] : [1, 2, 3, 4];
  return [
    MAGIC,
    header,
    block(RAW, 5, false),
    block(RLE, 1000, false),
    block(COMPRESSED, 300, false),
    [...block(RAW, 0, true), ...checksum],
    MAGIC,
    header,
    [...block(RLE, 9, true), ...checksum],
    [0x50, 0x2a, 0x4d, 0x18],
    [3, 0, 0, 0, 9, 9, 9],
  ];
}

Deno.test("ZstdBlocks tells whether a stream ends inside a block, after every frame header", () => {
  for (const [flags, headerSize] of HEADERS) {
    const all = pieces(flags, headerSize);
    const bytes = Uint8Array.from(all.flat());
    const mayEnd = all.flatMap((piece) => piece.map((_, i) => i === piece.length - 1));
    for (const size of [1, 3, 1000]) {
      const blocks = new ZstdBlocks();
      for (let at = 0; at < bytes.length; at += size) {
        const end = Math.min(at + size, bytes.length);
        blocks.push(bytes.subarray(at, end));
        assertEquals([flags, end, blocks.areWhole], [flags, end, mayEnd[end - 1]]);
      }
    }
  }
});
