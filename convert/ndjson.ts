import { jsonText } from "../text/mod.ts";
import type { RowBatch } from "./table.ts";

const POSITION = /^(?:.*_offset|head|tail|.*_tail|reference|flags)$/;
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
const SATURATED = `:${LARGEST}`;

/**
 * Writes rows as an object a line: positions are `0x` strings, times decimal strings, sizes and
 * counts numbers: one larger than 2^53-1 is written as that, with `"saturated": true` after the
 * columns. `fields` is an object.
 */
export function ndjsonRows({ table, rows, columns }: RowBatch): string {
  let text = "";
  for (let row = 0; row < rows; row++) {
    const cells = table.columns.map(({ name }, i) =>
      `"${name}":${cell(name, columns[i]!.at(row))}`
    );
    if (cells.some((cell) => cell.endsWith(SATURATED))) cells.push('"saturated":true');
    text += `{${cells.join(",")}}\n`;
  }
  return text;
}

function cell(name: string, value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (name === "fields") return String(value);
  if (typeof value !== "bigint") return jsonText(value);
  if (POSITION.test(name)) return `"0x${value.toString(16)}"`;
  if (name.endsWith("_ns")) return `"${value}"`;
  return `${value > LARGEST ? LARGEST : value}`;
}
