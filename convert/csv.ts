import { printable } from "../text/mod.ts";
import type { ColumnType, RowBatch, Table } from "./table.ts";

/** What spreadsheets take for a formula, also after white space, and in their wide forms. */
const FORMULA = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/;

/** The heading of a table, by RFC 4180. */
export function csvHeading({ columns }: Table): string {
  return `${columns.map(({ name }) => name).join(",")}\r\n`;
}

/**
 * Writes rows by RFC 4180: numbers in decimal digits, unknown values as nothing.
 *
 * Text is made inert for what reads the file: an apostrophe stands before what would be a formula,
 * and what is not seen, breaks of lines too, is escaped, such as `\x0a`. NDJSON and Parquet have
 * the text as it is.
 */
export function csvRows({ table, rows, columns }: RowBatch): string {
  let text = "";
  for (let row = 0; row < rows; row++) {
    const cells = columns.map((column, i) => cell(column.at(row), table.columns[i]!.type));
    text += `${cells.join(",")}\r\n`;
  }
  return text;
}

function cell(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return "";
  if (type !== "text") return String(value);
  const text = (FORMULA.test(String(value)) ? "'" : "") + printable(String(value));
  return /[",]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
}
