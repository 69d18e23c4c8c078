/** Encodes HiSilicon PTT packets: values in, bytes out. */

/** First word of a packet of 4 words. Positions of bits: documentation of the kernel, trace/hisi-ptt. */
export interface PttHeader {
  readonly format: number;
  readonly type: number;
  readonly t9: boolean;
  readonly t8: boolean;
  readonly th: boolean;
  readonly so: boolean;
  readonly length: number;
  readonly time: number;
}

/** A packet of 4 words: the header's first word, packed, and the rest of the TLP header. */
export function ptt4Dw(header: PttHeader, rest: readonly [number, number, number]): number[] {
  const { format, type, t9, t8, th, so, length, time } = header;
  const flags = Number(t9) << 24 | Number(t8) << 23 | Number(th) << 22 | Number(so) << 21;
  return words([format << 30 | type << 25 | flags | length << 11 | time, ...rest]);
}

/** The eight words of a packet: check word, prefix, TLP header, reserved, time. */
export function ptt8Dw(values: {
  readonly prefix: number;
  readonly header: readonly [number, number, number, number];
  readonly time: number;
}): number[] {
  return words([0xfffff800, values.prefix, ...values.header, 0, values.time]);
}

function words(values: readonly number[]): number[] {
  return values.flatMap((value) => [0, 8, 16, 24].map((shift) => value >>> shift & 0xff));
}
