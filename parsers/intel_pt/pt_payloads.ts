/** Packets without a payload. */
export type PtNoPayload = Record<never, never>;

/** Payload of a packet with an IP. */
export interface PtIpPayload {
  /** The whole address; `null` if the packet has none, or only its low bits are known. */
  readonly ip: bigint | null;
  /** Bytes of the payload: 0 if the address is left out. */
  readonly ipBytes: number;
  /** The bytes of the packet, not extended. */
  readonly payload: bigint;
  /** The low bits, where only these are known: the address that tells the rest was lost. */
  readonly partialIp?: bigint;
  /** How many low bits these are: 16, 32 or 48. */
  readonly knownBits?: number;
}

/** Payload of PTWRITE. */
export interface PtPtwritePayload {
  /** The operand. */
  readonly payload: bigint;
  /** Its bytes: 4 or 8. */
  readonly bytes: number;
  /** Whether a FUP packet with the address follows. */
  readonly hasIp: boolean;
}

/** Payload of PWRE. */
export interface PtPwrePayload {
  /** Whether the hardware asked for it, not an instruction. */
  readonly hardware: boolean;
  /** The C-state that was asked for. */
  readonly cState: number;
  /** Its sub-state. */
  readonly subCState: number;
}

/** Payload of PWRX. */
export interface PtPwrxPayload {
  /** The last C-state of the core. */
  readonly lastCState: number;
  /** The deepest one. */
  readonly deepestCState: number;
  /** Bits: 0 interrupt, 2 store to the monitored address, 3 hardware. */
  readonly wakeReason: number;
}

/** Payload of CFE. */
export interface PtCfePayload {
  /** What happened. */
  readonly type: number;
  /** Number of the interrupt or exception. */
  readonly vector: number;
  /** Whether a FUP packet with the address follows. */
  readonly hasIp: boolean;
}

/** Payload of TRIG. */
export interface PtTrigPayload {
  /** A bit for each trigger. */
  readonly triggers: number;
  /** Instructions since the last one; `null` if not counted. */
  readonly instructions: number | null;
  /** Whether there were several hits. */
  readonly multiple: boolean;
  /** Whether a FUP packet with the address follows. */
  readonly hasIp: boolean;
}

/** Payloads by the name of the packet: bigint for addresses and 64-bit values. */
export interface PtPayloads {
  /** A byte at which no packet starts. */
  readonly "BAD": PtNoPayload;
  /** Bytes before a sync point. */
  readonly "SKIPPED": PtNoPayload;
  /** The beginning of a packet. */
  readonly "CUT": PtNoPayload;
  /** Padding. */
  readonly "PAD": PtNoPayload;
  /** Branches, the oldest first: T taken, N not taken. */
  readonly "TNT": { readonly count: number; readonly taken: string };
  /** Target of a branch. */
  readonly "TIP": PtIpPayload;
  /** Where tracing starts. */
  readonly "TIP.PGE": PtIpPayload;
  /** Where tracing stops. */
  readonly "TIP.PGD": PtIpPayload;
  /** Where an event happened. */
  readonly "FUP": PtIpPayload;
  /** Address of the page table; whether in VMX non-root operation. */
  readonly "PIP": { readonly cr3: bigint; readonly nonRoot: boolean };
  /** Size of addresses: 16, 32 or 64; the interrupt flag. */
  readonly "MODE.Exec": { readonly bits: number; readonly ifFlag: boolean };
  /** State of a transaction. */
  readonly "MODE.TSX": { readonly inTx: boolean; readonly txAbort: boolean };
  /** Tracing stopped by a TraceStop region. */
  readonly "TraceStop": PtNoPayload;
  /** Ratio of core to bus clock. */
  readonly "CBR": { readonly ratio: number };
  /** Lower 56 bits of the timestamp counter. */
  readonly "TSC": { readonly tsc: bigint };
  /** 8 bits of the crystal clock. */
  readonly "MTC": { readonly ctc: number };
  /** 16 bits of the crystal clock, and how long before this the TSC was read, in TSC ticks. */
  readonly "TMA": { readonly ctc: number; readonly fastCounter: number };
  /** Core cycles since the last CYC packet. */
  readonly "CYC": { readonly cycles: bigint };
  /** Address of the VMCS. */
  readonly "VMCS": { readonly vmcs: bigint };
  /** Lost packets. */
  readonly "OVF": PtNoPayload;
  /** Sync point. */
  readonly "PSB": PtNoPayload;
  /** End of the state after a sync point. */
  readonly "PSBEND": PtNoPayload;
  /** Specific to a model. */
  readonly "MNT": { readonly payload: bigint };
  /** Operand of a PTWRITE instruction. */
  readonly "PTWRITE": PtPtwritePayload;
  /** Operand of a PTWRITE instruction. */
  readonly "PTWRITE_IP": PtPtwritePayload;
  /** Stop of execution; whether a FUP packet follows. */
  readonly "EXSTOP": { readonly hasIp: boolean };
  /** Stop of execution; whether a FUP packet follows. */
  readonly "EXSTOP_IP": { readonly hasIp: boolean };
  /** Operands of an MWAIT instruction. */
  readonly "MWAIT": { readonly hints: number; readonly extensions: number };
  /** Entry into a C-state. */
  readonly "PWRE": PtPwrePayload;
  /** Exit from a C-state. */
  readonly "PWRX": PtPwrxPayload;
  /** Begin of a block, with items of 4 or 8 bytes. */
  readonly "BBP": { readonly blockType: number; readonly itemBytes: number };
  /** Number of an item and its value. */
  readonly "BIP": { readonly item: number; readonly payload: bigint };
  /** End of a block; whether a FUP packet follows. */
  readonly "BEP": { readonly hasIp: boolean };
  /** End of a block; whether a FUP packet follows. */
  readonly "BEP_IP": { readonly hasIp: boolean };
  /** Control flow event. */
  readonly "CFE": PtCfePayload;
  /** Control flow event. */
  readonly "CFE_IP": PtCfePayload;
  /** Data of a control flow event. */
  readonly "EVD": { readonly type: number; readonly payload: bigint };
  /** Triggers that fired. */
  readonly "TRIG": PtTrigPayload;
}
