import {
  formatFacts,
  type PayloadFormat,
  payloadFormat,
  type PayloadItem,
  type PayloadRecording,
} from "../../packets/mod.ts";
import type { PerfFile } from "../../parsers/perf/mod.ts";
import type { ReportRecords } from "../../report/internal.ts";
import type { QueueIdentity } from "../../auxtrace/mod.ts";
import { type ChunkPage, ChunkPages, chunkRun } from "./chunk_pages.ts";
import type { ChunkList, ChunkRow, PacketList } from "./messages.ts";
import { packetPage } from "./packet_page.ts";
import { markText } from "./row_writer.ts";

/** Packets on a page. */
const PACKETS = 200;

/** Answers what is asked about chunks and packets of a recording, in small steps. */
export class PacketDesk {
  readonly #file: PerfFile;
  readonly #records: ReportRecords;
  #recording: PayloadRecording | null = null;
  #format: PayloadFormat | null = null;
  /** The queue that was asked for last, and its page that was. */
  #pages: ChunkPages | null = null;
  #queue: QueueIdentity | null = null;
  #page: ChunkPage | null = null;

  /** Answers as soon as the payload is found. */
  constructor(file: PerfFile, records: ReportRecords) {
    this.#file = file;
    this.#records = records;
  }

  /**
   * Lists a page of the chunks of a queue.
   *
   * @throws {FormatError} If the recording cannot be read.
   * @throws {RangeError} If there is no payload of the queue.
   */
  *chunks(choice: QueueIdentity, page: number): Generator<void, ChunkList> {
    const pages = yield* this.#pagesOf(choice);
    const { first, count, items } = this.#page = yield* pages.page(page);
    return { queue: choice, page, first, count, rows: items.map(chunkRow), chosen: null };
  }

  /**
   * Lists the page of the chunk that has a position in it.
   *
   * @throws {FormatError} If the recording cannot be read.
   * @throws {RangeError} If there is no payload of the queue, or none at the position.
   */
  *chunkAt(choice: QueueIdentity, position: bigint): Generator<void, ChunkList> {
    const pages = yield* this.#pagesOf(choice);
    const number = yield* pages.numberAt(position);
    if (number === null) {
      throw new RangeError(`The recording has no payload at 0x${position.toString(16)}`);
    }
    const chosen = number % pages.size;
    return { ...yield* this.chunks(choice, (number - chosen) / pages.size), chosen };
  }

  *#pagesOf(choice: QueueIdentity): Generator<void, ChunkPages> {
    const { queues } = this.#recording ??= yield* found(this.#records);
    yield;
    if (this.#pages !== null && isSame(choice, this.#queue)) return this.#pages;
    const queue = queues.find((queue) => isSame(choice, queue));
    if (queue === undefined) throw new RangeError("The recording has no payload of this queue");
    this.#queue = choice;
    return this.#pages = new ChunkPages(queue);
  }

  /**
   * Decodes packets of a chunk of the page that was listed last.
   *
   * @param chunk Number of the chunk on the page.
   * @param from Position of the first packet; null for the first one.
   * @throws {FormatError} If the payload cannot be read, or no decoder is there for it.
   */
  *packets(chunk: number, from: bigint | null): Generator<void, PacketList> {
    const run = this.#page && chunkRun(this.#page, chunk);
    if (run === null) throw new RangeError("There is no such chunk");
    const format = this.#format ??= payloadFormat(formatFacts(this.#file, this.#recording!));
    yield;
    const start = from ?? run.items[run.index]!.auxOffset;
    const { rows, next } = yield* packetPage(run, format, { from: start, limit: PACKETS });
    return { chunk, format: format.type, rows, next };
  }
}

/** Takes the walk of the report to its end, where the payload is known. */
function* found(records: ReportRecords): Generator<void, PayloadRecording> {
  const steps = records.steps();
  let step = steps.next();
  for (; !step.done; step = steps.next()) yield;
  return step.value.payload!;
}

function isSame(a: QueueIdentity, b: QueueIdentity | null): boolean {
  return b !== null && a.idx === b.idx && a.cpu === b.cpu && a.tid === b.tid;
}

function chunkRow(item: PayloadItem): ChunkRow {
  const { auxOffset: position, size } = item;
  if (item.type === "mark") {
    const mark = markText(item.mark, size);
    return { position, size: null, fileOffset: null, cpu: null, starts: false, mark };
  }
  const { fileOffset, cpu, follows } = item;
  return { position, size, fileOffset, cpu, starts: follows !== "bytes", mark: null };
}
