import { countText } from "../../text/mod.ts";

/** Lays out rows under a heading: text to the left, everything that starts with a digit to the right. */
export function textTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = heading.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length)
  );
  const right = heading.map((_, column) =>
    rows.length > 0 && rows.every((row) => /^((at least )?[\d.~<-]|$)/.test(row[column] ?? ""))
  );
  const width = widths.reduce((so, column) => so + column + 2, -2);
  const between = width > 80 ? " " : "  ";
  return [heading, ...rows].map((row) =>
    row.map((cell, column) => {
      const width = widths[column]!;
      return right[column] ? cell.padStart(width) : cell.padEnd(width);
    }).join(between).trimEnd()
  );
}

/** Breaks text into lines of at most `width` characters, at spaces. */
export function wrap(text: string, width = 80): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Breaks text of a recording into lines: no word of it begins a line, as if it were our own. */
export function wrapIndented(text: string): string[] {
  return wrap(text, 78).map((line, i) => i === 0 ? line : `  ${line}`);
}

/** Writes the cells that name a queue: its number, CPU and thread, or a dash for each. */
export function queueCells(
  { idx, cpu, tid }: Readonly<Record<"idx" | "cpu" | "tid", number | null>>,
): string[] {
  return [idx, cpu, tid].map((value) => `${value ?? "-"}`);
}

/** Says a number of things: `1 chunk`, `2 chunks`. */
export function countOf(number: number, name: string): string {
  return `${countText(number)} ${name}${number === 1 ? "" : "s"}`;
}
