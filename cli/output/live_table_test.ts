import { assertEquals } from "@std/assert";
import { LiveTable } from "./live_table.ts";

/** Draws tables on a terminal of this size, or on none, and returns what is written. */
function drawn(
  size: { columns: number; rows: number } | null,
  ...tables: readonly (readonly string[])[]
): string {
  const { writeSync, isTerminal } = Deno.stdout;
  const { consoleSize } = Deno;
  let text = "";
  Deno.stdout.isTerminal = () => size !== null;
  Deno.consoleSize = () => size!;
  Deno.stdout.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    const live = new LiveTable();
    for (const lines of tables) live.draw(lines, (line, row) => `${row}${line}`);
  } finally {
    Object.assign(Deno.stdout, { writeSync, isTerminal });
    Deno.consoleSize = consoleSize;
  }
  return text;
}

Deno.test("LiveTable writes one table after the other where there is no terminal", () => {
  const long = "x".repeat(500);
  assertEquals(drawn(null, ["a", long], ["b"]), `0a\n1${long}\n0b\n`);
});

Deno.test("LiveTable draws over its lines, and clears what a longer table left", () => {
  const size = { columns: 80, rows: 24 };
  assertEquals(
    drawn(size, ["a", "b", "c"], ["d"], ["e"]),
    "0a\x1b[K\n1b\x1b[K\n2c\x1b[K\n\x1b[J" + "\x1b[3F0d\x1b[K\n\x1b[J" + "\x1b[1F0e\x1b[K\n\x1b[J",
  );
});

Deno.test("LiveTable leaves the last row and column of the terminal empty", () => {
  const plain = (text: string) => text.replaceAll("\x1b[K", "").replaceAll("\x1b[J", "");
  const lines = ["abcd", "efgh", "i"];
  assertEquals(plain(drawn({ columns: 5, rows: 4 }, lines)), "0abcd\n1efgh\n2i\n");
  assertEquals(plain(drawn({ columns: 4, rows: 4 }, lines)), "0abc\n1efg\n2i\n");
  // three lines do not fit three rows: one is shown, and the two others are counted
  assertEquals(plain(drawn({ columns: 9, rows: 3 }, lines)), "0abcd\n12 more\n");
});

Deno.test("LiveTable takes 80 by 24 for a terminal that does not know its size", () => {
  const lines = Array.from({ length: 24 }, () => "x".repeat(100));
  const shown = drawn({ columns: 0, rows: 0 }, lines).split("\x1b[K\n");
  assertEquals([shown.length, shown[0], shown[22]], [24, `0${"x".repeat(79)}`, "222 more"]);
});
