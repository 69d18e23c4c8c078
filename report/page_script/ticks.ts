import { hex } from "../../text/mod.ts";
import type { ChartAxis } from "../data.ts";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const MAX_TICKS = 64;

/** Steps of an axis of seconds: 1, 2 and 5 of every power of ten. */
export const TIME_STEPS: number[] = Array.from(
  { length: 18 },
  (_, power) => [1, 2, 5].map((digit) => Number(`${digit}e${power - 9}`)),
).flat();

/** Steps of an axis of bytes: the powers of two. */
export const BYTE_STEPS: number[] = Array.from({ length: 65 }, (_, power) => 2 ** power);

/** The multiples of a step in a range. */
export function splits(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.min(Math.floor(to / step) - first + 1, MAX_TICKS);
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

/** Labels of positions: with binary units, or hexadecimal where these would need many digits. */
export function byteLabels(values: readonly number[], step: number): string[] {
  const highest = Math.max(...values.map(Math.abs));
  const power = highest < 1024 ? 0 : Math.min(Math.floor(Math.log2(highest) / 10), 6);
  const unit = 2 ** (10 * power);
  if (step < unit / 8) return values.map((value) => hex(Math.round(value)));
  return values.map((value) =>
    value === 0 ? "0" : `${Number((value / unit).toFixed(3))} ${UNITS[power]}`
  );
}

/** Labels of seconds: in the largest unit that makes the numbers at least 1. */
export function timeLabels(values: readonly number[], step: number): string[] {
  const [size, unit] = timeUnit(Math.max(...values.map(Math.abs)));
  const digits = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
  return values.map((value) => `${(value / size).toFixed(digits)} ${unit}`);
}

export function xLabels(
  kind: ChartAxis["kind"],
  values: readonly number[],
  step: number,
): string[] {
  if (values.length === 0) return [];
  return kind === "time" ? timeLabels(values, step) : byteLabels(values, step);
}

/** Writes a place on the x axis exactly. */
export function exactPlace(kind: ChartAxis["kind"], x: number): string {
  if (kind === "file") return `file ${hex(Math.round(x))}`;
  const [size, unit] = timeUnit(Math.abs(x));
  return `${x < 0 ? "-" : "+"}${Number(Math.abs(x / size).toPrecision(9))} ${unit}`;
}

function timeUnit(seconds: number): [number, string] {
  if (seconds >= 1 || seconds === 0) return [1, "s"];
  if (seconds >= 1e-3) return [1e-3, "ms"];
  return seconds >= 1e-6 ? [1e-6, "\u00b5s"] : [1e-9, "ns"];
}
