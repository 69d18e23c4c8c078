import {
  PacketPrinter,
  type PayloadBytes,
  type PayloadFormat,
  payloadPart,
  QueueReader,
  TextBuffer,
} from "../../packets/mod.ts";
import { type ChunkRun, isEarlier } from "./chunk_pages.ts";
import { type PacketRow, RowWriter } from "./row_writer.ts";

/** How far back a sync point is looked for, in bytes, and how many are searched at once. */
const LOOK_BACK = 1 << 20;
const WINDOW_SIZE = 1 << 16;
/** Bytes that are decoded between two steps. */
const PART_SIZE = 1 << 18;
/** What two windows share, so that a sync point between them is found. */
const SHARED = 15;

/** Some packets of a chunk. */
export interface PacketPage {
  /** Packets and marks of the decoder, in order. */
  readonly rows: readonly PacketRow[];
  /** Position of the next page's first packet; null on the last page. */
  readonly next: bigint | null;
}

/**
 * Decodes the packets of a chunk that start at `from` or after it, at most `limit` of them; yields now
 * and then.
 *
 * Decoding starts where a decoder can: at the last sync point before `from`, looked for in
 * 1 MiB, or at the start of the stream.
 *
 * @throws {FormatError} If the file has become shorter.
 */
export function* packetPage(
  run: ChunkRun,
  format: PayloadFormat,
  { from, limit }: { readonly from: bigint; readonly limit: number },
): Generator<void, PacketPage> {
  const chunk = run.items[run.index]!;
  const to = chunk.auxOffset + BigInt(chunk.size);
  const writer = new RowWriter(format);
  const filter = { from, to, kinds: null, limit: limit + 1 };
  const { kindNames } = format;
  const printer = new PacketPrinter(writer, new TextBuffer(0), { kindNames, filter });
  const first = firstGrowing(run);
  let n = 0;
  let isShown = false;
  const reader = new QueueReader(format, {
    get isDone() {
      return printer.isDone;
    },
    open(stream, bytes) {
      isShown = n >= first;
      printer.open(stream, bytes);
    },
    packet: (room) => isShown ? printer.packet(room) : true,
    mark: () => {},
  });
  for (const { item, part } of partsFrom(run, format, from)) {
    const isBehind = item > run.index && part.auxOffset >= to + BigInt(PART_SIZE);
    if (printer.isDone || isBehind) break;
    n = item;
    reader.take(part);
    yield;
  }
  reader.finish();
  const { rows } = writer;
  return { rows: rows.slice(0, limit), next: rows[limit]?.position ?? null };
}

/** Number of the item from which on positions only grow, up to the chunk. */
function firstGrowing({ items, index }: ChunkRun): number {
  let first = index;
  while (first > 0 && !isEarlier(items[first]!, items[first - 1]!)) first--;
  return first;
}

/** The bytes of the run, with the numbers of their items, from where a decoder can start. */
function* partsFrom(
  run: ChunkRun,
  format: PayloadFormat,
  from: bigint,
): Generator<{ readonly item: number; readonly part: PayloadBytes }> {
  const { item, at } = startOf(run, format, from);
  for (let n = item, start = at; n < run.items.length; n++, start = 0) {
    const bytes = run.items[n]!;
    for (let at = start; at < bytes.size; at += PART_SIZE) {
      const part = payloadPart(bytes, { from: at, size: Math.min(PART_SIZE, bytes.size - at) });
      yield { item: n, part };
    }
  }
}

/**
 * Number of an item of the run, and a position in it, from which `from` can be decoded. Without a
 * sync point before it there is nothing to decode before the chunk.
 */
function startOf(
  { items, index }: ChunkRun,
  { findSync, syncKind }: PayloadFormat,
  from: bigint,
): { item: number; at: number } {
  const item = items.findLastIndex(({ auxOffset }) => auxOffset <= from);
  const at = Number(from - items[item]!.auxOffset);
  if (findSync === undefined) return syncKind === null ? { item, at } : { item: 0, at: 0 };
  let looked = 0;
  for (let n = item; n >= 0 && looked < LOOK_BACK; n--) {
    const end = n === item ? at : items[n]!.size;
    const found = lastSync(items[n]!, end, findSync);
    if (found !== -1) return { item: n, at: found };
    looked += end;
  }
  return { item: syncKind === null ? 0 : index, at: 0 };
}

/** Position in an item of the last sync point that starts at `end` or before, -1 if there is none. */
function lastSync(
  item: PayloadBytes,
  end: number,
  findSync: NonNullable<PayloadFormat["findSync"]>,
): number {
  const window = new Uint8Array(WINDOW_SIZE + SHARED);
  for (let to = end + 1; to > 0 && end - to < LOOK_BACK;) {
    const from = Math.max(to - WINDOW_SIZE, 0);
    const length = item.read(from, window.subarray(0, to + SHARED - from));
    const bytes = window.subarray(0, length);
    let last = -1;
    for (let at = findSync(bytes, 0); at !== -1 && from + at < to; at = findSync(bytes, at + 1)) {
      last = at;
    }
    if (last !== -1) return from + last;
    to = from;
  }
  return -1;
}
