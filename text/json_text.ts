import { printableJson } from "./printable.ts";

/** Names of 64-bit fields that are counts, sizes, ids or numbers rather than positions. */
const NUMBERS = new Set(
  `
    auxSize blockSize blocks blocksPresent cgroup clockid codePageSize count cycles
    dataPageSize freeKb frequency hwIdx id ids ino inoGeneration len lost maxNonTurboRatio
    minInterval node overflows period pmuType resolutionNs samplePeriod size streamId
    timeMult timeShift totalKb totalMem tscCtcDenominator tscCtcNumerator value version
    weight
  `.trim().split(/\s+/),
);

/** Names of 64-bit fields that are times, beside those that end in `Ns`. */
const TIMES = new Set(
  "partialTimestamp ticks timeEnabled timeRunning timeZero timestamp".split(" "),
);

/** Where positions in a file stop, which are held as numbers. */
const LARGEST_OFFSET = "0x1fffffffffffff";

/** Names and text that JSON has as they are. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Writes {@linkcode jsonValue} of a value as the command line does: escaped for terminals. */
export function jsonText(value: unknown, space?: number): string {
  const plain = space === undefined ? plainText(value) : null;
  return plain ?? printableJson(JSON.stringify(jsonValue(value), null, space));
}

/** Writes an object of simple values, and of such objects: several times faster; null for others. */
function plainText(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  if (ArrayBuffer.isView(value)) return null;
  let text = "";
  for (const key of Object.keys(value)) {
    const item = plainValue(key, (value as Record<string, unknown>)[key]);
    if (item === null || !PLAIN.test(key)) return null;
    text += text === "" ? `"${key}":${item}` : `,"${key}":${item}`;
  }
  return `{${text}}`;
}

function plainValue(key: string, item: unknown): string | null {
  switch (typeof item) {
    case "number":
      return Number.isFinite(item) && item < Number.MAX_SAFE_INTEGER && key !== "fileOffset"
        ? `${item}`
        : null;
    case "bigint": {
      const value = jsonBigint(key, item);
      if (typeof value === "string") return `"${value}"`;
      return value < Number.MAX_SAFE_INTEGER ? `${value}` : null;
    }
    case "boolean":
      return `${item}`;
    case "string":
      return PLAIN.test(item) ? `"${item}"` : null;
    default:
      return item === null ? "null" : plainText(item);
  }
}

/**
 * Makes of any value of this library what `JSON.stringify` takes, in the form of `--format json`.
 *
 * Positions and addresses become `0x` strings, times (`…Ns`) decimal strings, sizes and counts
 * numbers: one that is too large for an exact number becomes 2^53-1, with `"saturated": true`
 * beside it. Bytes become strings of hexadecimal digits.
 *
 * @example The first flagged tail as JSON
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { jsonValue, openPerfFile, replayReport } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const { flagged } = replayReport(file);
 * assertEquals(JSON.parse(JSON.stringify(jsonValue(flagged[0]))).tail, "0x100000187");
 * ```
 */
export function jsonValue(value: unknown): unknown {
  return fieldValue("", value);
}

function fieldValue(key: string, value: unknown): unknown {
  if (typeof value === "bigint") return jsonBigint(key, value);
  if (typeof value === "number") {
    const exact = Math.min(value, Number.MAX_SAFE_INTEGER);
    return key === "fileOffset" ? hex(exact) : exact;
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return hexText(value);
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    return Array.from(value as unknown as ArrayLike<unknown>, (item) => fieldValue(key, item));
  }
  const entries = Object.entries(value).map(([key, item]) => [key, fieldValue(key, item)] as const);
  if (entries.some(([, item]) => item === Number.MAX_SAFE_INTEGER || item === LARGEST_OFFSET)) {
    entries.push(["saturated", true]);
  }
  return Object.fromEntries(entries);
}

function hexText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function jsonBigint(key: string, value: bigint): string | number {
  if (!NUMBERS.has(key)) return isTime(key) ? value.toString() : hex(value);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

/** Whether a 64-bit field is a number rather than a position, an address or a mask. */
export function isDecimal(key: string): boolean {
  return NUMBERS.has(key) || isTime(key);
}

function isTime(key: string): boolean {
  return key.endsWith("Ns") || TIMES.has(key);
}

/** Writes a position that is held as a number, for people: beyond 2^53 as a lower bound. */
export function positionText(position: number): string {
  const exact = hex(Math.min(position, Number.MAX_SAFE_INTEGER));
  return position < Number.MAX_SAFE_INTEGER ? exact : `${exact} or beyond`;
}

/** Writes a position as a lower-case `0x` string. */
export function hex(value: number | bigint): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
