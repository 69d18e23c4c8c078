/** Parts of the sample data blocks of s390's CPU-measurement sampling facility. */
export const S390Kind = {
  /** What every sample holds: instruction address, state, program parameters. */
  Basic: 3,
  /** What the machine's model adds to a sample. */
  Diagnostic: 4,
  /** Room at the end of a block that is too small for a sample. */
  Unused: 5,
  /** The end of a block: its time, and the sizes of its entries. */
  Trailer: 6,
} as const;

/** A value of {@linkcode S390Kind}. */
export type S390Kind = typeof S390Kind[keyof typeof S390Kind];

/** Names of the kinds, by number. */
export const s390KindNames: readonly string[] = "BAD SKIPPED CUT BASIC DIAGNOSTIC UNUSED TRAILER"
  .split(" ");
