import type { Cursor } from "../../internal.ts";
import { bitCount, decodeItems, needVersion1 } from "../_fields.ts";

/** Which memory blocks belong to which node: `HEADER_MEM_TOPOLOGY`. */
export interface MemoryTopology {
  /** Size of a memory block in bytes. */
  readonly blockSize: bigint;
  /** The nodes with memory. */
  readonly nodes: readonly MemoryNode[];
}

/** The memory blocks of one node. */
export interface MemoryNode {
  /** Number of the node. */
  readonly node: bigint;
  /** Number of blocks that the bitmap covers. */
  readonly blocks: number;
  /** Number of blocks that the node has: the bits that are set. */
  readonly blocksPresent: number;
  /** Block n is bit n % 64 of word n / 64. */
  readonly bitmap: readonly bigint[];
}

/** Decodes `HEADER_MEM_TOPOLOGY`. */
export function decodeMemoryTopology(body: Cursor): MemoryTopology {
  needVersion1(body, 8);
  const blockSize = body.u64();
  return { blockSize, nodes: decodeItems(body.count64(24), () => decodeNode(body)) };
}

function decodeNode(body: Cursor): MemoryNode {
  const node = body.u64();
  body.take(8); // the number of blocks, which the bitmap repeats
  const blocks = body.u64();
  const wordCount = (blocks + 63n) / 64n;
  if (wordCount * 8n > BigInt(body.remaining)) body.fail(Number(wordCount * 8n));
  const bitmap = decodeItems(Number(wordCount), () => body.u64());
  const blocksPresent = bitmap.reduce((sum, word) => sum + bitCount(word), 0);
  return { node, blocks: Number(blocks), blocksPresent, bitmap };
}
