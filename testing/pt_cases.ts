import * as pt from "./pt_packets.ts";

/** A packet of which all is known. */
export interface PtCase {
  /** Name of its kind. */
  readonly name: string;
  /** Its bytes. */
  readonly bytes: readonly number[];
  /** Its payload by name, without `ip`, which depends on the packets before. */
  readonly fields: Readonly<Record<string, unknown>>;
}

type Random = (limit: number) => number;

/**
 * Makes packets of every kind with random payloads: groups of one packet each, only a block is one
 * group from its begin to its end.
 */
export function ptCases(random: Random): PtCase[][] {
  const groups = [...simpleCases(random), ...ipCases(random), ...powerCases(random)];
  return [
    ...groups.map((packet) => [packet]),
    ...eventCases(random).map((packet) => [packet]),
    blockCase(random, 4),
    blockCase(random, 8),
  ];
}

/** Groups of random kinds; begins with a sync point. */
export function randomPtCases(random: Random, groups: number): PtCase[] {
  const psb = { name: "PSB", bytes: pt.ptPsb, fields: {} };
  return [
    psb,
    ...Array.from({ length: groups }, () => {
      const cases = ptCases(random);
      return cases[random(cases.length)]!;
    }).flat(),
  ];
}

/** Bytes of packets, one behind the other. */
export function ptBytes(cases: readonly PtCase[]): Uint8Array {
  return Uint8Array.from(cases.flatMap(({ bytes }) => bytes));
}

function simpleCases(random: Random): PtCase[] {
  const [inTx, txAbort] = [[false, false], [true, false], [false, true]][random(3)]!;
  const bits = [16, 32, 64][random(3)]!;
  const [nonRoot, ifFlag] = [random(2) === 1, random(2) === 1];
  const [ratio, ctc, fastCounter] = [random(256), random(65536), random(512)];
  const cr3 = bigBits(random, 47) << 5n;
  const tsc = bigBits(random, 56);
  const cycles = bigBits(random, random(65));
  const vmcs = bigBits(random, 40) << 12n;
  const payload = bigBits(random, 64);
  const short = branches(random, 1 + random(6));
  const long = branches(random, 1 + random(47));
  return [
    { name: "PAD", bytes: pt.ptPad, fields: {} },
    { name: "PSB", bytes: pt.ptPsb, fields: {} },
    { name: "PSBEND", bytes: pt.ptPsbEnd, fields: {} },
    { name: "OVF", bytes: pt.ptOvf, fields: {} },
    { name: "TraceStop", bytes: pt.ptTraceStop, fields: {} },
    { name: "TNT", bytes: pt.ptTnt(short), fields: { count: short.length, taken: short } },
    { name: "TNT", bytes: pt.ptLongTnt(long), fields: { count: long.length, taken: long } },
    { name: "PIP", bytes: pt.ptPip(cr3, nonRoot), fields: { cr3, nonRoot } },
    { name: "MODE.Exec", bytes: pt.ptModeExec(bits, ifFlag), fields: { bits, ifFlag } },
    { name: "MODE.TSX", bytes: pt.ptModeTsx(inTx!, txAbort!), fields: { inTx, txAbort } },
    { name: "CBR", bytes: pt.ptCbr(ratio), fields: { ratio } },
    { name: "TSC", bytes: pt.ptTsc(tsc), fields: { tsc } },
    { name: "MTC", bytes: pt.ptMtc(ctc & 0xff), fields: { ctc: ctc & 0xff } },
    { name: "TMA", bytes: pt.ptTma(ctc, fastCounter), fields: { ctc, fastCounter } },
    { name: "CYC", bytes: pt.ptCyc(cycles), fields: { cycles } },
    { name: "VMCS", bytes: pt.ptVmcs(vmcs), fields: { vmcs } },
    { name: "MNT", bytes: pt.ptMnt(payload), fields: { payload } },
  ];
}

function ipCases(random: Random): PtCase[] {
  const names = Object.keys(pt.ptIpOpcodes) as (keyof typeof pt.ptIpOpcodes)[];
  return names.flatMap((name) =>
    Object.entries(pt.ptIpSizes).map(([code, ipBytes]) => {
      const payload = bigBits(random, 8 * ipBytes);
      return {
        name,
        bytes: pt.ptIp(name, Number(code), payload),
        fields: { ipBytes, payload },
      };
    })
  );
}

