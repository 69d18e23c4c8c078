import { Mark } from "../internal.ts";

/**
 * Kinds of the packets of ETMv4 and ETE, and of what lies between trace streams.
 *
 * Source: Arm IHI 0064, Embedded Trace Macrocell Architecture Specification, section 6.4, and
 * Arm IHI 0064 H or the A-profile manual, chapter D5, for ETE.
 */
export const EtmKind = {
  ...Mark,
  /** Alignment synchronisation: the sync point. */
  Async: 3,
  Discard: 4,
  Overflow: 5,
  TraceInfo: 6,
  Timestamp: 7,
  TraceOn: 8,
  Exception: 9,
  ExceptionReturn: 10,
  /** An exception packet of ETE: reset of the processor. */
  PeReset: 11,
  /** An exception packet of ETE: a transaction failed. */
  TransactionFail: 12,
  Instrumentation: 13,
  TransactionStart: 14,
  TransactionCommit: 15,
  CycleCountF2: 16,
  CycleCountF1: 17,
  CycleCountF3: 18,
  NumberedDataSync: 19,
  UnnumberedDataSync: 20,
  Commit: 21,
  CancelF1: 22,
  /** Cancel format 1 with a mispredict. */
  CancelF1Mispredict: 23,
  Mispredict: 24,
  CancelF2: 25,
  CancelF3: 26,
  ConditionalF2: 27,
  ConditionalFlush: 28,
  ConditionalResultF4: 29,
  ConditionalResultF2: 30,
  ConditionalResultF3: 31,
  ConditionalResultF1: 32,
  ConditionalF1: 33,
  ConditionalF3: 34,
  Ignore: 35,
  Event: 36,
  Context: 37,
  AddressContext32Is0: 38,
  AddressContext32Is1: 39,
  AddressContext64Is0: 40,
  AddressContext64Is1: 41,
  TimestampMarker: 42,
  /** Target address: one of the last three. */
  AddressMatch: 43,
  AddressShortIs0: 44,
  AddressShortIs1: 45,
  Address32Is0: 46,
  Address32Is1: 47,
  Address64Is0: 48,
  Address64Is1: 49,
  Q: 50,
  /** Source address of ETE: one of the last three. */
  SourceMatch: 51,
  SourceShortIs0: 52,
  SourceShortIs1: 53,
  Source32Is0: 54,
  Source32Is1: 55,
  Source64Is0: 56,
  Source64Is1: 57,
  AtomF6: 58,
  AtomF5: 59,
  AtomF2: 60,
  AtomF4: 61,
  AtomF1: 62,
  AtomF3: 63,
  /** A frame that the kernel puts where trace was lost; every decoder starts a new stream. */
  Barrier: 64,
} as const;

/** One of {@linkcode EtmKind}. */
export type EtmKind = typeof EtmKind[keyof typeof EtmKind];

/** Names of the kinds, as OpenCSD prints them, by kind. */
export const etmKindNames: readonly string[] = [
  ["BAD", "SKIPPED", "CUT"],
  ["I_ASYNC", "I_DISCARD", "I_OVERFLOW", "I_TRACE_INFO", "I_TIMESTAMP", "I_TRACE_ON"],
  ["I_EXCEPT", "I_EXCEPT_RTN", "I_PE_RESET", "I_TRANS_FAIL", "I_ITE", "I_TRANS_ST"],
  ["I_TRANS_COMMIT", "I_CCNT_F2", "I_CCNT_F1", "I_CCNT_F3", "I_NUM_DS_MKR", "I_UNNUM_DS_MKR"],
  ["I_COMMIT", "I_CANCEL_F1", "I_CANCEL_F1_MISPRED", "I_MISPREDICT", "I_CANCEL_F2", "I_CANCEL_F3"],
  ["I_COND_I_F2", "I_COND_FLUSH", "I_COND_RES_F4", "I_COND_RES_F2", "I_COND_RES_F3"],
  ["I_COND_RES_F1", "I_COND_I_F1", "I_COND_I_F3", "I_IGNORE", "I_EVENT", "I_CTXT"],
  ["I_ADDR_CTXT_L_32IS0", "I_ADDR_CTXT_L_32IS1", "I_ADDR_CTXT_L_64IS0", "I_ADDR_CTXT_L_64IS1"],
  ["I_TS_MARKER", "I_ADDR_MATCH", "I_ADDR_S_IS0", "I_ADDR_S_IS1", "I_ADDR_L_32IS0"],
  ["I_ADDR_L_32IS1", "I_ADDR_L_64IS0", "I_ADDR_L_64IS1", "I_Q", "I_SRC_ADDR_MATCH"],
  ["I_SRC_ADDR_S_IS0", "I_SRC_ADDR_S_IS1", "I_SRC_ADDR_L_32IS0", "I_SRC_ADDR_L_32IS1"],
  ["I_SRC_ADDR_L_64IS0", "I_SRC_ADDR_L_64IS1", "I_ATOM_F6", "I_ATOM_F5", "I_ATOM_F2"],
  ["I_ATOM_F4", "I_ATOM_F1", "I_ATOM_F3", "BARRIER"],
].flat();
