import { ValidationError } from "@cliffy/command";

const UNITS: Readonly<Record<string, number>> = { B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Reads a size with the units of perf: `100`, `64K`, `2G`. */
export function parseByteSize(text: string, option: string): number {
  const [, digits, unit = "B"] = text.match(/^(\d+)([BKMG]?)$/i) ?? [];
  if (digits === undefined) {
    throw new ValidationError(`Option "${option}" takes bytes such as 64K or 2G, got "${text}"`);
  }
  const size = Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  if (Number.isSafeInteger(size)) return size;
  throw new ValidationError(`Option "${option}": ${text} is more than there can be`);
}
