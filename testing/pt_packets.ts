/**
 * Encoders of Intel PT packets: values in, bytes out. Source: SDM volume 3, "Packet Definitions".
 */

/** Padding. */
export const ptPad: readonly number[] = [0x00];
/** Sync point. */
export const ptPsb: readonly number[] = Array.from({ length: 8 }, () => [0x02, 0x82]).flat();
/** End of the state that follows a sync point. */
export const ptPsbEnd: readonly number[] = [0x02, 0x23];
/** Lost packets. */
export const ptOvf: readonly number[] = [0x02, 0xf3];
/** Entry into a TraceStop region. */
export const ptTraceStop: readonly number[] = [0x02, 0x83];

/** Up to 6 branches, the oldest first: T taken, N not taken. */
export function ptTnt(branches: string): number[] {
  return [Number(stopAndBranches(branches) << 1n)];
}

/** Up to 47 branches. */
export function ptLongTnt(branches: string): number[] {
  return [0x02, 0xa3, ...littleEndian(stopAndBranches(branches), 6)];
}

function stopAndBranches(branches: string): bigint {
  return BigInt(`0b1${branches.replaceAll("T", "1").replaceAll("N", "0")}`);
}

/** Packets with an IP. */
export const ptIpOpcodes = { "TIP": 0x0d, "TIP.PGE": 0x11, "TIP.PGD": 0x01, "FUP": 0x1d } as const;

/** Bytes of an IP payload by the IPBytes field. */
export const ptIpSizes: Readonly<Record<number, number>> = { 0: 0, 1: 2, 2: 4, 3: 6, 4: 6, 6: 8 };

/** An IP packet: the lower bits of the address, as many as the IPBytes field says. */
export function ptIp(name: keyof typeof ptIpOpcodes, code: number, payload: bigint): number[] {
  return [code << 5 | ptIpOpcodes[name], ...littleEndian(payload, ptIpSizes[code]!)];
}

/** A page table: address, aligned to 32 bytes; and whether in VMX non-root operation. */
export function ptPip(cr3: bigint, nonRoot: boolean): number[] {
  return [0x02, 0x43, ...littleEndian(cr3 >> 5n << 1n | BigInt(nonRoot), 6)];
}

/** Size of addresses and operands: 16, 32 or 64. */
export function ptModeExec(bits: number, ifFlag = false): number[] {
  return [0x99, (bits === 64 ? 1 : bits === 32 ? 2 : 0) | Number(ifFlag) << 2];
}

/** State of a transaction. */
export function ptModeTsx(inTx: boolean, txAbort: boolean): number[] {
  return [0x99, 0x20 | Number(txAbort) << 1 | Number(inTx)];
}

/** Ratio of core to bus clock. */
export function ptCbr(ratio: number): number[] {
  return [0x02, 0x03, ratio, 0x00];
}

/** Lower 56 bits of the timestamp counter. */
export function ptTsc(tsc: bigint): number[] {
  return [0x19, ...littleEndian(tsc, 7)];
}

/** 8 bits of the crystal clock. */
export function ptMtc(ctc: number): number[] {
  return [0x59, ctc];
}

/** 16 bits of the crystal clock, and 9 of the fast counter. */
export function ptTma(ctc: number, fastCounter: number): number[] {
  return [0x02, 0x73, ctc & 0xff, ctc >> 8, 0x00, fastCounter & 0xff, fastCounter >> 8];
}

/** Cycles; more than 5 bits take more bytes. */
export function ptCyc(cycles: bigint): number[] {
  const bytes: number[] = [];
  let rest = cycles >> 5n;
  for (; rest > 0n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) << 1 | Number(rest > 0x7fn));
  return [Number(cycles & 0x1fn) << 3 | (bytes.length > 0 ? 4 : 0) | 3, ...bytes];
}

/** A VMCS pointer, aligned to a page. */
export function ptVmcs(pointer: bigint): number[] {
  return [0x02, 0xc8, ...littleEndian(pointer >> 12n, 5)];
}

/** Maintenance. */
export function ptMnt(payload: bigint): number[] {
  return [0x02, 0xc3, 0x88, ...littleEndian(payload, 8)];
}

/** Operand of 4 or 8 bytes. */
export function ptPtwrite(payload: bigint, size: 4 | 8, hasIp: boolean): number[] {
  return [0x02, 0x12 | Number(size === 8) << 5 | ipBit(hasIp), ...littleEndian(payload, size)];
}

/** Stop of execution. */
export function ptExstop(hasIp: boolean): number[] {
  return [0x02, 0x62 | ipBit(hasIp)];
}

/** Operands of MWAIT. */
export function ptMwait(hints: number, extensions: number): number[] {
  return [0x02, 0xc2, hints, 0, 0, 0, extensions, 0, 0, 0];
}

/** Entry into a C-state. */
export function ptPwre(hardware: boolean, cState: number, subCState: number): number[] {
  return [0x02, 0x22, Number(hardware) << 7, cState << 4 | subCState];
}

/** Exit from a C-state. */
export function ptPwrx(lastCState: number, deepestCState: number, wakeReason: number): number[] {
  return [0x02, 0xa2, lastCState << 4 | deepestCState, wakeReason, 0, 0, 0];
}

/** Begin of a block with items of 4 or 8 bytes. */
export function ptBbp(blockType: number, itemBytes: 4 | 8): number[] {
  return [0x02, 0x63, Number(itemBytes === 4) << 7 | blockType];
}

/** Item of the open block. */
export function ptBip(item: number, payload: bigint, itemBytes: 4 | 8): number[] {
  return [item << 3 | 4, ...littleEndian(payload, itemBytes)];
}

/** End of a block. */
export function ptBep(hasIp: boolean): number[] {
  return [0x02, 0x33 | ipBit(hasIp)];
}

/** Control flow event. */
export function ptCfe(type: number, vector: number, hasIp: boolean): number[] {
  return [0x02, 0x13, type | ipBit(hasIp), vector];
}

/** Data of a control flow event. */
export function ptEvd(type: number, payload: bigint): number[] {
  return [0x02, 0x53, type, ...littleEndian(payload, 8)];
}

/** Triggers, and the instructions since the last one unless null. */
export function ptTrig(
  { triggers, instructions, multiple, hasIp }: {
    triggers: number;
    instructions: number | null;
    multiple: boolean;
    hasIp: boolean;
  },
): number[] {
  const flags = ipBit(hasIp) | Number(instructions !== null) << 6 | Number(multiple) << 5;
  const rest = instructions === null ? [] : littleEndian(BigInt(instructions), 2);
  return [0xd9, flags, triggers, ...rest];
}

function ipBit(hasIp: boolean): number {
  return Number(hasIp) << 7;
}

function littleEndian(value: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(value >> BigInt(8 * i) & 0xffn));
}
