/** Kinds of Arm SPE packets, by what they say of the sampled operation. */
export const SpeKind = {
  /** One zero byte. */
  Pad: 3,
  /** Bytes up to an aligned position, header included. */
  Alignment: 4,
  /** Ends a record that has no timestamp. */
  End: 5,
  /** Ends a record: ticks of the generic timer. */
  Timestamp: 6,
  /** Bitmap of what happened to the operation. */
  Events: 7,
  /** Where loaded data came from; the CPU's model decides what the value means. */
  DataSource: 8,
  /** CONTEXTIDR of an exception level. */
  Context: 9,
  /** Class of the operation, and details. */
  Operation: 10,
  /** Address of the instruction. */
  Pc: 11,
  /** Address that a branch went to. */
  Target: 12,
  /** Virtual address of the data. */
  Va: 13,
  /** Physical address of the data. */
  Pa: 14,
  /** Target of the branch that was taken before. */
  PreviousTarget: 15,
  /** Addresses with an index that has no meaning yet. */
  Address: 16,
  /** Cycles from dispatch to completion. */
  TotalLatency: 17,
  /** Cycles from dispatch to issue. */
  IssueLatency: 18,
  /** Cycles of address translation. */
  TranslationLatency: 19,
  /** Counters with an index that has no meaning yet. */
  Counter: 20,
} as const;

/** A value of {@linkcode SpeKind}. */
export type SpeKind = typeof SpeKind[keyof typeof SpeKind];

/** Names of the kinds, by number. */
export const speKindNames: readonly string[] = `
  BAD SKIPPED CUT PAD ALIGNMENT END TIMESTAMP EVENTS DATA-SOURCE CONTEXT OPERATION PC TARGET VA
  PA PREVIOUS-TARGET ADDRESS TOTAL-LATENCY ISSUE-LATENCY TRANSLATION-LATENCY COUNTER
`.trim().split(/\s+/);
