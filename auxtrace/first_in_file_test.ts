import { assertEquals } from "@std/assert";
import { FirstInFile } from "./first_in_file.ts";

/** The positions that are kept of items that come in this order, and their names. */
function kept(max: number, positions: readonly number[]): string[] {
  const first = new FirstInFile<{ fileOffset: number; name: string }>(max);
  for (const [n, fileOffset] of positions.entries()) {
    const wanted = first.wants(fileOffset);
    const before = first.list.length;
    first.add({ fileOffset, name: `${fileOffset}${"abcdefgh"[n]}` });
    const isKept = first.list.some(({ name }) => name === `${fileOffset}${"abcdefgh"[n]}`);
    assertEquals([positions, n, isKept], [positions, n, wanted]);
    assertEquals(first.list.length, Math.min(max, before + 1));
  }
  return first.list.map(({ name }) => name);
}

Deno.test("FirstInFile keeps the first by position, in whatever order they come", () => {
  assertEquals(kept(3, [1, 2, 3, 4]), ["1a", "2b", "3c"]);
  assertEquals(kept(3, [4, 3, 2, 1]), ["1d", "2c", "3b"]);
  assertEquals(kept(3, [5, 1, 9, 3, 7]), ["1b", "3d", "5a"]);
  assertEquals(kept(1, [5, 6, 4]), ["4c"]);
  assertEquals(kept(0, [5, 4]), []);
});

Deno.test("FirstInFile keeps items of one position in the order in which they come", () => {
  assertEquals(kept(4, [2, 2, 1, 2]), ["1c", "2a", "2b", "2d"]);
  assertEquals(kept(2, [2, 2, 2]), ["2a", "2b"]);
  assertEquals(kept(2, [2, 2, 1]), ["1c", "2a"]);
});

Deno.test("FirstInFile.keep() drops the others, and has room again", () => {
  const first = new FirstInFile<{ fileOffset: number }>(2);
  for (const fileOffset of [1, 2, 3]) first.add({ fileOffset });
  first.keep(({ fileOffset }) => fileOffset === 2);
  first.add({ fileOffset: 4 });
  assertEquals(first.list, [{ fileOffset: 2 }, { fileOffset: 4 }]);
});
