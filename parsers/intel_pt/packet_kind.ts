import type { Mark } from "../internal.ts";

/** Kinds of Intel PT packets; short and long TNT are one. Source: SDM volume 3, chapter 33. */
export const PtKind = {
  /** Padding, one zero byte. */
  Pad: 3,
  /** Conditional branches, taken or not: 1 to 6, in the long form up to 47. */
  Tnt: 4,
  /** Target of an indirect branch, exception or interrupt. */
  Tip: 5,
  /** Tracing starts at this address. */
  TipPge: 6,
  /** Tracing stops at this address. */
  TipPgd: 7,
  /** Address of an asynchronous event, or of another packet. */
  Fup: 8,
  /** The page table (CR3) changed. */
  Pip: 9,
  /** Address and operand size: 16, 32 or 64 bits. */
  ModeExec: 10,
  /** Begin, commit or abort of a transaction. */
  ModeTsx: 11,
  /** Tracing entered a TraceStop region. */
  TraceStop: 12,
  /** Ratio of core to bus clock. */
  Cbr: 13,
  /** Lower 7 bytes of the timestamp counter. */
  Tsc: 14,
  /** 8 bits of the crystal clock counter. */
  Mtc: 15,
  /** TSC and crystal clock put in relation. */
  Tma: 16,
  /** Core cycles since the last CYC packet. */
  Cyc: 17,
  /** VMCS pointer. */
  Vmcs: 18,
  /** Internal buffers overflowed: packets were lost. */
  Ovf: 19,
  /** Sync point: a decoder can start here. */
  Psb: 20,
  /** End of the packets of state that follow PSB. */
  PsbEnd: 21,
  /** Maintenance, specific to a model. */
  Mnt: 22,
  /** Operand of a PTWRITE instruction. */
  Ptwrite: 23,
  /** The same, and a FUP packet with the instruction's address follows. */
  PtwriteIp: 24,
  /** Execution stopped. */
  Exstop: 25,
  /** The same, and a FUP packet follows. */
  ExstopIp: 26,
  /** Hints and extensions of an MWAIT instruction. */
  Mwait: 27,
  /** Entry into a C-state. */
  Pwre: 28,
  /** Exit from a C-state. */
  Pwrx: 29,
  /** A block of items begins. */
  Bbp: 30,
  /** Item of a block. */
  Bip: 31,
  /** The block ends. */
  Bep: 32,
  /** The same, and a FUP packet follows. */
  BepIp: 33,
  /** Control flow event: interrupt, IRET, SMI and others. */
  Cfe: 34,
  /** The same, and a FUP packet follows. */
  CfeIp: 35,
  /** Data of the control flow event that follows. */
  Evd: 36,
  /** Triggers that fired. */
  Trig: 37,
} as const;
/** Number of a kind of Intel PT packet, or of a {@linkcode Mark}. */
export type PtKind = typeof PtKind[keyof typeof PtKind] | typeof Mark[keyof typeof Mark];

/** Names by kind, marks included, as the SDM has them. */
export const ptKindNames: readonly string[] = `
  BAD SKIPPED CUT PAD TNT TIP TIP.PGE TIP.PGD FUP PIP MODE.Exec MODE.TSX TraceStop CBR TSC MTC
  TMA CYC VMCS OVF PSB PSBEND MNT PTWRITE PTWRITE_IP EXSTOP EXSTOP_IP MWAIT PWRE PWRX BBP BIP
  BEP BEP_IP CFE CFE_IP EVD TRIG
`.trim().split(/\s+/);
