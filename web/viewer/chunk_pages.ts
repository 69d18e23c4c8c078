import type { PayloadBytes, PayloadItem, PayloadQueue } from "../../packets/mod.ts";

/** Bytes before a page that are kept, for a decoder that has to start before its first chunk. */
const CONTEXT_SIZE = 1 << 20;
/** Most chunks of them. */
const CONTEXT_ITEMS = 256;
/** Items between two steps. */
const STEP = 1024;

/** A part of what a recording holds of one queue, in the order of its stream. */
export interface ChunkPage {
  /** Number of the first item of {@linkcode items} in the queue, from 0. */
  readonly first: number;
  /** Chunks, and marks of what is lost between them. */
  readonly items: readonly PayloadItem[];
  /** The bytes before them in the same stream: 1 MiB or up to its start. */
  readonly before: readonly PayloadBytes[];
  /** The bytes after them in the same stream, if there are any. */
  readonly after: PayloadBytes | null;
  readonly count: number;
}

/**
 * Shows the chunks of a queue page by page.
 *
 * Nothing of a queue is held but one page: each is found by walking from the start, in steps of at
 * most 1,024 chunks, of which many make a millisecond.
 */
export class ChunkPages {
  /** Number of items on a page. */
  readonly size: number;
  readonly #queue: PayloadQueue;
  /** Number of items; -1 before the first walk. */
  #count = -1;

  constructor(queue: PayloadQueue, size = 100) {
    this.#queue = queue;
    this.size = size;
  }

  /** Finds page `number`, from 0; yields now and then. */
  *page(number: number): Generator<void, ChunkPage> {
    const first = number * this.size;
    const end = first + this.size;
    const context = new Context();
    const items: PayloadItem[] = [];
    let after: PayloadBytes | null = null;
    let hasAfter = false;
    let at = 0;
    for (const item of this.#queue.items()) {
      if (at < first) context.add(item);
      else if (at < end) items.push(item);
      else if (!hasAfter && item.type === "bytes") {
        hasAfter = true;
        after = item.follows === "nothing" ? null : item;
      }
      if (hasAfter && this.#count !== -1) break;
      at++;
      if (at % STEP === 0) yield;
    }
    if (this.#count === -1) this.#count = at;
    return { first, items, before: context.items, after, count: this.#count };
  }

  /** Finds the number of the chunk that has `position` in it; null: none. Yields now and then. */
  *numberAt(position: bigint): Generator<void, number | null> {
    let number = 0;
    for (const { type, auxOffset, size } of this.#queue.items()) {
      if (type === "bytes" && position >= auxOffset && position < auxOffset + BigInt(size)) {
        return number;
      }
      number++;
      if (number % STEP === 0) yield;
    }
    return null;
  }
}

/** The last bytes that were met of a stream. */
class Context {
  items: PayloadBytes[] = [];
  #size = 0;

  add(item: PayloadItem): void {
    if (item.type === "mark") return;
    if (item.follows === "nothing") {
      this.items = [];
      this.#size = 0;
    }
    this.items.push(item);
    this.#size += item.size;
    for (;;) {
      const first = this.items[0]!;
      if (this.#size - first.size < CONTEXT_SIZE && this.items.length <= CONTEXT_ITEMS) break;
      this.#size -= first.size;
      this.items.shift();
    }
  }
}

/** A chunk with the bytes around it in its stream, in order. */
export interface ChunkRun {
  readonly items: readonly PayloadBytes[];
  /** Which of them is meant. */
  readonly index: number;
}

/** Whether an item comes again, or its position is before that of the one before it. */
export function isEarlier(item: PayloadBytes, { auxOffset, size }: PayloadBytes): boolean {
  return item.auxOffset < auxOffset + BigInt(size);
}

/** Gathers what belongs to the stream of the item of a page at `index`; null if it is a mark. */
export function chunkRun(page: ChunkPage, index: number): ChunkRun | null {
  const chunk = page.items[index];
  if (chunk === undefined || chunk.type === "mark") return null;
  const bytes = (items: readonly PayloadItem[]) => items.filter((item) => item.type === "bytes");
  const earlier = [...page.before, ...bytes(page.items.slice(0, index))];
  const later = bytes(page.items.slice(index + 1));
  if (page.after !== null) later.push(page.after);
  const isFirst = ({ follows }: PayloadBytes) => follows === "nothing";
  const start = isFirst(chunk) ? earlier.length : earlier.findLastIndex(isFirst);
  const before = earlier.slice(Math.max(start, 0));
  const next = later.findIndex((item, i) =>
    isFirst(item) || isEarlier(item, later[i - 1] ?? chunk)
  );
  const after = next === -1 ? later : later.slice(0, next);
  return { items: [...before, chunk, ...after], index: before.length };
}
