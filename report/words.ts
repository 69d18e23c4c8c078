import { formatSeconds, formatTime, hex, shortBytes } from "../text/mod.ts";

/** Writes a count with its digits in groups of three. */
export function count(value: number): string {
  const digits = value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return value < Number.MAX_SAFE_INTEGER ? digits : `at least ${digits}`;
}

/** Writes a count with what is counted: `1 tail`, `2 tails`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Writes a number of bytes with a unit that does not leave its number. */
export function bytes(value: number): string {
  return shortBytes(value).replace(" ", "\u00a0");
}

/** Writes a share of a whole in percent. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "0\u00a0%";
  const value = part / whole * 100;
  if (value >= 10) return `${value < 100 ? Math.min(Math.round(value), 99) : 100}\u00a0%`;
  const digits = value === 0 ? 0 : value >= 0.1 ? 1 : 2;
  return value > 0 && value < 0.01 ? "< 0.01\u00a0%" : `${value.toFixed(digits)}\u00a0%`;
}

/** Writes a time since the start of a chart: `+3.214567891 s`. */
export function sinceStart(timeNs: bigint, startNs: bigint): string {
  const ns = timeNs - startNs;
  return `${ns < 0n ? "-" : "+"}${formatTime(ns < 0n ? -ns : ns)}\u00a0s`;
}

/** Writes a length of time: a short one exactly to three digits. */
export function duration(seconds: number): string {
  return seconds >= 1 ? formatSeconds(seconds) : `${Number(seconds.toPrecision(3))} s`;
}

/** Writes a position, with `~` where the recording does not prove it. */
export function position(value: bigint, exact: boolean): string {
  return `${exact ? "" : "~"}${hex(value)}`;
}
