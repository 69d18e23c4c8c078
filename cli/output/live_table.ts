import { printText } from "./output.ts";

const UP_AND_START = (lines: number) => `\x1b[${lines}F`;
const CLEAR_TO_END_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Lines on standard output that are drawn again in place, where that is a terminal. */
export class LiveTable {
  #drawn = 0;

  /** Draws lines over those before; what does not fit the terminal is counted. */
  draw(lines: readonly string[], paint: (line: string, row: number) => string): void {
    const { columns, rows } = sizeOfTerminal();
    const fits = lines.length < rows ? lines : [
      ...lines.slice(0, rows - 2),
      `${lines.length - rows + 2} more`,
    ];
    const shown = fits.map((line, row) => paint(line.slice(0, columns - 1), row));
    if (columns === Infinity) return printText(`${shown.join("\n")}\n`);
    const up = this.#drawn > 0 ? UP_AND_START(this.#drawn) : "";
    const text = shown.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join("");
    printText(`${up}${text}${CLEAR_BELOW}`);
    this.#drawn = shown.length;
  }

  /** Leaves the lines where they are: the next ones are drawn below what was printed since. */
  leave(): void {
    this.#drawn = 0;
  }
}

function sizeOfTerminal(): { columns: number; rows: number } {
  if (!Deno.stdout.isTerminal()) return { columns: Infinity, rows: Infinity };
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || 80, rows: rows || 24 };
}
