/** What a sampled operation was. Flags that its group does not have are false. */
export interface SpeOperation {
  /** Class of the operation; `reserved` is the one that has no meaning yet. */
  readonly class: "other" | "load" | "store" | "branch" | "reserved";
  /**
   * What its other bits belong to. Loads and stores: the registers, or the purpose. Branches: `call`
   * (BL), `return`, `other`, or `general` where the CPU does not tell. `unknown`: a pattern of bits
   * without a meaning yet.
   */
  readonly group:
    | "general"
    | "simd-fp"
    | "sve"
    | "sme"
    | "atomic"
    | "unspecified"
    | "system-register"
    | "mte-tag"
    | "memcpy"
    | "memset"
    | "gcs"
    | "call"
    | "return"
    | "other"
    | "unknown";
  /** A conditional branch, select or compare. */
  readonly conditional: boolean;
  /** An indirect branch. */
  readonly indirect: boolean;
  /** A branch that uses the Guarded Control Stack. */
  readonly gcs: boolean;
  /** A load or store of the Guarded Control Stack by an ordinary branch. */
  readonly common: boolean;
  /** Floating-point. */
  readonly floatingPoint: boolean;
  /** Advanced SIMD. */
  readonly simd: boolean;
  /** An atomic access: group `atomic`. */
  readonly atomic: boolean;
  /** An exclusive access: group `atomic`. */
  readonly exclusive: boolean;
  /** An access with acquire or release semantics: group `atomic`. */
  readonly acquireRelease: boolean;
  /** SVE with a predicate. */
  readonly predicated: boolean;
  /** SVE gather load or scatter store. */
  readonly gatherScatter: boolean;
  /** Effective vector length of SVE, or tile size of SME, in bits. */
  readonly vectorBits: number | null;
}

const NOTHING: SpeOperation = {
  class: "reserved",
  group: "unknown",
  conditional: false,
  indirect: false,
  gcs: false,
  common: false,
  floatingPoint: false,
  simd: false,
  atomic: false,
  exclusive: false,
  acquireRelease: false,
  predicated: false,
  gatherScatter: false,
  vectorBits: null,
};

/** Groups of loads and stores by payload without bit 0. */
const LOAD_STORE_GROUPS: ReadonlyMap<number, SpeOperation["group"]> = new Map([
  [0x00, "general"],
  [0x04, "simd-fp"],
  [0x10, "unspecified"],
  [0x14, "mte-tag"],
  [0x20, "memcpy"],
  [0x30, "system-register"],
]);

/**
 * Decodes an OPERATION packet.
 *
 * @param operationClass Index of the packet.
 * @param payload Its byte.
 */
export function decodeSpeOperation(operationClass: number, payload: number): SpeOperation {
  if (operationClass === 0) return decodeOther(payload);
  if (operationClass === 1) return decodeLoadStore(payload);
  return operationClass === 2 ? decodeBranch(payload) : NOTHING;
}

function decodeOther(payload: number): SpeOperation {
  const operation = { ...NOTHING, class: "other" } as const;
  const floatingPoint = (payload & 2) !== 0;
  if ((payload & 0xf8) === 0) {
    return {
      ...operation,
      group: "general",
      conditional: (payload & 1) !== 0,
      floatingPoint,
      simd: (payload & 4) !== 0,
    };
  }
  if ((payload & 0x88) === 0x08) {
    return {
      ...operation,
      group: "sve",
      floatingPoint,
      predicated: (payload & 4) !== 0,
      vectorBits: vectorBits(payload),
    };
  }
  if ((payload & 0x88) === 0x88) {
    const shift = (payload >> 4 & 7) << 1 | payload >> 2 & 1;
    return { ...operation, group: "sme", floatingPoint, vectorBits: 128 << shift };
  }
  return operation;
}

function decodeLoadStore(payload: number): SpeOperation {
  const operation = { ...NOTHING, class: (payload & 1) === 0 ? "load" : "store" } as const;
  const group = payload === 0x25 ? "memset" : LOAD_STORE_GROUPS.get(payload & 0xfe);
  if (group !== undefined) return { ...operation, group };
  if ((payload & 0xe2) === 0x02) {
    return {
      ...operation,
      group: "atomic",
      atomic: (payload & 4) !== 0,
      exclusive: (payload & 8) !== 0,
      acquireRelease: (payload & 16) !== 0,
    };
  }
  if ((payload & 0x0a) === 0x08) {
    return {
      ...operation,
      group: "sve",
      predicated: (payload & 4) !== 0,
      gatherScatter: (payload & 0x80) !== 0,
      vectorBits: vectorBits(payload),
    };
  }
  if ((payload & 0xfa) === 0x40) {
    return { ...operation, group: "gcs", common: (payload & 4) !== 0 };
  }
  return operation;
}

function decodeBranch(payload: number): SpeOperation {
  const groups = ["general", "call", "return", "other"] as const;
  return {
    ...NOTHING,
    class: "branch",
    group: groups[payload >> 3 & 3]!,
    conditional: (payload & 1) !== 0,
    indirect: (payload & 2) !== 0,
    gcs: (payload & 4) !== 0,
  };
}

function vectorBits(payload: number): number {
  return 32 << (payload >> 4 & 7);
}
