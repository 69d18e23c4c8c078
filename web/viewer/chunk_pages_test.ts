import { assertEquals } from "@std/assert";
import type { PayloadBytes, PayloadItem } from "../../packets/mod.ts";
import { ChunkPages, chunkRun } from "./chunk_pages.ts";

/** A chunk; `at` is its position. */
function chunk(at: number, size: number, starts = false): PayloadBytes {
  return {
    type: "bytes",
    auxOffset: BigInt(at),
    size,
    fileOffset: at + 1000,
    part: null,
    follows: starts ? "nothing" : "bytes",
    cpu: 0,
    reference: 0n,
    raw: false,
    read: () => 0,
  };
}

function gap(at: number): PayloadItem {
  return { type: "mark", mark: "gap", auxOffset: BigInt(at), size: 10 };
}

function pages(items: readonly PayloadItem[], size: number): ChunkPages {
  const queue = {
    idx: 0,
    cpu: 0,
    tid: null,
    items: () => items.values() as Generator<PayloadItem>,
  };
  return new ChunkPages(queue, size);
}

function finish<R>(steps: Generator<void, R>): R {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

Deno.test("ChunkPages shows every item on one page, in any order of pages", () => {
  const items = Array.from({ length: 25 }, (_, n) => chunk(n * 8, 8, n === 0));
  const all = pages(items, 10);
  for (const number of [2, 0, 1, 2]) {
    const { first, items: shown, count } = finish(all.page(number));
    assertEquals([first, count], [number * 10, 25]);
    assertEquals(shown, items.slice(number * 10, number * 10 + 10));
  }
  assertEquals(finish(all.page(3)).items, []);
});

Deno.test("ChunkPages finds the number of the chunk that has a position in it", () => {
  const all = pages([chunk(0, 8, true), chunk(8, 8), gap(16), chunk(26, 8, true)], 2);
  const numbers = [0n, 7n, 8n, 16n, 25n, 26n, 33n, 34n].map((at) => finish(all.numberAt(at)));
  assertEquals(numbers, [0, 0, 1, null, null, 3, 3, null]);
});

Deno.test("ChunkPages keeps of earlier pages what a decoder may need: the stream, or 1 MiB", () => {
  const small = Array.from({ length: 25 }, (_, n) => chunk(n * 8, 8, n === 5));
  assertEquals(finish(pages(small, 10).page(1)).before, small.slice(5, 10));
  const large = Array.from({ length: 25 }, (_, n) => chunk(n << 19, 1 << 19, n === 0));
  assertEquals(finish(pages(large, 10).page(1)).before, large.slice(8, 10));
});

Deno.test("chunkRun() gathers the stream of a chunk across pages, without marks", () => {
  const items = [
    chunk(0, 8, true),
    chunk(8, 8),
    gap(16),
    chunk(26, 8, true),
    chunk(34, 8),
    chunk(42, 8),
    chunk(60, 8, true),
  ];
  const page = finish(pages(items, 2).page(2)); // items 4 and 5
  assertEquals(chunkRun(page, 0), { items: [items[3], items[4], items[5]], index: 1 });
  assertEquals(chunkRun(page, 1), { items: [items[3], items[4], items[5]], index: 2 });
  const first = finish(pages(items, 3).page(0)); // items 0 to 2
  assertEquals(chunkRun(first, 1), { items: [items[0], items[1]], index: 1 });
  assertEquals(chunkRun(first, 2), null);
  const before = finish(pages(items, 5).page(0)); // item 5 is after the page
  assertEquals(chunkRun(before, 4), { items: [items[3], items[4], items[5]], index: 1 });
});

Deno.test("ChunkPages counts pages at the edges: none, one less, equal, one more", () => {
  for (const count of [0, 9, 10, 11, 20]) {
    const items = Array.from({ length: count }, (_, n) => chunk(n * 8, 8, n === 0));
    const all = pages(items, 10);
    const first = finish(all.page(0));
    assertEquals([first.items.length, first.count], [Math.min(count, 10), count]);
    assertEquals(first.after, items[10] ?? null);
    assertEquals(finish(all.page(1)).items.length, Math.min(Math.max(count - 10, 0), 10));
    assertEquals(finish(all.page(0)).after, items[10] ?? null);
  }
});

Deno.test("ChunkPages gives as after what follows in the stream, past marks, and nothing of another", () => {
  const next = chunk(26, 8);
  const page = (...items: PayloadItem[]) => finish(pages([chunk(0, 8, true), ...items], 1).page(0));
  assertEquals(page(gap(8), next).after, next);
  assertEquals(page(chunk(26, 8, true), chunk(34, 8)).after, null);
  assertEquals(page(gap(8)).after, null);
});

Deno.test("ChunkPages keeps 1 MiB before a page to the byte, and 256 chunks at the most", () => {
  const before = (sizes: readonly number[]) => {
    let at = 0;
    const items = sizes.map((size, n) => {
      const item = chunk(at, size, n === 0);
      at += size;
      return item;
    });
    return finish(pages(items, sizes.length - 1).page(1)).before.length;
  };
  const mib = 1 << 20;
  assertEquals(before([8, mib, 8]), 1);
  assertEquals(before([8, mib - 1, 8]), 2);
  assertEquals(before([8, mib - 8, 8, 8]), 2);
  assertEquals(before([8, 8, mib - 8, 8]), 2);
  assertEquals(before([8, 8, mib - 9, 8]), 3);
  const small = (count: number) => before(Array.from({ length: count + 1 }, () => 8));
  assertEquals([small(255), small(256), small(257)], [255, 256, 256]);
});

Deno.test("chunkRun() ends before bytes that come again, and keeps those that touch", () => {
  const run = (...items: PayloadBytes[]) =>
    chunkRun(finish(pages(items, 9).page(0)), 0)!.items.length;
  assertEquals(run(chunk(0, 8, true), chunk(8, 8)), 2);
  assertEquals(run(chunk(0, 8, true), chunk(7, 8)), 1);
  assertEquals(run(chunk(0, 8, true), chunk(9, 8)), 2);
  assertEquals(run(chunk(0, 8, true), chunk(8, 8), chunk(8, 8)), 2);
});

Deno.test("chunkRun() has what follows on the page before what follows after it", () => {
  const items = [chunk(0, 8, true), chunk(8, 8), chunk(16, 8), chunk(24, 8), chunk(32, 8)];
  const page = finish(pages(items, 3).page(0));
  assertEquals(chunkRun(page, 0), { items: items.slice(0, 4), index: 0 });
  assertEquals(chunkRun(page, 2), { items: items.slice(0, 4), index: 2 });
});
