/** Kinds of Intel BTS records. */
export const BtsKind = {
  /** A taken branch. */
  Branch: 3,
  /** A record whose addresses are both 0: room that no branch was written to. */
  Filler: 4,
} as const;

/** A value of {@linkcode BtsKind}. */
export type BtsKind = typeof BtsKind[keyof typeof BtsKind];

/** Names of the kinds, by number. */
export const btsKindNames: readonly string[] = ["BAD", "SKIPPED", "CUT", "BRANCH", "FILLER"];

/** Size of a record in bytes. Source: `struct bts_record` of the kernel's arch/x86/events/intel/ds.c. */
export const BTS_RECORD_SIZE = 24;
