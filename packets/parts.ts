import { FormatError } from "../parsers/internal.ts";
import type { PayloadFormat } from "./payload_format.ts";
import type { PayloadBytes, PayloadItem } from "./payload_item.ts";
import { payloadPart } from "./payload_part.ts";

/** Bytes that are searched at once. */
const WINDOW_SIZE = 1 << 14;
/** What two windows share, so that a sync point between them is found: PSB has 16 bytes. */
const SHARED = 15;
/**
 * Where packets need no sync point, streams are cut at multiples of this. It is one of the size of
 * records in all formats that have any: 16, 24, 32, 48, 64 and 4,096 bytes.
 */
const CUT_ALIGNMENT = 3 << 16;
/** Parts that have so many items are ended where that is possible. */
const MANY_ITEMS = 1 << 10;
/** Most items of a part that are bytes. */
const MAX_ITEMS = 1 << 13;

/**
 * Items of a queue that are decoded without those before them: a piece of one stream, or one or
 * more whole streams, and the marks that stand there.
 */
export interface Part {
  /** The items, in order. */
  readonly items: readonly PayloadItem[];
  /** Bytes of payload. */
  readonly size: number;
  /** Whether its stream began in the part before. */
  readonly continues: boolean;
  /**
   * Whether the next part continues its stream. Then both are right only if a decoder of this one
   * uses its bytes to the last: the cut may be in a packet that merely looks as if it had a sync
   * point inside.
   */
  readonly isContinued: boolean;
  /** Whether it ends where no decoder can start: the next part is for the decoder of this one. */
  readonly endsMidway: boolean;
}

/**
 * Divides a queue into parts, lazily and in time that is linear.
 *
 * Streams are cut at sync points where the format can find them; anywhere if it can decode from
 * every packet on; else they stay whole, up to a number of items. What cannot be read is not cut.
 *
 * @param size Bytes that a part has at least, unless it is the last one of a stream.
 */
export function* queueParts(
  items: Iterable<PayloadItem>,
  { size, format }: { readonly size: number; readonly format: PayloadFormat },
): Generator<Part> {
  const findCut = cutFinder(format);
  const collected = new Collected();
  for (const item of items) {
    if (item.type === "mark") {
      collected.items.push(item);
      continue;
    }
    if (item.follows === "nothing") {
      if (collected.continues || collected.size >= size || collected.hasMany) {
        yield collected.take(false);
      }
      collected.startStream();
    }
    let from = 0;
    for (;;) {
      const least = from + (collected.hasMany ? 0 : Math.max(size - collected.streamSize, 0));
      const at = findCut(item, Math.max(least, item.follows === "bytes" ? 0 : 1));
      if (at === -1) break;
      if (collected.hasOthers) yield collected.takeOthers();
      if (at > from) collected.add(payloadPart(item, { from, size: at - from }));
      yield collected.take(true);
      from = at;
    }
    collected.add(from === 0 ? item : payloadPart(item, { from, size: item.size - from }));
    if (collected.items.length >= MAX_ITEMS) {
      if (collected.hasOthers) yield collected.takeOthers();
      yield collected.take(true, { endsMidway: true });
    }
  }
  if (collected.items.length > 0 || collected.continues) yield collected.take(false);
}

/** Finds where an item can be cut from a position on; -1 if nowhere before its end. */
type FindCut = (bytes: PayloadBytes, from: number) => number;

function cutFinder({ findSync, syncKind }: PayloadFormat): FindCut {
  if (findSync !== undefined) {
    const window = new Uint8Array(WINDOW_SIZE);
    return (bytes, from) => findInWindows(bytes, from, findSync, window);
  }
  if (syncKind !== null) return () => -1;
  return ({ size }, from) => {
    const at = Math.ceil(from / CUT_ALIGNMENT) * CUT_ALIGNMENT;
    return at < size ? at : -1;
  };
}

function findInWindows(
  bytes: PayloadBytes,
  from: number,
  findSync: (bytes: Uint8Array, from: number) => number,
  window: Uint8Array,
): number {
  for (let at = from; at < bytes.size;) {
    const length = readWindow(bytes, at, window);
    const found = findSync(window.subarray(0, length), 0);
    if (found !== -1) return at + found;
    if (length <= SHARED) break;
    at += length - SHARED;
  }
  return -1;
}

/** The decoder of the part meets the error again, after the packets before it. */
function readWindow(bytes: PayloadBytes, from: number, into: Uint8Array): number {
  try {
    return bytes.read(from, into);
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}

/** Bytes at a position of a stream, told of its start what a decoder has to know. */
function continuing(bytes: PayloadBytes, start: PayloadBytes, position: number): PayloadBytes {
  const { cpu, reference, raw } = start;
  const auxOffset = BigInt.asUintN(64, start.auxOffset + BigInt(position));
  const read: PayloadBytes["read"] = (from, into) => bytes.read(from, into);
  return { ...bytes, auxOffset, cpu, reference, raw, read };
}

/** Items that are in no part yet. */
class Collected {
  items: PayloadItem[] = [];
  size = 0;
  /** Whether the first of the streams began in an earlier part. */
  continues = false;
  /** Bytes of the last stream that are in no part yet. */
  streamSize = 0;
  /** First bytes of the last stream, or after the last loss in it, and number of bytes since. */
  #start: PayloadBytes | null = null;
  #position = 0;
  /** Number of items, and of bytes, of the streams before the last one. */
  #othersCount = 0;
  #othersSize = 0;

  /** Says that a stream begins with the next bytes. */
  startStream(): void {
    this.#othersCount = this.items.length;
    this.#othersSize = this.size;
    this.streamSize = 0;
    this.#start = null;
    this.#position = 0;
  }

  /** Adds bytes of the last stream. */
  add(bytes: PayloadBytes): void {
    if (this.#start === null || bytes.follows === "loss") {
      this.#start = bytes;
      this.#position = 0;
    }
    const opensPart = this.continues && this.streamSize === 0;
    this.items.push(opensPart ? continuing(bytes, this.#start, this.#position) : bytes);
    this.size += bytes.size;
    this.streamSize += bytes.size;
    this.#position += bytes.size;
  }

  /** Whether there are many items. */
  get hasMany(): boolean {
    return this.items.length >= MANY_ITEMS;
  }

  /** Whether there are streams before the last one. */
  get hasOthers(): boolean {
    return this.#othersSize > 0;
  }

  /** A part of the streams before the last one. */
  takeOthers(): Part {
    const items = this.items.splice(0, this.#othersCount);
    const { continues } = this;
    const part = {
      items,
      size: this.#othersSize,
      continues,
      isContinued: false,
      endsMidway: false,
    };
    this.size -= this.#othersSize;
    this.#othersCount = 0;
    this.#othersSize = 0;
    this.continues = false;
    return part;
  }

  /** A part of everything. */
  take(isContinued: boolean, { endsMidway = false } = {}): Part {
    const { items, size, continues } = this;
    this.items = [];
    this.size = 0;
    this.continues = isContinued;
    this.streamSize = 0;
    this.#othersCount = 0;
    this.#othersSize = 0;
    return { items, size, continues, isContinued, endsMidway };
  }
}