function powerCases(random: Random): PtCase[] {
  const [hints, extensions, cState, subCState] = [random(256), random(4), random(16), random(16)];
  const [wakeReason, hardware] = [random(16), random(2) === 1];
  return [
    { name: "EXSTOP", bytes: pt.ptExstop(false), fields: { hasIp: false } },
    { name: "EXSTOP_IP", bytes: pt.ptExstop(true), fields: { hasIp: true } },
    { name: "MWAIT", bytes: pt.ptMwait(hints, extensions), fields: { hints, extensions } },
    {
      name: "PWRE",
      bytes: pt.ptPwre(hardware, cState, subCState),
      fields: { hardware, cState, subCState },
    },
    {
      name: "PWRX",
      bytes: pt.ptPwrx(cState, subCState, wakeReason),
      fields: { lastCState: cState, deepestCState: subCState, wakeReason },
    },
  ];
}

function eventCases(random: Random): PtCase[] {
  const [vector, triggers] = [random(256), random(256)];
  const instructions = random(2) === 1 ? random(65536) : null;
  const type = random(32);
  const payload = bigBits(random, 64);
  const trig = { triggers, instructions, multiple: random(2) === 1, hasIp: random(2) === 1 };
  const half = payload >> 32n;
  return [
    { name: "CFE", bytes: pt.ptCfe(type, vector, false), fields: { type, vector, hasIp: false } },
    { name: "CFE_IP", bytes: pt.ptCfe(type, vector, true), fields: { type, vector, hasIp: true } },
    { name: "EVD", bytes: pt.ptEvd(type, payload), fields: { type, payload } },
    { name: "TRIG", bytes: pt.ptTrig(trig), fields: trig },
    ptwrite(payload, 8, false),
    ptwrite(payload, 8, true),
    ptwrite(half, 4, false),
    ptwrite(half, 4, true),
  ];
}

function ptwrite(payload: bigint, bytes: 4 | 8, hasIp: boolean): PtCase {
  return {
    name: hasIp ? "PTWRITE_IP" : "PTWRITE",
    bytes: pt.ptPtwrite(payload, bytes, hasIp),
    fields: { payload, bytes, hasIp },
  };
}

/** A block with packets inside that do not end it. */
function blockCase(random: Random, itemBytes: 4 | 8): PtCase[] {
  const blockType = random(32);
  const hasIp = random(2) === 1;
  const items = Array.from({ length: random(5) }, () => {
    const [item, payload] = [random(32), bigBits(random, 8 * itemBytes)];
    return { name: "BIP", bytes: pt.ptBip(item, payload, itemBytes), fields: { item, payload } };
  });
  return [
    { name: "BBP", bytes: pt.ptBbp(blockType, itemBytes), fields: { blockType, itemBytes } },
    ...items,
    { name: "PAD", bytes: pt.ptPad, fields: {} },
    { name: "MTC", bytes: pt.ptMtc(4), fields: { ctc: 4 } },
    ...items,
    { name: hasIp ? "BEP_IP" : "BEP", bytes: pt.ptBep(hasIp), fields: { hasIp } },
  ];
}

function branches(random: Random, count: number): string {
  return Array.from({ length: count }, () => "NT"[random(2)]!).join("");
}

function bigBits(random: Random, bits: number): bigint {
  let value = 0n;
  for (let i = 0; i < 64; i += 16) value = value << 16n | BigInt(random(65536));
  return BigInt.asUintN(bits, value);
}
/** Packets after which a block is still open. */
export const BLOCK_STAYS: readonly (readonly number[])[] = [
  pt.ptPad,
  pt.ptIp("FUP", 3, 0x1234n),
  pt.ptIp("FUP", 0, 0n),
  pt.ptTsc(5n),
  pt.ptMtc(7),
  pt.ptTma(1, 2),
  pt.ptCyc(3n),
  pt.ptCbr(8),
  pt.ptMnt(9n),
  pt.ptExstop(true),
  pt.ptExstop(false),
  pt.ptPwre(false, 1, 2),
  pt.ptPwrx(1, 2, 3),
];

/** Packets that end a block. */
export const BLOCK_ENDS: readonly (readonly number[])[] = [
  pt.ptIp("TIP", 3, 0x1234n),
  pt.ptIp("TIP.PGE", 1, 0x12n),
  pt.ptIp("TIP.PGD", 0, 0n),
  pt.ptTnt("TN"),
  pt.ptLongTnt("TNTNTNTN"),
  pt.ptModeExec(64),
  pt.ptModeTsx(true, false),
  pt.ptPip(0x1000n, false),
  pt.ptVmcs(0x2000n),
  pt.ptOvf,
  pt.ptPsb,
  pt.ptPsbEnd,
  pt.ptTraceStop,
  pt.ptPtwrite(1n, 4, false),
  pt.ptMwait(1, 2),
  pt.ptBep(false),
  pt.ptBep(true),
  pt.ptCfe(1, 2, false),
  pt.ptEvd(1, 2n),
];
