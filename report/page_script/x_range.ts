import type { ChartAxis } from "../data.ts";

export type XRange = readonly [from: number, to: number];

/** The range of the axis, with a margin; around a single place too. */
export function padded({ kind, from, to }: ChartAxis): XRange {
  const single = kind === "time" ? 1e-3 : Math.max(64, from / 8);
  const margin = to > from ? (to - from) * 0.02 : single;
  return [from - margin, to + margin];
}

/** The smallest range that can be told apart at its place. */
export function smallest([low, high]: XRange, { kind }: ChartAxis): number {
  const resolution = Math.max(Math.abs(low), Math.abs(high)) / 2 ** 40;
  return Math.min(Math.max(kind === "time" ? 1e-8 : 16, resolution), high - low);
}

export function middle([from, to]: XRange): number {
  return (from + to) / 2;
}
