import { ptBbp, ptBip, ptIp, ptPad, ptPsb, ptPsbEnd, ptPtwrite, ptTsc } from "./pt_packets.ts";

/** A payload that looks like the beginning of a PSB packet. */
const LURE = 0x8202_8202_8202_8202n;

/** What stands in them makes it hard, or possible, to cut a stream at PSB packets. */
const TRAPS: readonly (readonly number[])[] = [
  ptPsb,
  [...ptPsb, ...ptPsbEnd],
  ptIp("TIP", 3, 0x605_0403_0201n),
  ptIp("TIP", 1, 0x807n),
  ptTsc(0x7_0605_0403_0201n),
  ptPtwrite(LURE, 8, false),
  [...ptPtwrite(LURE, 8, false), ...ptPsb],
  [...ptPtwrite(LURE & 0xffff_ffffn, 4, true), ...ptPsb],
  [...ptIp("TIP", 3, LURE & 0xffff_ffff_ffffn), ...ptPsb.slice(0, 10)],
  [...ptPsb, 0x02, 0x82],
  [...ptPsb, ...ptPsb],
  ptPsb.slice(0, 15),
  ptPsb.slice(1),
  [0x82, ...ptPsb],
  [0x02, 0x82],
  [0x02],
  ptBbp(1, 4),
  ptBip(1, 0x0403_0201n, 4),
  [0x05], // no packet
  ptPad,
  [0xff, 0xff, 0xff],
];

/** At least `length` bytes of Intel PT, whole and damaged, full of PSB packets and what looks so. */
export function ptTraps(random: (limit: number) => number, length: number): Uint8Array {
  const bytes: number[] = [];
  while (bytes.length < length) bytes.push(...TRAPS[random(TRAPS.length)]!);
  return Uint8Array.from(bytes);
}
