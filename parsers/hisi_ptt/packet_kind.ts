/** Kinds of HiSilicon PTT packets, by their number of 32-bit words. */
export const PttKind = {
  /** A packet of 16 bytes: the header of a TLP, its first word packed with the time. */
  FourWords: 3,
  /** A packet of 32 bytes: prefix, whole header and time. */
  EightWords: 4,
} as const;

/** A value of {@linkcode PttKind}. */
export type PttKind = typeof PttKind[keyof typeof PttKind];

/** Names of the kinds, by number. */
export const pttKindNames: readonly string[] = ["BAD", "SKIPPED", "CUT", "4DW", "8DW"];
