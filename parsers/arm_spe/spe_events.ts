import { joinU64 } from "../internal.ts";

/** What happened to a sampled operation. */
export interface SpeEvents {
  /** All bits. */
  readonly bitmap: bigint;
  /** Numbers of the bits that belong to the CPU's model: 12 to 15, and from 26 on. */
  readonly implementationDefined: readonly number[];
  /** Bit 0. */
  readonly exceptionGenerated: boolean;
  /** Bit 1: architecturally retired. */
  readonly retired: boolean;
  /** Bit 2. */
  readonly l1dAccess: boolean;
  /** Bit 3. */
  readonly l1dRefill: boolean;
  /** Bit 4. */
  readonly tlbAccess: boolean;
  /** Bit 5. */
  readonly tlbWalk: boolean;
  /** Bit 6: a conditional instruction that did not take its branch or pass its condition. */
  readonly notTaken: boolean;
  /** Bit 7. */
  readonly mispredicted: boolean;
  /** Bit 8: last level cache. */
  readonly llcAccess: boolean;
  /** Bit 9. */
  readonly llcMiss: boolean;
  /** Bit 10: to another socket. */
  readonly remoteAccess: boolean;
  /** Bit 11. */
  readonly misaligned: boolean;
  /** Bit 16. */
  readonly transactional: boolean;
  /** Bit 17: some lanes of the SVE predicate were inactive. */
  readonly partialPredicate: boolean;
  /** Bit 18: all lanes were inactive. */
  readonly emptyPredicate: boolean;
  /** Bit 19. */
  readonly l2dAccess: boolean;
  /** Bit 20. */
  readonly l2dMiss: boolean;
  /** Bit 21: the data was modified in another cache. */
  readonly dataModified: boolean;
  /** Bit 22. */
  readonly recentlyFetched: boolean;
  /** Bit 23. */
  readonly dataSnooped: boolean;
  /** Bit 24. */
  readonly streamingSve: boolean;
  /** Bit 25: shared unit for the Scalable Matrix Extension. */
  readonly smcu: boolean;
}

/** Bits of the low half that have no name. */
const MODEL_BITS = 0xfc00_f000;

/** Decodes the bitmap of an EVENTS packet from its halves. */
export function decodeSpeEvents(high: number, low: number): SpeEvents {
  return {
    bitmap: joinU64(high, low),
    implementationDefined: modelBits(high, low),
    exceptionGenerated: (low & 1 << 0) !== 0,
    retired: (low & 1 << 1) !== 0,
    l1dAccess: (low & 1 << 2) !== 0,
    l1dRefill: (low & 1 << 3) !== 0,
    tlbAccess: (low & 1 << 4) !== 0,
    tlbWalk: (low & 1 << 5) !== 0,
    notTaken: (low & 1 << 6) !== 0,
    mispredicted: (low & 1 << 7) !== 0,
    llcAccess: (low & 1 << 8) !== 0,
    llcMiss: (low & 1 << 9) !== 0,
    remoteAccess: (low & 1 << 10) !== 0,
    misaligned: (low & 1 << 11) !== 0,
    transactional: (low & 1 << 16) !== 0,
    partialPredicate: (low & 1 << 17) !== 0,
    emptyPredicate: (low & 1 << 18) !== 0,
    l2dAccess: (low & 1 << 19) !== 0,
    l2dMiss: (low & 1 << 20) !== 0,
    dataModified: (low & 1 << 21) !== 0,
    recentlyFetched: (low & 1 << 22) !== 0,
    dataSnooped: (low & 1 << 23) !== 0,
    streamingSve: (low & 1 << 24) !== 0,
    smcu: (low & 1 << 25) !== 0,
  };
}

/** Numbers of the bits that belong to the CPU's model. */
export function modelBits(high: number, low: number): number[] {
  const bits: number[] = [];
  for (let rest = (low & MODEL_BITS) >>> 0; rest !== 0; rest = (rest & rest - 1) >>> 0) {
    bits.push(31 - Math.clz32(rest & -rest));
  }
  for (let rest = high; rest !== 0; rest = (rest & rest - 1) >>> 0) {
    bits.push(63 - Math.clz32(rest & -rest));
  }
  return bits;
}
