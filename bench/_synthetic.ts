import {
  etmAsync,
  etmAtoms,
  etmLong32,
  etmLong64,
  etmShort,
  etmTraceInfo,
  etmTraceOn,
} from "../testing/etm_packets.ts";
import {
  ptCbr,
  ptIp,
  ptModeExec,
  ptMtc,
  ptPad,
  ptPip,
  ptPsb,
  ptPsbEnd,
  ptTma,
  ptTnt,
  ptTsc,
} from "../testing/pt_packets.ts";
import {
  speAddress,
  speContext,
  speCounter,
  speDataSource,
  speEvents,
  speInstruction,
  speOperation,
  speTimestamp,
} from "../testing/spe_packets.ts";

const PACKETS = 10_000;
const SPE_RECORDS = 4096;
const SPE_RECORD_SIZE = 64;
const KERNEL = 0xffff_ffff_8100_0000n;

/** Intel PT of a kernel: of 50 packets 33 are TNT, 10 PAD, 6 TIP and one MTC. */
export function syntheticPt(): Uint8Array {
  const packets = Array.from({ length: PACKETS }, (_, n) => {
    const random = randomOf(n);
    const kind = n % 50;
    if (kind === 0) return ptMtc(n / 50 & 0xff);
    if (kind % 5 === 1) return [...ptPad];
    if (kind % 8 !== 7) return ptTnt(branches(random, "NT", 1 + random % 6));
    return random % 2 === 0
      ? ptIp("TIP", 1, BigInt(random & 0xffff))
      : ptIp("TIP", 2, BigInt(random) | 0x8100_0000n);
  });
  const state = [
    ptPsb,
    ptTsc(0xbc_4cbe_fc32n),
    ptTma(0x4cb9, 16),
    ptCbr(29),
    ptPip(0x1_fea1_a000n, false),
    ptModeExec(64),
    ptIp("FUP", 6, KERNEL),
    ptPsbEnd,
  ];
  return Uint8Array.from([...state, ...packets].flat());
}

/** ETMv4 of a kernel: of 8 packets 7 are atoms and one is an address. */
export function syntheticEtm(): Uint8Array {
  const context = { level: 1, aarch64: true, contextId: 0 };
  const packets = Array.from({ length: PACKETS }, (_, n) => {
    const random = randomOf(n);
    if (n % 8 !== 0) return etmAtoms(branches(random, "NE", 1 + random % 3));
    return random % 2 === 0 ? etmShort(BigInt(random), 2) : etmLong32(KERNEL + BigInt(random & ~3));
  });
  const state = [etmAsync, etmTraceInfo({ info: 0 }), etmTraceOn, etmLong64(KERNEL, { context })];
  return Uint8Array.from([...state, ...packets].flat());
}

/**
 * Arm SPE records as a server core writes them, padded to 64 bytes: loads and stores, of which one
 * in eight misses the first cache, and branches.
 */
export function syntheticSpe(): Uint8Array {
  return Uint8Array.from(Array.from({ length: SPE_RECORDS }, (_, n) => speRecord(n)).flat());
}

function speRecord(n: number): number[] {
  const random = randomOf(n);
  const isBranch = random % 4 === 0;
  const isMiss = random % 8 === 1;
  const address = 0xffff_8000_1000_0000n + BigInt(random & 0xffffc);
  const instruction = speInstruction(address, { el: 1, nonSecure: true });
  const latency = random & 0xff;
  const ofBranch = [speOperation(2, random & 3), speAddress(1, instruction + 64n)];
  const ofData = [
    speOperation(1, random >> 8 & 1),
    speAddress(2, 0xffff_0000_2000_0000n + BigInt(random)),
    speCounter(2, 1),
    isMiss ? speDataSource(8) : [],
  ];
  const bytes = [
    speAddress(0, instruction),
    speContext(1, 4242),
    speEvents(isBranch ? [1, random & 64 ? 6 : 7] : isMiss ? [1, 2, 3, 4] : [1, 2, 4], 2),
    speCounter(1, latency),
    speCounter(0, latency + (isBranch ? 3 : 20)),
    ...(isBranch ? ofBranch : ofData),
    speTimestamp(0x12_3456_7890n + BigInt(n) * 1024n),
  ].flat();
  return [...bytes, ...new Array<number>(SPE_RECORD_SIZE - bytes.length).fill(0)];
}

/** `count` of two letters, by the bits of a number. */
function branches(bits: number, letters: string, count: number): string {
  return Array.from({ length: count }, (_, i) => letters[bits >> (8 + i) & 1]).join("");
}

/** The same 24 bits for the same number, in every run. */
function randomOf(n: number): number {
  return Math.imul(n + 1, 0x9e3779b1) >>> 8;
}
