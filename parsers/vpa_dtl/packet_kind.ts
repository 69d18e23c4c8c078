/** Kinds of entries of a PowerPC Dispatch Trace Log. */
export const DtlKind = {
  /** The hypervisor dispatched a virtual processor. */
  Dispatch: 3,
  /** What turns timebases into times. */
  Boot: 4,
} as const;

/** A value of {@linkcode DtlKind}. */
export type DtlKind = typeof DtlKind[keyof typeof DtlKind];

/** Names of the kinds, by number. */
export const dtlKindNames: readonly string[] = ["BAD", "SKIPPED", "CUT", "DISPATCH", "BOOT"];
