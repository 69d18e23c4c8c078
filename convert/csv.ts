import type { RowBatch, Table } from "./table.ts";

/** The heading of a table, by RFC 4180. */
export function csvHeading({ columns }: Table): string {
  return `${columns.map(({ name }) => name).join(",")}\r\n`;
}

/** Writes rows by RFC 4180: numbers in decimal digits, unknown values as nothing. */
export function csvRows({ rows, columns }: RowBatch): string {
  let text = "";
  for (let row = 0; row < rows; row++) {
    text += `${columns.map((column) => cell(column.at(row))).join(",")}\r\n`;
  }
  return text;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
}
